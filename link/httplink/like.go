package httplink

import "bytes"

// like is the head of a request that differs from an earlier one on its connection in nothing that
// matters: the same method, target and host, with a packet of known length.
type like struct {
	head, body    int    // lengths in bytes
	authorization []byte // nil if there is none

	host, kind, name bool // the header was given
}

// template is what the requests of a connection have in common.
type template struct {
	line []byte // the request line, with its end
	host []byte
}

// Names of headers that a request like another may have once, with a value that is looked at.
var (
	nameHost          = []byte("host")
	nameAuthorization = []byte("authorization")
	nameType          = []byte("content-type")
	namePeer          = []byte("ilp-peer-name")
	typeOctets        = []byte(octetStream)
	typeILP           = []byte(ilpOctetStream)
)

// changing are the names of headers that change how a request is read or answered. A request that has
// one is for package net/http, and for ServeHTTP.
var changing = [][]byte{
	[]byte("transfer-encoding"), []byte("content-encoding"), []byte("expect"), []byte("upgrade"), []byte("te"), []byte("trailer"),
	[]byte("http2-settings"), []byte("proxy-connection"), []byte("request-id"), []byte("callback-url"),
}

// readLike reads the head of a request. As readPlain, it takes nothing that it does not fully understand.
func readLike(b []byte, t *template) (l like, v verdict) {
	if n := min(len(b), len(t.line)); !bytes.Equal(b[:n], t.line[:n]) {
		return l, other
	} else if n < len(t.line) {
		return l, partial
	}
	l.body = -1
	for at := len(t.line); ; {
		n := bytes.IndexByte(b[at:], '\n')
		switch {
		case n < 0:
			return l, partial
		case n == 0 || b[at+n-1] != '\r':
			return l, other
		case n == 1:
			if l.head = at + len(lineEnd); !l.host || l.body <= 0 {
				return l, other
			}
			return l, simple
		}
		if !l.take(b[at:at+n-1], t) {
			return l, other
		}
		at += n + 1
	}
}

// take takes a line of the head. It returns false if the request is not like the others.
func (l *like) take(line []byte, t *template) bool {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || !isName(line[:colon]) {
		return false
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	switch {
	case bytes.EqualFold(name, nameLength):
		if l.body >= 0 {
			return false
		}
		l.body = number(value)
		return l.body > 0
	case bytes.EqualFold(name, nameHost):
		return once(&l.host) && bytes.Equal(value, t.host)
	case bytes.EqualFold(name, nameType):
		return once(&l.kind) && (bytes.Equal(value, typeOctets) || bytes.Equal(value, typeILP))
	case bytes.EqualFold(name, namePeer):
		return once(&l.name)
	case bytes.EqualFold(name, nameAuthorization):
		if l.authorization != nil || len(value) == 0 {
			return false
		}
		l.authorization = value
	case bytes.EqualFold(name, nameConn):
		return bytes.EqualFold(value, keepAlive)
	default:
		for _, c := range changing {
			if bytes.EqualFold(name, c) {
				return false
			}
		}
	}
	return true
}

// once sets what must not be set yet.
func once(given *bool) bool {
	before := *given
	*given = true
	return !before
}

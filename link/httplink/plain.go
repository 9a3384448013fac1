package httplink

import "bytes"

// plain is the head of a response that a packet is usually answered with: status 200, a length, and
// nothing that changes how the body is read or what becomes of the connection.
type plain struct {
	head, body int // lengths in bytes
}

// verdict says what the bytes of a response are so far.
type verdict int

// The verdicts.
const (
	partial verdict = iota // the head is not whole yet
	simple                 // a plain response
	other                  // any other response: package net/http shall read it
)

var (
	plainStatus  = []byte("HTTP/1.1 200")
	keepAlive    = []byte("keep-alive")
	lineEnd      = []byte("\r\n")
	nameLength   = []byte("content-length")
	nameTransfer = []byte("transfer-encoding")
	nameConn     = []byte("connection")
)

// readPlain reads the head of a response. It takes nothing for plain that it does not fully
// understand: two lengths, a folded line or a bare line feed are for net/http to judge (RFC 9112).
func readPlain(b []byte) (p plain, v verdict) {
	if n := min(len(b), len(plainStatus)); !bytes.Equal(b[:n], plainStatus[:n]) {
		return p, other
	}
	at := bytes.Index(b, lineEnd)
	if at < 0 {
		return p, partial
	}
	if rest := b[len(plainStatus):at]; len(rest) > 0 && rest[0] != ' ' || bytes.IndexByte(rest, '\n') >= 0 {
		return p, other
	}
	p.body = -1
	for at += len(lineEnd); ; {
		n := bytes.IndexByte(b[at:], '\n')
		switch {
		case n < 0:
			return p, partial
		case n == 0 || b[at+n-1] != '\r':
			return p, other
		case n == 1:
			if p.head = at + len(lineEnd); p.body < 0 {
				return p, other
			}
			return p, simple
		}
		if !p.take(b[at : at+n-1]) {
			return p, other
		}
		at += n + 1
	}
}

// take takes a line of the head. It returns false if the response is not plain.
func (p *plain) take(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return false
	}
	name, value := line[:colon], line[colon+1:]
	if !isName(name) || bytes.IndexByte(value, '\r') >= 0 || bytes.IndexByte(value, 0) >= 0 {
		return false
	}
	switch {
	case bytes.EqualFold(name, nameLength):
		if p.body >= 0 {
			return false
		}
		p.body = number(bytes.Trim(value, " \t"))
		return p.body >= 0
	case bytes.EqualFold(name, nameTransfer):
		return false
	case bytes.EqualFold(name, nameType): // operators are told any other
		kind := bytes.Trim(value, " \t")
		return bytes.Equal(kind, typeOctets) || bytes.Equal(kind, typeILP)
	case bytes.EqualFold(name, nameConn):
		return bytes.EqualFold(bytes.Trim(value, " \t"), keepAlive)
	}
	return true
}

// isName reports whether b may be the name of a header. The names of plain responses have letters,
// digits, hyphens and underscores alone.
func isName(b []byte) bool {
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			continue
		}
		return false
	}
	return true
}

// number returns a number of few decimal digits, and -1 if b is none.
func number(b []byte) (n int) {
	const digitsMax = 9
	if len(b) == 0 || len(b) > digitsMax {
		return -1
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}

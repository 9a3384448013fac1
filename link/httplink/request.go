package httplink

import (
	"errors"
	"strconv"
	"time"
)

// requestHead returns the part of a request that is the same for all packets. Header values are those that
// request gives to package net/http.
func requestHead(o *Outgoing) []byte {
	head := "POST " + o.URL.RequestURI() + " HTTP/1.1\r\nHost: " + o.URL.Host + "\r\nUser-Agent: " + userAgent[0] +
		"\r\nAccept: " + octetStream + "\r\nContent-Type: " + octetStream + "\r\n"
	if o.Name != "" {
		head += "Ilp-Peer-Name: " + o.Name + "\r\n"
	}
	return []byte(head)
}

// appendRequest appends the request that carries the packet of a call. It tells r its credentials.
func (l *Link) appendRequest(b []byte, c *call, r *response) ([]byte, error) {
	o := l.opts.Outgoing
	authorization, err := o.Authorization(time.Now())
	if err != nil {
		return b, err
	}
	if !isValue(authorization) {
		return b, errValue
	}
	r.authorization = authorization
	b = append(b, l.head...)
	if authorization != "" {
		b = append(append(append(b, "Authorization: "...), authorization...), "\r\n"...)
	}
	if o.Destination {
		b = append(append(append(b, "Ilp-Destination: "...), c.to...), "\r\n"...)
	}
	b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(c.body)), 10), "\r\n\r\n"...)
	return append(b, c.body...), nil
}

var errValue = errors.New("credentials have a character that no header may have")

// isValue reports whether a text may be the value of a header: it would end the header otherwise.
func isValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

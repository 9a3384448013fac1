package rafikipeer

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/httpwire"
)

const octetStream = "application/octet-stream"

// answer answers a request, whatever its method and path are. Koa runs two middlewares: one wants
// the token of a peer, the other one a packet.
func (n *Node) answer(r *http.Request) httpwire.Answer {
	switch token := bearerToken(r.Header); {
	case token == "":
		return failure(r, http.StatusUnauthorized, "Bearer token required in Authorization header")
	case token != n.o.Incoming:
		return failure(r, http.StatusUnauthorized, "Access Denied - Invalid Token")
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if kind != octetStream { // neither lower case nor trimmed
		return failure(r, http.StatusBadRequest, "Expected Content-Type of "+octetStream)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return failure(r, http.StatusInternalServerError, "")
	}
	prepare, err := ilp.ParsePrepare(body)
	if err != nil {
		return failure(r, http.StatusInternalServerError, "")
	}
	reply := n.handle(prepare)
	return respond(r, http.StatusOK, octetStream, reply.Bytes())
}

// bearerToken returns the token of a request, empty if there is none. Rafiki splits the header at
// each space and wants two parts.
func bearerToken(h http.Header) string {
	parts := strings.Split(h.Get("Authorization"), " ")
	if len(parts) != 2 || !strings.EqualFold(parts[0], "bearer") {
		return ""
	}
	return parts[1]
}

// failure returns the answer to a request that brings no packet. Without a text, it is the name of
// the status.
func failure(r *http.Request, status int, text string) httpwire.Answer {
	if text == "" {
		text = http.StatusText(status)
	}
	return respond(r, status, "text/plain; charset=utf-8", []byte(text))
}

// respond returns an answer with the headers of Koa and Node.js, in their order.
func respond(r *http.Request, status int, kind string, body []byte) httpwire.Answer {
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nDate: %s\r\n",
		status, http.StatusText(status), kind, len(body), time.Now().UTC().Format(http.TimeFormat))
	if r.Close {
		head += "Connection: close\r\n"
	} else {
		head += "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"
	}
	if r.Method == http.MethodHead {
		body = nil
	}
	return httpwire.Answer{Head: head, Body: body}
}

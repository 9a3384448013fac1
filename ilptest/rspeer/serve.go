package rspeer

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/httpwire"
)

const (
	octetStream = "application/octet-stream"
	// bodyMax is the longest body that is read.
	bodyMax = 40_000
	// tokenStart is how much of the header Authorization is cut off, whatever it is.
	tokenStart = 7
)

// answer answers a request. The filters of warp look at the method, the path, the headers and the
// length of the body, before the node looks at the account and its token.
func (n *Node) answer(r *http.Request) httpwire.Answer {
	name, inside := strings.CutPrefix(r.URL.Path, "/accounts/")
	name, ends := strings.CutSuffix(name, "/ilp")
	authorization := r.Header.Get("Authorization")
	switch {
	case !inside || !ends || name == "" || strings.Contains(name, "/"):
		return respond(http.StatusNotFound, "", nil)
	case r.Method != http.MethodPost:
		return problem(http.StatusMethodNotAllowed, "about:blank", "Method Not Allowed", "")
	case len(r.Header["Authorization"]) == 0:
		return respond(http.StatusBadRequest, plain, []byte(`Missing request header "authorization"`))
	case len(r.TransferEncoding) > 0 || len(r.Header["Content-Length"]) == 0:
		return respond(http.StatusLengthRequired, plain, []byte("A content-length header is required"))
	case r.ContentLength > bodyMax:
		return respond(http.StatusRequestEntityTooLarge, plain, []byte("The request payload is too large"))
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return respond(http.StatusBadRequest, plain, []byte("Request body deserialize error"))
	case len(authorization) < tokenStart:
		return problem(http.StatusUnauthorized, "about:blank", "Unauthorized", "provided token was not a bearer token")
	case !strings.EqualFold(name, n.o.Username):
		return problem(http.StatusNotFound, errorsAt+"accounts/account-not-found", "Account Not Found", "account `"+name+"` was not found")
	case authorization[tokenStart:] != n.o.Incoming:
		return problem(http.StatusUnauthorized, "about:blank", "Unauthorized", "account `"+name+"` is not authorized for this action")
	}
	prepare, err := ilp.ParsePrepare(body)
	if err != nil {
		return problem(http.StatusBadRequest, errorsAt+"ilp-over-http/invalid-packet", "Invalid Packet", "")
	}
	reply := n.handle(prepare)
	return respond(http.StatusOK, octetStream, reply.Bytes())
}

const (
	plain    = "text/plain; charset=utf-8"
	errorsAt = "https://errors.interledger.org/http-api/"
)

// problem returns an error of the node as RFC 7807 has it.
func problem(status int, kind, title, detail string) httpwire.Answer {
	if detail != "" {
		detail = fmt.Sprintf(`"detail":%q,`, detail)
	}
	body := fmt.Sprintf(`{"type":%q,"title":%q,"status":%d,%s"datetime":%q}`, kind, title, status, detail, time.Now().Format(time.RFC3339Nano))
	return respond(status, "application/problem+json", []byte(body))
}

// respond returns an answer with the headers of hyper, in their order.
func respond(status int, kind string, body []byte) httpwire.Answer {
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if kind != "" {
		head += "content-type: " + kind + "\r\n"
	}
	head += fmt.Sprintf("content-length: %d\r\ndate: %s\r\n", len(body), time.Now().UTC().Format(http.TimeFormat))
	return httpwire.Answer{Head: head, Body: body}
}

package httplink

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// Bounds of a request of the peer.
const (
	// BodyMax is the longest packet in bytes. The longest that RFC 27 allows has 32,767 bytes of
	// data, and some 1,100 before them.
	BodyMax = 34 << 10
	// bodyTime is how long the body of a request may take to come, and the answer to be taken.
	bodyTime = 10 * time.Second
	// servingMax is how many requests of an account may be under way. Each has a goroutine, which
	// goes on when its connection is closed, until its packet is answered.
	servingMax = 4096
)

// The content types (RFC 35). The second is that of ilp-plugin-http.
const (
	octetStream    = "application/octet-stream"
	ilpOctetStream = "application/ilp+octet-stream"
)

// refusal is the answer to a request that brings no packet. Strangers read its text.
type refusal struct {
	status int
	cause  string // for operators: of a metric, so it stays the same over versions
	text   string
}

func (r *refusal) Error() string { return r.text }

// The refusals. The first and the second are in the words of ilp-plugin-http.
var (
	errUnauthorized = &refusal{http.StatusUnauthorized, "credentials", "invalid authorization"}
	errTooLarge     = &refusal{http.StatusRequestEntityTooLarge, "too_large", "request entity too large"}
	errMethod       = &refusal{http.StatusMethodNotAllowed, "method", "a packet comes by POST"}
	errTwice        = &refusal{http.StatusBadRequest, "headers", "a header is given twice"}
	errLength       = &refusal{http.StatusBadRequest, "headers", "Content-Length is no length"}
	errType         = &refusal{http.StatusUnsupportedMediaType, "content_type", "a packet is application/octet-stream, and not encoded"}
	errShort        = &refusal{http.StatusBadRequest, "cut_off", "body is shorter than its length"}
	errSlow         = &refusal{http.StatusRequestTimeout, "slow", "body came too slowly"}
	errBusy         = &refusal{http.StatusServiceUnavailable, "busy", "too many requests of the account are under way"}
	errClosed       = &refusal{http.StatusServiceUnavailable, "unavailable", "account is not available"}
)

// exchange is one request of the peer, and the answer to it.
type exchange struct {
	batch ilp.ReadBatch
	in    []byte // the Prepare
	out   []byte // the answer
	done  chan struct{}
}

var exchanges = sync.Pool{New: func() any { return &exchange{in: make([]byte, 0, 1024), done: make(chan struct{}, 1)} }}

// keptMax is the largest buffer that an exchange keeps for its next use.
const keptMax = 4 << 10

// release gives the exchange to its next use.
func (x *exchange) release() {
	if cap(x.in) > keptMax {
		x.in = nil
	}
	if cap(x.out) > keptMax {
		x.out = nil
	}
	exchanges.Put(x)
}

// WriteReply keeps a copy of the answer, and wakes the goroutine of the request.
func (x *exchange) WriteReply(reply ilp.Reply) {
	if reply.Failed() { // errors are not handled, as the configuration wants it
		f := reply.Failure()
		x.out = (&ilp.Reject{Code: f.Code, Message: f.Message, Data: f.Data}).Append(x.out[:0])
	} else {
		x.out = append(x.out[:0], reply.Bytes()...)
	}
	x.done <- struct{}{}
}

// ServeHTTP takes a request of the peer and answers it, with the answer to its packet. It blocks
// until there is one. A GET is answered without a check, as by ilp-plugin-http: it asks whether we
// are there.
func (l *Link) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if l.handler.Load() == nil { // a peer that asks whether we are there shall ask again
			http.Error(w, errClosed.text, errClosed.status)
			return
		}
		_, _ = io.WriteString(w, "OK")
		return
	}
	handler, err := l.check(r)
	name := ""
	if err == nil && l.opts.Multi != nil {
		name, err = childName(r.Header)
	}
	if err == nil {
		defer l.serving.Add(-1)
		if l.serving.Add(1) > servingMax {
			err = errBusy
		}
	}
	if err != nil {
		l.refuse(w, r, err)
		return
	}
	x := exchanges.Get().(*exchange)
	if err := x.read(w, r); err != nil {
		x.release()
		l.refuse(w, r, err)
		return
	}
	served, err := l.serveAsync(w, r, x, handler)
	switch {
	case err != nil:
		l.refuse(w, r, err)
	case !served:
		x.handle(handler, l, name)
		if k := l.keep(w, r); k != nil {
			k.serve(x)
		} else {
			answer(w, x.out)
		}
	}
	x.release()
}

// check returns the handler of a request that may come in.
func (l *Link) check(r *http.Request) (ilp.Handler, error) {
	if l.opts.Authorize == nil {
		return nil, errUnauthorized
	}
	if len(r.Header["Authorization"]) > 1 { // a proxy before us may have looked at another one
		return nil, fmt.Errorf("%w: two Authorization headers", errUnauthorized)
	}
	if err := l.opts.Authorize(r); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnauthorized, err)
	}
	l.hear()
	handler := l.handler.Load()
	switch {
	case r.Method != http.MethodPost:
		return nil, errMethod
	case repeats(r.Header):
		return nil, errTwice
	case r.ContentLength == 0 && !isZero(r.Header["Content-Length"]):
		return nil, errLength
	case !carriesPacket(r.Header):
		return nil, errType
	case r.ContentLength > BodyMax:
		return nil, errTooLarge
	case handler == nil:
		return nil, errClosed
	}
	return *handler, nil
}

// repeats reports whether a header that says what the body is, or whose, is given twice. Which of
// them counts is not for us to guess.
func repeats(h http.Header) bool {
	return len(h["Content-Length"]) > 1 || len(h["Content-Type"]) > 1 || len(h["Content-Encoding"]) > 1 || len(h["Ilp-Peer-Name"]) > 1
}

// isZero reports whether a length is given as 0, or not at all. Over HTTP/2, net/http takes what is
// no number for 0.
func isZero(length []string) bool { return len(length) == 0 || strings.Trim(length[0], "0") == "" }

// carriesPacket reports whether the headers are those of a packet.
func carriesPacket(h http.Header) bool {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return false
	}
	switch given := h.Get("Content-Type"); given {
	case "", octetStream, ilpOctetStream:
		return true
	default:
		kind, _, err := mime.ParseMediaType(given)
		return err == nil && (kind == octetStream || kind == ilpOctetStream)
	}
}

// read reads the body.
func (x *exchange) read(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime))
	if n := r.ContentLength; n >= 0 {
		if int64(cap(x.in)) < n {
			x.in = make([]byte, n)
		}
		x.in = x.in[:n]
		if _, err := io.ReadFull(r.Body, x.in); err != nil {
			return readError(err)
		}
	} else {
		var err error
		if x.in, err = appendAll(x.in[:0], r.Body, BodyMax); err != nil {
			return readError(err)
		}
	}
	_ = control.SetWriteDeadline(time.Time{}) // the answer takes as long as the packet
	return nil
}

// readError returns the refusal of a body that did not come whole.
func readError(err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errTooLarge):
		return errTooLarge
	case errors.As(err, &timeout) && timeout.Timeout():
		return errSlow
	}
	return errShort
}

// appendAll appends what r has to b. It returns errTooLarge if that is more than most bytes.
func appendAll(b []byte, r io.Reader, most int) ([]byte, error) {
	for {
		if len(b) > most {
			return b, errTooLarge
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(cap(b), most+1)])
		b = b[:len(b)+n]
		if err == io.EOF && len(b) <= most {
			return b, nil
		}
		if err != nil && err != io.EOF {
			return b, err
		}
	}
}

// handle hands the packet to the account, and waits for the answer. The engine bounds that: it
// ends each packet at its expiry.
func (x *exchange) handle(handler ilp.Handler, l *Link, child string) {
	x.batch.Begin(clock.Now())
	prepare, err := ilp.ParsePrepare(x.in)
	if err != nil {
		prepare = ilp.Malformed(err, &x.batch)
	}
	prepare.Batch = &x.batch
	up, answered := ilp.ReplyWriter(x), false
	if child != "" {
		up, answered = l.forChild(child, &prepare, x)
	}
	if !answered {
		handler.HandlePrepare(up, prepare)
	}
	x.batch.EndGuarded(l.panicked)
	<-x.done
}

// panicked hands on a panic that the output of another link has caused.
func (l *Link) panicked(cause any) {
	if handler := l.handler.Load(); handler != nil {
		if p, ok := (*handler).(link.PanicHandler); ok {
			p.HandlePanic(cause)
			return
		}
	}
	panic(cause)
}

// octetStreamHeader is the value of a header, which nobody changes.
var octetStreamHeader = []string{octetStream}

// answer writes the answer to a packet.
func answer(w http.ResponseWriter, reply []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(bodyTime))
	w.Header()["Content-Type"] = octetStreamHeader
	_, _ = w.Write(reply) // a peer that is gone will not get it
}

// refuse answers a request that brings no packet.
func (l *Link) refuse(w http.ResponseWriter, r *http.Request, err error) {
	reason, _ := errors.AsType[*refusal](err)
	l.reportRefused(r, reason, err)
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	switch reason.status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "1")
	case http.StatusMethodNotAllowed:
		header.Set("Allow", "GET, HEAD, POST")
	}
	if r.ProtoMajor == 1 {
		header.Set("Connection", "close") // what is left of the body is not read
	}
	w.WriteHeader(reason.status)
	_, _ = io.WriteString(w, reason.text)
}

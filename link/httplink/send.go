package httplink

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/uuid"
)

// HandlePrepare sends a packet to the peer, on a goroutine of its own. It does not block.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	if l.opts.Outgoing == nil {
		refuseSending(up, &prepare, ilp.F02, "account takes no packets.")
		return
	}
	now := prepare.Batch.Time()
	if l.health.resting(now.Steady) {
		refuseSending(up, &prepare, ilp.T05, "peer is busy.")
		return
	}
	c := l.newCall()
	c.up, c.body, c.deadline = up, append(c.body[:0], prepare.Bytes()...), now.Deadline(prepare.Expiry())
	c.url = l.opts.Outgoing.URL
	if l.opts.Multi != nil {
		var err error
		if c.url, err = l.urlFor(prepare.Destination()); err != nil {
			up.WriteReply(prepare.Reply(sendFailure(ilp.F02, err.Error())))
			return
		}
	}
	if l.opts.Outgoing.Destination {
		c.to = string(prepare.Destination())
	}
	if !l.enter(c, prepare.Expiry()) {
		l.freeCall(c)
		refuseSending(up, &prepare, ilp.T03, "too many packets wait for the peer.")
		return
	}
	go l.send(c)
}

// enter enters a packet as one that is under way. It returns false if too many are.
func (l *Link) enter(c *call, expiry int64) bool {
	if l.opts.Async == nil {
		return l.calls.begin(c, inFlightMax(l.opts.Outgoing))
	}
	c.id, c.expiry = uuid.New(), expiry
	if !l.callbacks.expect(l, c) {
		return false
	}
	if !l.calls.begin(c, inFlightMax(l.opts.Outgoing)) {
		l.callbacks.drop(c.id)
		return false
	}
	return true
}

func refuseSending(up ilp.ReplyWriter, prepare *ilp.Prepare, code ilp.Code, message string) {
	up.WriteReply(prepare.Reply(ilp.Fail(code, message)))
}

func inFlightMax(o *Outgoing) int {
	if o.InFlightMax > 0 {
		return o.InFlightMax
	}
	return InFlightMax
}

// response is the buffers that the answer of a peer needs.
type response struct {
	batch         ilp.ReadBatch
	authorization string // that the request had, which nobody is shown
	request       []byte // the whole request, of conns alone
	body          []byte
}

var responses = sync.Pool{New: func() any { return &response{body: make([]byte, 0, 1024)} }}

// send carries one packet to the peer, and its answer back.
func (l *Link) send(c *call) {
	r := responses.Get().(*response)
	reply := l.exchange(c, r)
	switch {
	case reply.None() && l.calls.wait(c): // the answer comes, or has come, in a request of the peer
	case c.take():
		if reply.None() {
			reply = sendFailure(ilp.T01, "link has stopped.")
		}
		l.answerSelf(c, &r.batch, reply)
	}
	l.freeCall(c)
	if cap(r.body) <= keptMax && cap(r.request) <= keptMax {
		responses.Put(r)
	}
}

// endWaiting ends packets whose answer did not come in a request of the peer.
func (l *Link) endWaiting(calls []*call, reply ilp.Reply) {
	for _, c := range calls {
		if c.take() {
			var batch ilp.ReadBatch
			l.answerSelf(c, &batch, reply)
		}
	}
}

// answerSelf answers a packet whose answer does not come in a request of the peer.
func (l *Link) answerSelf(c *call, batch *ilp.ReadBatch, reply ilp.Reply) {
	switch {
	case l.opts.Async == nil:
	case reply.Fulfilled():
		l.answerWith(l.callbacks.claim(c.id), c, batch, reply)
		return
	default:
		l.callbacks.drop(c.id)
	}
	l.finish(c, batch, func() {
		reply.Batch = batch
		c.up.WriteReply(reply)
	})
}

// exchange returns the answer to a packet: that of the peer, in the buffer of r, or why there is
// none. It returns the zero Reply if the answer comes, or may come, in a request of the peer.
func (l *Link) exchange(c *call, r *response) ilp.Reply {
	carry := l.carry
	if l.conns == nil {
		carry = l.carryByTransport
	}
	answer, err := carry(c, r)
	if unsigned, ok := errors.AsType[credentialsError](err); ok {
		l.reportFailure("packet not sent", unsigned.error)
		return sendFailure(ilp.T00, "no credentials for the peer.")
	}
	if err != nil && !errors.Is(err, errTooLarge) {
		return l.noAnswer(c, &peerError{err, hide(err.Error(), r.authorization)})
	}
	l.health.answered(answer.status)
	if answer.status == http.StatusAccepted && l.opts.Async != nil {
		l.succeeded()
		return ilp.Reply{}
	}
	if l.opts.Async != nil && (answer.status == http.StatusBadGateway || answer.status == http.StatusGatewayTimeout) {
		l.failed(statusError(answer.status), false)
		return ilp.Reply{} // a proxy says so, and the peer may have the packet
	}
	if answer.status/100 != 2 {
		return l.refusedBy(answer, r)
	}
	reply, fault := ilp.ParseReply(r.body)
	if err != nil || fault != nil {
		l.reportUntaken("peer answered with no ILP packet", fmt.Errorf("no ILP packet, but status %d, %s of %d bytes", answer.status,
			kindOf(answer, r.authorization), len(r.body)), false)
		return sendFailure(ilp.T00, "peer answered with no packet.")
	}
	l.succeeded()
	return reply
}

// answered is what the peer has said to a request. Its body is in the buffer of the response.
type answered struct {
	status int
	header http.Header // nil for a plain response
	keep   bool        // the connection may carry another request
}

// credentialsError says that a request could not be made, for want of credentials.
type credentialsError struct{ error }

// carryByTransport sends the request of a call by package net/http, and reads the answer into r.
func (l *Link) carryByTransport(c *call, r *response) (answered, error) {
	ctx, cancel := context.WithCancel(l.stopped)
	defer cancel()
	if !l.calls.guard(c, cancel) {
		return answered{}, errAborted
	}
	request, err := l.request(ctx, c)
	if err != nil {
		return answered{}, credentialsError{err}
	}
	r.authorization = request.Header.Get("Authorization")
	answer, err := l.roundTrip(request)
	if err != nil {
		return answered{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	r.body, err = appendAll(r.body[:0], answer.Body, BodyMax)
	return answered{status: answer.StatusCode, header: answer.Header}, err
}

// kindOf returns the content type of a response, for operators.
func kindOf(answer answered, authorization string) string {
	if kind := answer.header.Get("Content-Type"); kind != "" {
		return strconv.QuoteToASCII(hide(kind, authorization))
	}
	return "no content type"
}

// request returns the request that carries a packet.
func (l *Link) request(ctx context.Context, c *call) (*http.Request, error) {
	o := l.opts.Outgoing
	authorization, err := o.Authorization(time.Now())
	if err != nil {
		return nil, err
	}
	header := http.Header{
		"Content-Type": octetStreamHeader,
		"Accept":       octetStreamHeader,
		"User-Agent":   userAgent,
	}
	if authorization != "" {
		header["Authorization"] = []string{authorization}
	}
	if a := l.opts.Async; a != nil {
		header[headerID], header[headerURL] = []string{c.id.String()}, []string{a.CallbackURL}
	}
	if o.Name != "" {
		header["Ilp-Peer-Name"] = []string{o.Name}
	}
	if o.Destination {
		header["Ilp-Destination"] = []string{c.to}
	}
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.body)), nil }
	first, _ := body()
	return (&http.Request{
		Method: http.MethodPost, URL: c.url, Host: c.url.Host, Header: header,
		Body: first, GetBody: body, ContentLength: int64(len(c.body)),
	}).WithContext(ctx), nil
}

var userAgent = []string{"ilp-connector"}

// noAnswer returns the reply to a packet whose request has failed: the peer may have seen it.
func (l *Link) noAnswer(c *call, err error) ilp.Reply {
	switch {
	case c.taken.Load():
		return ilp.Reply{}
	case l.stopped.Err() != nil:
		return sendFailure(ilp.T01, "link has stopped.")
	case !l.calls.guard(c, nil):
		l.failed(errors.New("no answer before the packet expired"), false)
		return ilp.Fail(ilp.R00, "packet expired.")
	}
	l.failed(reasonOf(err), unreached(err))
	if l.opts.Async != nil && !unreached(err) {
		return ilp.Reply{} // the peer may have the packet
	}
	return sendFailure(ilp.T01, "no answer from the peer.")
}

// unreached reports whether an error says that no connection could be made.
func unreached(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	if ok && operation.Op == "dial" {
		return true
	}
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &unknown)
}

// reasonOf returns an error without the URL, which may hold a secret.
func reasonOf(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// refusedBy returns the reply to a packet that the peer has answered with a status of failure. RFC
// 35 wants T00 for 5xx. Of the others, those that may pass are temporary too.
func (l *Link) refusedBy(answer answered, r *response) ilp.Reply {
	status := answer.status
	err := fmt.Errorf("peer answered with status %d %s%s", status, http.StatusText(status), reasonIn(answer, r))
	text := "failed to fetch. code=" + strconv.Itoa(status) // the words of ilp-plugin-http
	switch {
	case status == http.StatusTooManyRequests:
		l.health.rest(retryAfter(answer.header, time.Now()))
		l.reportFailure("peer is busy", err)
		return sendFailure(ilp.T05, text)
	case away(status):
		l.failed(err, false)
		return sendFailure(ilp.T00, text)
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly:
		l.reportUntaken("peer failed", err, false)
		return sendFailure(ilp.T00, text)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		if refused := l.opts.Outgoing.Refused; refused != nil && refused() {
			l.reportFailure("peer refuses a token that we have replaced", err)
			return sendFailure(ilp.T00, text)
		}
		l.reportUntaken("peer refuses our token", err, true)
	default:
		l.reportUntaken("peer refuses our requests", err, false)
	}
	return sendFailure(ilp.F02, text)
}

// reasonIn returns what the peer says in plain text about its refusal, for operators.
func reasonIn(answer answered, r *response) string {
	kind, _, err := mime.ParseMediaType(answer.header.Get("Content-Type"))
	text := strings.TrimSpace(string(r.body))
	if err != nil || kind != "text/plain" || text == "" || len(text) > peerTextMax {
		return ""
	}
	return ": " + strconv.QuoteToASCII(hide(text, r.authorization))
}

// away reports whether a status says that the peer itself is not there: that is what proxies say.
func away(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// sendFailure returns the failure of a packet that the peer did not answer as it should.
func sendFailure(code ilp.Code, reason string) ilp.Reply {
	return ilp.Failure{Code: code, Message: "failed to send packet: " + reason, Name: "Error"}.Reply()
}

// retryAfterMax bounds how long a peer can keep us from sending.
const retryAfterMax = time.Minute

// retryAfter returns how long a peer wants to be left alone: a second if it does not say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	given := h.Get("Retry-After")
	wait := time.Second
	if seconds, err := strconv.ParseUint(given, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(given); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), retryAfterMax)
}

// replaceConnection closes connections that have carried as many requests as they should. None is
// under way.
func (l *Link) replaceConnection() {
	if most := l.opts.Outgoing.RequestsMax; most > 0 && l.health.carried(most) {
		l.transport.CloseIdleConnections()
	}
}

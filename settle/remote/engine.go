package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/ilp-go/connector/settle"
)

// Settings configure an Engine.
type Settings struct {
	AccountID string
	// URL is the address of the engine's API: http or https, with an optional user,
	// password and path. "/accounts" is appended to the path.
	URL string
	// Scale is the scale of the engine's unit. If the account counts in a smaller one, we
	// settle only whole units of the engine.
	Scale uint8
	// Timeout bounds each exchange; 0 is 30 seconds.
	Timeout time.Duration
}

// timeoutDefault leaves an engine the time to exchange messages with the peer's engine.
const timeoutDefault = 30 * time.Second

// Engine sends requests to the engine of one account. Its methods are safe for concurrent
// use. They block until the engine has answered, the timeout is over, or ctx ends.
type Engine struct {
	account string
	base    *url.URL
	shown   string // the address without secrets
	scale   uint8
	timeout time.Duration
	client  *http.Client
}

// NewEngine checks the settings and does not connect. The error does not hold the URL.
func NewEngine(s Settings) (*Engine, error) {
	base, err := parseAddress(s.URL)
	if err == nil && (s.AccountID == "" || s.AccountID == "." || s.AccountID == "..") {
		err = errors.New("the account's id cannot be a part of a URL")
	}
	if err != nil {
		return nil, fmt.Errorf("settlement engine of account %q: %w", s.AccountID, err)
	}
	if s.Timeout == 0 {
		s.Timeout = timeoutDefault
	}
	return &Engine{
		account: s.AccountID, base: base, shown: shown(base), scale: s.Scale, timeout: s.Timeout,
		client: newClient(),
	}, nil
}

// Scale returns the scale of the engine's unit.
func (e *Engine) Scale() uint8 { return e.scale }

// Start sets the account up (RFC 38, "Setup an account"). Engines accept a repetition.
func (e *Engine) Start(ctx context.Context) error {
	a, err := e.send(ctx, request{
		method: http.MethodPost, path: []string{"accounts"}, kind: jsonType, body: marshal(map[string]string{"id": e.account}),
	})
	if err == nil && !a.good() {
		err = a.refusal()
	}
	return e.named("set up", err)
}

// Pay requests a settlement (RFC 38, "Perform outgoing settlement"), with the id of the
// payment as idempotency key. Any 2xx says that the engine has taken it over: the RFC asks
// for 201, engines older than its last text answer 200, 202 or 204. From then on the engine
// carries it out, and tries again if it must.
//
// Nothing was sent if we did not reach the engine, or if it refused with a 4xx. 408 and 409
// leave the outcome unknown: a proxy may have sent the 408, and a 409 may say that an
// earlier request got through. Any other answer, or none, leaves it unknown too.
func (e *Engine) Pay(ctx context.Context, p settle.Payment) error {
	a, err := e.send(ctx, request{
		method: http.MethodPost, path: []string{"accounts", e.account, "settlements"}, kind: jsonType, key: p.ID,
		body: marshal(quantity{p.Amount.String(), p.Scale}),
	})
	switch {
	case err != nil:
		if errors.Is(err, errUnreached) {
			err = fmt.Errorf("%w: %w", settle.ErrNotSent, err)
		}
	case a.good():
	case a.status >= 400 && a.status < 500 && a.status != http.StatusRequestTimeout && a.status != http.StatusConflict:
		err = fmt.Errorf("%w: %w", settle.ErrNotSent, a.refusal())
	default:
		err = a.refusal()
	}
	return e.named("settle "+p.ID, err)
}

// Remove deletes the account (RFC 38, "Delete an account"). It is not an error if the engine
// does not know the account.
func (e *Engine) Remove(ctx context.Context) error {
	a, err := e.send(ctx, request{method: http.MethodDelete, path: []string{"accounts", e.account}})
	if err == nil && !a.good() && a.status != http.StatusNotFound {
		err = a.refusal()
	}
	return e.named("remove", err)
}

// Message sends the engine a message of the peer's engine, and returns its answer (RFC 38,
// "Handle incoming message"). If the engine refuses, the error is a *StatusError.
func (e *Engine) Message(ctx context.Context, message []byte) ([]byte, error) {
	a, err := e.send(ctx, request{
		method: http.MethodPost, path: []string{"accounts", e.account, "messages"}, kind: octetsType, body: message,
		answerMax: messageMax,
	})
	switch {
	case err != nil:
	case !a.good():
		err = a.refusal()
	case a.fault != nil:
		err = a.fault
	default:
		return a.body, nil
	}
	return nil, e.named("message", err)
}

// named adds the engine to an error that is not nil.
func (e *Engine) named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("settlement engine at %s, account %q: %s: %w", e.shown, e.account, what, err)
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("remote: not JSON: " + err.Error())
	}
	return b
}

var (
	_ settle.Settler = (*Engine)(nil)
	_ settle.Starter = (*Engine)(nil)
	_ settle.Remover = (*Engine)(nil)
	_ settle.Scaler  = (*Engine)(nil)
)

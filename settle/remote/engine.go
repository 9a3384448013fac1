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

// Settings are what is configured of an engine.
type Settings struct {
	AccountID string
	// URL is where the engine's API is: http or https, perhaps with a user and a password
	// and with a path, to which "/accounts" is added.
	URL string
	// Scale is that of the engine's unit: it is asked for whole ones of it, if the
	// account counts in smaller ones.
	Scale uint8
	// Timeout bounds each exchange; 0 is 30 seconds.
	Timeout time.Duration
}

// timeoutDefault leaves an engine the time to ask the engine of the peer something.
const timeoutDefault = 30 * time.Second

// Engine is the engine of one account, as we ask it. Its methods are safe for concurrent
// use and block until the engine has answered, its time is over, or ctx ends.
type Engine struct {
	account string
	base    *url.URL
	shown   string // the address without secrets
	scale   uint8
	timeout time.Duration
	client  *http.Client
}

// NewEngine checks the settings; it does not connect. The error does not hold the URL.
func NewEngine(s Settings) (*Engine, error) {
	base, err := parseAddress(s.URL)
	if err == nil && (s.AccountID == "" || s.AccountID == "." || s.AccountID == "..") {
		err = errors.New("the account's id cannot stand in a URL")
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

// Scale is that of the engine's unit.
func (e *Engine) Scale() uint8 { return e.scale }

// Start sets the account up (RFC 38, "Setup an account"). Engines take that again.
func (e *Engine) Start(ctx context.Context) error {
	a, err := e.send(ctx, question{
		method: http.MethodPost, path: []string{"accounts"}, kind: jsonType, body: marshal(map[string]string{"id": e.account}),
	})
	if err == nil && !a.good() {
		err = a.refusal()
	}
	return e.named("set up", err)
}

// Pay asks for a settlement (RFC 38, "Perform outgoing settlement"), with the id of the
// payment as idempotency key. 201 says that the engine has taken it over: from then on
// it is the engine's to carry out, and to try again.
//
// Nothing was sent if we did not even reach the engine, or if it refused, with a 4xx. Of
// 408 and 409 we cannot know: the one may come from something in between, the other say
// that an earlier call has got through. Neither can we of any other answer, nor of none.
func (e *Engine) Pay(ctx context.Context, p settle.Payment) error {
	a, err := e.send(ctx, question{
		method: http.MethodPost, path: []string{"accounts", e.account, "settlements"}, kind: jsonType, key: p.ID,
		body: marshal(quantity{p.Amount.String(), p.Scale}),
	})
	switch {
	case err != nil:
		if errors.Is(err, errUnreached) {
			err = fmt.Errorf("%w: %w", settle.ErrNotSent, err)
		}
	case a.status == http.StatusCreated:
	case a.status >= 400 && a.status < 500 && a.status != http.StatusRequestTimeout && a.status != http.StatusConflict:
		err = fmt.Errorf("%w: %w", settle.ErrNotSent, a.refusal())
	default:
		err = a.refusal()
	}
	return e.named("settle "+p.ID, err)
}

// Remove deletes the account (RFC 38, "Delete an account"). That the engine does not know
// it is no error.
func (e *Engine) Remove(ctx context.Context) error {
	a, err := e.send(ctx, question{method: http.MethodDelete, path: []string{"accounts", e.account}})
	if err == nil && !a.good() && a.status != http.StatusNotFound {
		err = a.refusal()
	}
	return e.named("remove", err)
}

// Message hands the engine a message of the peer's engine, and returns what it says to
// that (RFC 38, "Handle incoming message"). If it refuses, the error is a *StatusError.
func (e *Engine) Message(ctx context.Context, message []byte) ([]byte, error) {
	a, err := e.send(ctx, question{
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

// named says which engine an error comes from.
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

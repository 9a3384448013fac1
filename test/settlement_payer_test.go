package test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// payer is a settlement engine that pays once per key, however badly it answers.
type payer struct {
	*httptest.Server
	heard chan struct{} // a settlement was asked for that is not answered as it should be

	mu      sync.Mutex
	faults  []payerFault // of the next settlements; the last one stays if always
	always  bool
	keys    []string // of all settlements that were asked for
	paid    map[string]string
	hanging chan struct{}
}

// payerFault is what goes wrong at a settlement; pay has the money moved.
type payerFault func(p *payer, w http.ResponseWriter, r *http.Request, pay func())

func startPayer(t *testing.T) *payer {
	t.Helper()
	p := &payer{heard: make(chan struct{}, 1), paid: make(map[string]string), hanging: make(chan struct{})}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() {
		p.wake()
		p.Close()
	})
	return p
}

// fail says what goes wrong at the next settlements; always is that it goes on so.
func (p *payer) fail(always bool, faults ...payerFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults, p.always = faults, always
	select {
	case <-p.heard:
	default:
	}
}

// wake has what hangs answered.
func (p *payer) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.hanging)
	p.hanging = make(chan struct{})
}

func (p *payer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/settlements") {
		w.WriteHeader(http.StatusCreated)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	p.mu.Lock()
	p.keys = append(p.keys, key)
	var fault payerFault
	if len(p.faults) > 0 {
		fault = p.faults[0]
		if len(p.faults) > 1 || !p.always {
			p.faults = p.faults[1:]
		}
	}
	p.mu.Unlock()
	pay := func() {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.paid[key] = string(body)
	}
	if fault == nil {
		fault = answering(http.StatusCreated)
	}
	fault(p, w, r, pay)
}

// seen are the keys that were asked for, each once, and what was paid for each.
func (p *payer) seen() (keys, paid []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range p.keys {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
			paid = append(paid, p.paid[key])
		}
	}
	return keys, paid
}

// answering pays and answers.
func answering(status int) payerFault {
	return func(_ *payer, w http.ResponseWriter, _ *http.Request, pay func()) {
		pay()
		w.WriteHeader(status)
	}
}

// forgetful refuses as an engine does that does not know the account.
func forgetful(_ *payer, w http.ResponseWriter, _ *http.Request, _ func()) {
	w.WriteHeader(http.StatusNotFound)
}

// mute says that it was asked, and answers only when it is woken; then it has paid.
func mute(p *payer, w http.ResponseWriter, r *http.Request, pay func()) { p.hang(w, r, pay, func() {}) }

// paidMute pays first.
func paidMute(p *payer, w http.ResponseWriter, r *http.Request, pay func()) {
	p.hang(w, r, func() {}, pay)
}

func (p *payer) hang(w http.ResponseWriter, r *http.Request, afterwards, before func()) {
	before()
	p.mu.Lock()
	hanging := p.hanging
	p.mu.Unlock()
	select {
	case p.heard <- struct{}{}:
	default:
	}
	select {
	case <-hanging:
		afterwards()
		w.WriteHeader(http.StatusCreated)
	case <-r.Context().Done():
	}
}

// answered pays, answers, and says so.
func answered(p *payer, w http.ResponseWriter, _ *http.Request, pay func()) {
	pay()
	w.WriteHeader(http.StatusCreated)
	_ = http.NewResponseController(w).Flush()
	p.heard <- struct{}{}
}

// dying resets the connection before it has read what it is asked.
func dying(_ *payer, w http.ResponseWriter, _ *http.Request, _ func()) { reset(w, "") }

// paidDying pays first.
func paidDying(_ *payer, w http.ResponseWriter, _ *http.Request, pay func()) {
	pay()
	reset(w, "HTTP/1.1 20")
}

// twice answers two times, not the same.
func twice(_ *payer, w http.ResponseWriter, _ *http.Request, pay func()) {
	pay()
	reset(w, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
}

// twiceWell answers two times that it has paid.
func twiceWell(_ *payer, w http.ResponseWriter, _ *http.Request, pay func()) {
	pay()
	reset(w, strings.Repeat("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 2))
}

// reset writes to the connection and breaks it.
func reset(w http.ResponseWriter, text string) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(connection, text)
	if text == "" {
		_ = connection.(*net.TCPConn).SetLinger(0) // RST in place of FIN
	}
	_ = connection.Close()
}

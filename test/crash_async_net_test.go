package test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	interledger "github.com/ilp-go/connector/ilp" // ilp is a word of this package
	"github.com/ilp-go/connector/ilptest"
)

// asyncMessage is a message on its way between the connectors.
type asyncMessage struct {
	step asyncStep
	id   string // Request-Id
	body []byte
}

// asyncFault is what happens to a message.
type asyncFault int

const (
	noFault asyncFault = iota
	loseMessage
	doubleMessage
)

// meet asks what happens to a message. It may hold it.
func (w *asyncWorld) meet(m asyncMessage) asyncFault {
	if f := w.fault.Load(); f != nil {
		return (*f)(m)
	}
	return noFault
}

// onMessage has f say what happens to messages from now on. nil is nothing.
func (w *asyncWorld) onMessage(f func(asyncMessage) asyncFault) {
	if f == nil {
		w.fault.Store(nil)
		return
	}
	w.fault.Store(&f)
}

// pass passes a message on. The first part of its path says to whom. What is sent arrives, also if the sender is gone
// meanwhile.
func (w *asyncWorld) pass(rw http.ResponseWriter, r *http.Request) {
	to, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	node, m := w.near, asyncMessage{step: answerComes, id: r.Header.Get("Request-Id")}
	if to == "far" {
		node, m.step = w.far, requestComes
	}
	if to == "eve" {
		return // she is always there
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	m.body = body
	fault := noFault
	if r.Method == http.MethodPost {
		w.passing.Add(1)
		defer w.passing.Add(-1)
		fault = w.meet(m)
	}
	if fault == loseMessage {
		panic(http.ErrAbortHandler)
	}
	copies := 1
	if fault == doubleMessage {
		copies++
	}
	responses := make(chan *asyncResponse, copies)
	for range copies {
		go func() { responses <- w.forward(r, node.port, path, body) }()
	}
	var response *asyncResponse
	for range copies {
		if got := <-responses; got != nil {
			response = got
		}
	}
	if response == nil {
		panic(http.ErrAbortHandler)
	}
	m.step++
	if r.Method == http.MethodPost && w.meet(m) == loseMessage {
		panic(http.ErrAbortHandler)
	}
	for name, values := range response.header {
		rw.Header()[name] = values
	}
	rw.WriteHeader(response.status)
	_, _ = rw.Write(response.body)
}

// asyncResponse is a response that came whole.
type asyncResponse struct {
	status int
	header http.Header
	body   []byte
}

// forward sends a request on. It returns nil if there is no response.
func (w *asyncWorld) forward(r *http.Request, port int, path string, body []byte) *asyncResponse {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.Method, fmt.Sprintf("http://127.0.0.1:%d/%s", port, path), bytes.NewReader(body))
	if err != nil {
		return nil
	}
	request.Header = r.Header.Clone()
	response, err := w.between.RoundTrip(request)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil
	}
	return &asyncResponse{response.StatusCode, response.Header, text}
}

// asyncPacket is a packet of the front, and what has become of it.
type asyncPacket struct {
	number    int
	amount    *big.Int
	answer    string // fulfilled, a code, or lost if the connector has died
	fulfilled bool   // by bob
}

// asyncPreimage returns the fulfillment of a packet.
func asyncPreimage(number int) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "packet %d", number))
}

// answerAsBob fulfills a packet, when bob answers.
func (w *asyncWorld) answerAsBob(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	prepare, fault := interledger.ParsePrepare(body)
	if r.Method != http.MethodPost || err != nil || fault != nil {
		return
	}
	w.asking.Add(1)
	defer w.asking.Add(-1)
	var number int
	_, _ = fmt.Sscan(string(prepare.Data()), &number)
	w.mu.Lock()
	open := w.open
	w.mu.Unlock()
	select {
	case <-open:
	case <-r.Context().Done():
		return
	case <-w.t.Context().Done():
		return
	}
	w.mu.Lock()
	for _, p := range w.packets {
		if p.number == number {
			p.fulfilled = true
		}
	}
	w.mu.Unlock()
	fulfill := interledger.Fulfill{Fulfillment: asyncPreimage(number)}
	rw.Header().Set("Content-Type", "application/octet-stream")
	_, _ = rw.Write(fulfill.Append(nil))
}

// closeBob has bob hold his answers until the returned function is called.
func (w *asyncWorld) closeBob() (openBob func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	open := make(chan struct{})
	w.open = open
	return sync.OnceFunc(func() { close(open) })
}

// send sends a packet from the front, and waits for the answer. The test may be told of it by another goroutine.
func (w *asyncWorld) send(p *asyncPacket, life time.Duration) {
	preimage := asyncPreimage(p.number)
	prepare := ilptest.Prepare("test.far.bob", p.amount.Uint64(), ilptest.ExpiresIn(life),
		ilptest.WithCondition(sha256.Sum256(preimage[:])), ilptest.Data(fmt.Append(nil, p.number)))
	p.answer = w.ask(prepare, preimage)
}

// ask sends a packet to near, and says what the answer is.
func (w *asyncWorld) ask(prepare interledger.Prepare, preimage [sha256.Size]byte) string {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	url := fmt.Sprintf("http://127.0.0.1:%d/accounts/front/ilp", w.near.port)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(prepare.Bytes()))
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+tokenFrom("front", "near"))
	request.Header.Set("Content-Type", "application/octet-stream")
	response, err := w.client.Do(request)
	if err != nil {
		return "lost"
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "lost"
	}
	reply, err := interledger.ParseReply(body)
	switch {
	case err != nil:
		return fmt.Sprintf("status %d %s", response.StatusCode, body)
	case !reply.Fulfilled():
		return reply.Code().String()
	case !bytes.Equal(reply.Fulfillment(), preimage[:]):
		return "another fulfillment"
	}
	return "fulfilled"
}

package test

import (
	"bytes"
	"fmt"
	"math/big"
	"net/http"
	"testing"
)

// TestAsyncCopyOfARequestAfterARestart has a copy of a request reach the receiver when that has delivered the answer, was
// killed, and runs again, while the packet still lives. The copy pays nobody, and nothing is booked for it.
func TestAsyncCopyOfARequestAfterARestart(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	requests := make(chan asyncMessage, 1)
	w.onMessage(func(m asyncMessage) asyncFault {
		if m.step == requestComes {
			requests <- m
		}
		return noFault
	})
	p := &asyncPacket{number: 1, amount: big.NewInt(7)}
	if w.send(p, patience); p.answer != "fulfilled" {
		t.Fatalf("the packet got %s", p.answer)
	}
	w.agree()
	w.onMessage(nil)
	w.killAndStart(w.far)
	w.awaitUp()
	if status := w.copyToFar(<-requests); status != http.StatusAccepted {
		t.Errorf("the copy got status %d", status)
	}
	if moved := w.agree(); moved.Sign() != 0 {
		t.Errorf("the balances moved by %s for the copy", moved)
	}
	if paid, _ := w.far.balance("bob"); paid.Int64() != -7 {
		t.Errorf("bob is owed %s", paid)
	}
	w.finish()
}

// copyToFar sends far a request of near.
func (w *asyncWorld) copyToFar(m asyncMessage) (status int) {
	w.t.Helper()
	url := fmt.Sprintf("http://127.0.0.1:%d/accounts/near/ilp", w.far.port)
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, url, bytes.NewReader(m.body))
	must(w.t, err)
	request.Header.Set("Authorization", "Bearer "+tokenFrom("near", "far"))
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("Request-Id", m.id)
	request.Header.Set("Callback-Url", w.network.URL+"/near/accounts/far/ilp/reply")
	response, err := w.client.Do(request)
	must(w.t, err)
	_ = response.Body.Close()
	return response.StatusCode
}

//go:build unix

package test

import (
	"bytes"
	"encoding/binary"
	"time"
)

// throttled is an account whose rate limit grants 2 packets a second, and 20 at once.
const throttled = "throttled"

var throttledLimit = map[string]any{"refillPeriod": 1000, "refillCount": 2, "capacity": 20}

// burst sends packets to nowhere from throttled, all at once, and tells how many the limit let pass.
func (w *clockWorld) burst(n int) (passed int) {
	w.t.Helper()
	answers := make(chan []byte, n)
	for range n {
		w.asks++
		l := stamp{number: 1}
		w.ends[throttled].ask(withID(l.prepare(1, w.address+".nobody", time.Now().Add(w.shift()+w.life)), w.asks), answers)
	}
	for range n {
		_, _, ilpType, contents, err := parseILP(w.answer(answers))
		switch {
		case err == nil && ilpType == 14 && bytes.HasPrefix(contents, []byte("F02")):
			passed++
		case err != nil || ilpType != 14 || !bytes.HasPrefix(contents, []byte("T05")):
			w.t.Errorf("a packet to nowhere was answered %d %q, %v", ilpType, contents, err)
		}
	}
	return passed
}

// answer waits for an answer.
func (w *clockWorld) answer(answers <-chan []byte) []byte {
	w.t.Helper()
	select {
	case message := <-answers:
		return message
	case <-time.After(patience):
		w.t.Fatal("no answer came")
		return nil
	}
}

// withID is a BTP message with another request id.
func withID(message []byte, id uint32) []byte {
	binary.BigEndian.PutUint32(message[1:], id)
	return message
}

// drainLimit spends all that the rate limit grants, and tells when.
func (w *clockWorld) drainLimit() time.Time {
	w.t.Helper()
	now := time.Now()
	for w.burst(50) == 50 {
	}
	return now
}

// mustGrantNothing fails the test if the rate limit has granted more since it was spent than that time is worth.
func (w *clockWorld) mustGrantNothing(drained time.Time) {
	w.t.Helper()
	passed := w.burst(50)
	if most := int(2*time.Since(drained).Seconds()) + 1; passed > most {
		w.t.Errorf("%d packets passed the rate limit %s after it was spent", passed, time.Since(drained))
	}
}

// mustGrantAgain waits until the rate limit lets a packet pass.
func (w *clockWorld) mustGrantAgain() {
	w.t.Helper()
	for began := time.Now(); w.burst(1) == 0; w.wait(100 * time.Millisecond) {
		if time.Since(began) > patience {
			w.t.Fatal("the rate limit grants nothing any more")
		}
	}
}

// mustRemember sends a packet again that was fulfilled before the clock was put back. It is answered from memory: its
// receiver does not see it, and is owed nothing for it.
func (w *clockWorld) mustRemember() {
	w.t.Helper()
	w.mu.Lock()
	var p *stopPacket
	for _, q := range w.packets {
		if q.code == fulfilledCode && q.ended.Before(w.stepped) && !q.odd && (p == nil || q.ended.After(p.ended)) {
			p = q
		}
	}
	w.mu.Unlock()
	answers := make(chan []byte, 1)
	w.asks++
	w.ends[p.sender.id].ask(withID(w.prepare(p), w.asks), answers)
	preimage := p.preimage()
	if _, _, ilpType, contents, err := parseILP(w.answer(answers)); err != nil || ilpType != 13 || !bytes.HasPrefix(contents, preimage[:]) {
		w.t.Fatalf("a packet that came again was answered %d %q, %v", ilpType, contents, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := &p.sender.slots[p.slot]
	slot.held = append(slot.held, time.Now())
	slot.copies++
}

// mustGoByTheNewTime sends packets from senders whose clocks are an hour behind and ahead. The former have expired
// when they come. The latter have the time that we are willing to wait.
func (w *clockWorld) mustGoByTheNewTime() {
	w.t.Helper()
	for off, want := range map[time.Duration]string{-time.Hour: "R02", time.Hour: fulfilledCode} {
		code := "T03"
		for code == "T03" { // a slow disk
			w.mu.Lock()
			p := w.sendLocked(w.senders[0], 0, w.shift()+off)
			w.mu.Unlock()
			w.await("the packet to be answered", func() bool { return w.busy == 0 })
			code = p.code
		}
		if code != want {
			w.t.Errorf("a packet of a sender whose clock is off by %s: %s, want %s", off, code, want)
		}
	}
}

package test

import (
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// The figures of the test that kills at random.
const (
	asyncSlots     = 50               // packets under way
	asyncKillsMost = 40               // of either connector
	asyncTime      = 10 * time.Second // after which nothing more is sent
	// Of a hundred messages so many are lost, doubled, and held until their packet has expired.
	asyncLost, asyncDoubled, asyncLate = 2, 4, 1
	// So many messages pass between two kills, at random.
	messagesFew, messagesMany = 50, 600
)

// TestAsyncKillAtRandom kills either connector or both again and again under load, over a network that loses, doubles
// and delays messages. At the end both have booked the same, and that is no less than what the front holds Fulfills of.
func TestAsyncKillAtRandom(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	w.spoil()
	stop := make(chan struct{})
	var sending sync.WaitGroup
	var held, sent big.Int
	for range asyncSlots {
		sending.Go(func() { w.sendOn(stop, &sent, &held) })
	}
	ended := time.NewTimer(asyncTime)
	defer ended.Stop()
	for over := false; !over && w.kills < asyncKillsMost; {
		until := w.messages.Load() + int64(messagesFew+w.random.IntN(messagesMany-messagesFew))
		poll(t, "messages to pass", nil, func() bool {
			select {
			case <-ended.C:
				over = true
			default:
			}
			return over || w.messages.Load() >= until
		})
		w.killAndStart([][]*asyncNode{{w.near}, {w.far}, {w.near, w.far}}[w.random.IntN(3)]...)
	}
	close(stop)
	sending.Wait()
	w.onMessage(nil)
	moved := w.agree()
	if moved.Cmp(&held) < 0 || moved.Cmp(&sent) > 0 {
		t.Errorf("%s is booked; the front holds Fulfills of %s, and has sent %s", moved, &held, &sent)
	}
	if held.Sign() == 0 {
		t.Error("nothing was fulfilled, so that this test proves little")
	}
	paid, _ := w.far.balance("bob")
	paid.Neg(paid)
	if paid.Cmp(moved) < 0 {
		t.Errorf("bob is owed %s, less than the %s that are booked", paid, moved)
	}
	w.finish()
	t.Logf("%d kills, %d packets, %d messages: %s sent, %s booked at both sides, %s fulfilled at the front, %s taken back",
		w.kills, w.sent, w.messages.Load(), &sent, moved, &held, paid.Sub(paid, moved))
}

// spoil has the network lose, double and delay messages.
func (w *asyncWorld) spoil() {
	w.onMessage(func(asyncMessage) asyncFault {
		w.messages.Add(1)
		switch n := rand.IntN(100); {
		case n < asyncLost:
			return loseMessage
		case n < asyncLost+asyncDoubled:
			return doubleMessage
		case n < asyncLost+asyncDoubled+asyncLate:
			late := time.NewTimer(asyncLife)
			defer late.Stop()
			select {
			case <-late.C:
			case <-w.t.Context().Done():
			}
		}
		return noFault
	})
}

// sendOn sends packets one after the other until stop is closed. It adds up their amounts, and those of the fulfilled.
func (w *asyncWorld) sendOn(stop <-chan struct{}, sent, held *big.Int) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		p := &asyncPacket{amount: big.NewInt(1 + rand.Int64N(1_000_000))}
		w.mu.Lock()
		w.sent++
		p.number = w.sent
		sent.Add(sent, p.amount)
		w.mu.Unlock()
		w.send(p, asyncLife)
		if p.answer != "fulfilled" {
			w.pauseOfAFailure(stop)
			continue
		}
		w.mu.Lock()
		held.Add(held, p.amount)
		w.mu.Unlock()
	}
}

// pauseOfAFailure waits before a slot sends again: while a connector is away, its packets fail at once.
func (w *asyncWorld) pauseOfAFailure(stop <-chan struct{}) {
	timer := time.NewTimer(50 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stop:
	}
}

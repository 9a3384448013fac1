package httplink_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Whatever happens at any step, each Fulfill is booked exactly once at both sides, or at neither.
func TestBothSidesBookTheSameWhateverHappens(t *testing.T) {
	for s := range steps {
		for f := range faults {
			if f < killSender && !s.network() {
				continue
			}
			t.Run(s.String()+", "+f.String(), func(t *testing.T) {
				t.Parallel()
				p := newPair(t, map[step]fault{s: f})
				await(t, p.sender.link.Connected)
				p.send(7, 20*time.Second)
				await(t, func() bool {
					p.mu.Lock()
					defer p.mu.Unlock()
					return len(p.plan) == 0
				})
				p.agree()
				// life goes on
				await(t, func() bool { return p.life().link.Connected() })
				for tries := 0; ; tries++ { // the receiver may still be starting
					if reply := p.send(100, 20*time.Second).Reply(); reply.Fulfilled() {
						break
					} else if tries == 100 {
						t.Fatalf("the next packet got %s", describe(reply))
					}
				}
				p.agree()
				if got := p.life().posted(); got != "-100" && got != "-107" {
					t.Errorf("the sender has %s", got)
				}
			})
		}
	}
}

// Many packets under way, and several faults.
func TestBothSidesBookTheSameAfterManyFaults(t *testing.T) {
	for i := range 15 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("%d with seed %d", i, seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			plan := make(map[step]fault)
			for range 1 + random.IntN(4) {
				plan[step(random.IntN(int(steps)))] = fault(random.IntN(int(faults)))
			}
			p := newPair(t, plan)
			for n := range 5 {
				await(t, func() bool { return p.life().link.Connected() })
				p.send(uint64(1+n), 300*time.Millisecond)
			}
			await(t, func() bool { return p.life().link.Connected() })
			life, last := p.life(), p.send(100, 20*time.Second)
			await(t, func() bool { return last.Calls() > 0 || life.killed.Load() })
			p.agree()
		})
	}
}

// life returns the sender's.
func (p *pair) life() *side {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sender
}

// agree waits until both sides have the same balance, and nothing is on its way.
func (p *pair) agree() {
	p.t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-ticker.C {
		p.mu.Lock()
		owed, due, open := p.sender.posted(), p.receiver.posted(), p.receiver.records("answers/")
		p.mu.Unlock()
		if open == 0 && (owed == "-"+due || owed == "0" && due == "0") {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("the sender has %s, the receiver %s, and %d answers are on their way", owed, due, open)
		}
	}
}

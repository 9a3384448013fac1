package test

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// asyncStep is a moment in the way of a packet whose answer is a request of its own.
type asyncStep int

// The steps, in the order in which they come. The store steps are those of testdata/crash/steps.go.
const (
	requestComes asyncStep = iota // at far
	acceptedGoes                  // the response to it, 202
	answerComes                   // at near
	resultGoes                    // the response to it
	answerWrites                  // far books the Fulfill
	answerWritten
	countWrites
	countWritten
	removalWrites
	removalWritten
	asyncSteps
	networkSteps = answerWrites // so many are of the network
)

// storeSteps are the names of the steps of a store.
var storeSteps = map[asyncStep]string{
	answerWrites: "before-answer", answerWritten: "after-answer", countWrites: "before-count", countWritten: "after-count",
	removalWrites: "before-removal", removalWritten: "after-removal",
}

func (s asyncStep) String() string {
	if s < networkSteps {
		return [...]string{"request comes", "202 goes", "answer comes", "result goes"}[s]
	}
	return storeSteps[s]
}

// The figures of the test that kills at every step.
const (
	asyncPackets   = 50 // under way at once
	fulfilledLeast = 5  // of the packets of all rounds of a world, in percent
)

// withSteps builds a connector whose store hangs at a step when a test wants it.
func withSteps(t *testing.T, name string, changes ...change) string {
	t.Helper()
	return build(t, name, append(changes,
		change{
			file: "store/disk/store.go",
			old:  "func (s *Store) Apply(batch store.Batch) error { return s.journal.Apply(batch) }\n",
			new:  "func (s *Store) Apply(batch store.Batch) error {\n\tatStep(batch, \"before\")\n\tdefer atStep(batch, \"after\")\n\treturn s.journal.Apply(batch)\n}\n",
		},
		change{file: "store/disk/steps.go", new: mustRead(t, filepath.Join("testdata", "crash", "steps.go"))},
	)...)
}

// TestAsyncKillAtEveryStep kills the sender, the receiver or both at every step of the way of a packet, with 50 packets
// under way. Then both must have booked the same packets, and among them each one whose Fulfill the front holds.
func TestAsyncKillAtEveryStep(t *testing.T) {
	t.Parallel()
	binary := withSteps(t, "with-steps")
	for _, victims := range []string{"sender", "receiver", "both"} {
		t.Run(victims, func(t *testing.T) {
			t.Parallel()
			w := newAsyncWorld(t, asyncOptions{binary: binary})
			dies := map[string][]*asyncNode{"sender": {w.near}, "receiver": {w.far}, "both": {w.near, w.far}}[victims]
			var total asyncTotal
			for s := range asyncSteps {
				total.add(w.killAt(s, dies...))
			}
			w.finish()
			t.Logf("%d kills, %s", w.kills, &total)
			if total.booked*100 < total.sent*fulfilledLeast {
				t.Errorf("only %d of %d packets were booked, so that this test proves little", total.booked, total.sent)
			}
		})
	}
}

// killAt kills connectors at a step, while many packets are under way, and compares what is booked.
func (w *asyncWorld) killAt(s asyncStep, victims ...*asyncNode) asyncTotal {
	w.t.Helper()
	w.awaitUp()
	openBob := w.closeBob()
	reached, goOn := w.stopAt(s, w.random.IntN(asyncPackets/2))
	done := w.sendMany(asyncPackets)
	if s == requestComes || s == acceptedGoes {
		w.awaitStep(s, reached)
	} else {
		poll(w.t, "all packets to be at bob", w.far.exited, func() bool { return w.asking.Load()+w.ended.Load() >= asyncPackets })
		openBob()
		w.awaitStep(s, reached)
	}
	w.killAndStart(victims...)
	openBob()
	goOn()
	<-done
	w.onMessage(nil)
	return w.judge(s.String())
}

// awaitStep waits until a step is reached.
func (w *asyncWorld) awaitStep(s asyncStep, reached func() bool) {
	w.t.Helper()
	poll(w.t, "step "+s.String(), nil, reached)
}

// stopAt stops the message, or the store, that is next at a step after some messages have passed it. goOn lets it go on.
func (w *asyncWorld) stopAt(s asyncStep, after int) (reached func() bool, goOn func()) {
	on := make(chan struct{})
	var came atomic.Int64
	var stopped atomic.Bool
	hold := func() {
		select {
		case <-on:
		case <-w.t.Context().Done():
		}
	}
	if s < networkSteps {
		w.onMessage(func(m asyncMessage) asyncFault {
			if m.step == s && came.Add(1) == int64(after+1) {
				stopped.Store(true)
				hold()
			}
			return noFault
		})
		return stopped.Load, sync.OnceFunc(func() { close(on) })
	}
	n := w.far
	if s == countWrites || s == countWritten {
		n = w.near
	}
	file := filepath.Join(n.steps, storeSteps[s])
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		w.t.Fatal(err)
	}
	reached = func() bool { _, err := os.Stat(file + ".reached"); return err == nil }
	return reached, func() {
		if err := os.WriteFile(file+".on", nil, 0o600); err != nil {
			w.t.Error(err)
		}
	}
}

// asyncTotal is what has become of packets.
type asyncTotal struct{ sent, fulfilled, lost, booked, takenBack int }

func (a *asyncTotal) add(b asyncTotal) {
	a.sent += b.sent
	a.fulfilled += b.fulfilled
	a.lost += b.lost
	a.booked += b.booked
	a.takenBack += b.takenBack
}

func (a *asyncTotal) String() string {
	return fmt.Sprintf("%d packets, %d fulfilled at the front, %d without an answer, %d booked at both sides, %d fulfilled by bob and booked at neither",
		a.sent, a.fulfilled, a.lost, a.booked, a.takenBack)
}

// sendMany sends packets, all at once. Each has an amount that is a power of two, so that a balance says which of them
// are in it. The channel is closed when all are answered.
func (w *asyncWorld) sendMany(count int) (done chan struct{}) {
	amounts := make([]*big.Int, count)
	for i := range amounts {
		amounts[i] = new(big.Int).Lsh(big.NewInt(1), uint(i))
	}
	return w.sendAmounts(amounts...)
}

// sendAmounts sends packets of these amounts, all at once. They are the packets of a round.
func (w *asyncWorld) sendAmounts(amounts ...*big.Int) (done chan struct{}) {
	packets := make([]*asyncPacket, len(amounts))
	for i, amount := range amounts {
		w.sent++
		packets[i] = &asyncPacket{number: w.sent, amount: amount}
	}
	w.mu.Lock()
	w.packets = packets
	w.mu.Unlock()
	w.ended.Store(0)
	done = make(chan struct{})
	var all sync.WaitGroup
	for _, p := range packets {
		all.Go(func() {
			w.send(p, asyncLife)
			w.ended.Add(1)
		})
	}
	go func() {
		defer close(done)
		all.Wait()
	}()
	return done
}

// judge compares what both sides have booked of the packets of a round with what the front and bob know of them.
func (w *asyncWorld) judge(what string) (a asyncTotal) {
	w.t.Helper()
	moved := w.agree()
	w.mu.Lock()
	defer w.mu.Unlock()
	if moved.Sign() < 0 || moved.BitLen() > len(w.packets) {
		w.t.Errorf("%s: the balances moved by %s, which no set of packets is", what, moved)
	}
	for i, p := range w.packets {
		a.sent++
		booked := moved.Bit(i) == 1
		switch {
		case booked && !p.fulfilled:
			w.t.Errorf("%s: packet %d is booked, and bob has not fulfilled it", what, i)
		case !booked && p.answer == "fulfilled":
			w.t.Errorf("%s: the front has the Fulfill of packet %d, and it is not booked", what, i)
		case booked:
			a.booked++
		case p.fulfilled:
			a.takenBack++
		}
		switch p.answer {
		case "fulfilled":
			a.fulfilled++
		case "lost":
			a.lost++
		case "R00", "T00", "T01", "T03", "R01", "R02":
		default:
			w.t.Errorf("%s: packet %d got %s", what, i, p.answer)
		}
	}
	return a
}

//go:build unix

package test

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// stopWorld is a crashWorld whose connector goes on after its troubles: it was stopped, its disk hung, its clock was
// stepped. Packets have little time, and the world knows what became of each, and when.
type stopWorld struct {
	*crashWorld
	window, life time.Duration        // minMessageWindow, and the time of a packet
	shift        func() time.Duration // how far the wall clock of connector and senders is ahead of ours
	slots        int                  // of each sender that send

	c       *Connector
	readers sync.WaitGroup         // of the connections
	late    map[int]map[string]int // late Fulfills, by life and direction; "seen" is of those that senders saw

	mu          sync.Mutex // guards all below, and the slots of senders
	ends        map[string]*stopEnd
	packets     map[stamp]*stopPacket // of this life of the connector, as are all below
	standstills []standstill
	resting     bool // no packet is sent any more
	busy        int  // slots that wait for an answer, or to try again
	fulfilled   int
	holding     bool // receivers keep their Fulfills back
	held        []heldPacket
	verdict     stopVerdict // of all lives
}

// stopOptions is what differs between the tests.
type stopOptions struct {
	binary       string
	window, life time.Duration
	slots        int // of each sender that send
	accounts     []account
	env          []string
}

// stopSenders is how many senders there are, besides the one to another scale.
const stopSenders = 8

func newStopWorld(t *testing.T, o stopOptions) *stopWorld {
	t.Helper()
	w := &stopWorld{window: o.window, life: o.life, slots: o.slots, shift: func() time.Duration { return 0 }, late: make(map[int]map[string]int)}
	w.crashWorld = newCrashWorld(t, crashOptions{
		argv: []string{o.binary}, durability: `"sync"`, senders: stopSenders, accounts: o.accounts,
		settings: map[string]string{"MIN_MESSAGE_WINDOW": fmt.Sprint(o.window.Milliseconds())},
	})
	w.env = append(w.env, o.env...)
	return w
}

// begin starts the connector, compares its ledger with what the peers hold, and connects everybody.
func (w *stopWorld) begin() {
	w.t.Helper()
	w.c = w.look(time.Time{}, time.Time{})
	w.dismissAlerts()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends, w.packets, w.standstills = make(map[string]*stopEnd), make(map[stamp]*stopPacket), nil
	w.resting, w.busy, w.fulfilled, w.holding, w.held = true, 0, 0, false, nil
	takers := make(map[string]func([]byte) error)
	for _, s := range w.senders {
		takers[s.id] = func(message []byte) error { return w.takeAnswer(s, message) }
	}
	for _, r := range w.receivers {
		takers[r.id] = func(message []byte) error { return w.takePacket(r, message) }
	}
	for id, port := range w.ports {
		awaitPort(w.t, port, w.c.exited)
		end, err := dialStop(port, id)
		if err != nil {
			w.t.Fatalf("%s: %v", id, err)
		}
		w.ends[id] = end
		w.t.Cleanup(func() { end.conn.Close() })
		w.readers.Go(func() { w.read(id, end, takers[id]) })
	}
}

// end ends the life of the connector. What was on its way is in doubt.
func (w *stopWorld) end(how func()) {
	w.t.Helper()
	w.mu.Lock()
	w.resting = true
	w.mu.Unlock()
	how()
	<-w.c.exited
	w.readers.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.judgeLocked()
}

// finish stops the connector when all is answered, and looks into the ledger of its store.
func (w *stopWorld) finish() {
	w.t.Helper()
	w.end(w.c.Stop)
	w.look(time.Time{}, time.Time{}).Stop()
	w.report()
}

// load has all slots send until n more packets are fulfilled.
func (w *stopWorld) load(n int) {
	w.t.Helper()
	w.mu.Lock()
	w.resting = false
	goal := w.fulfilled + n
	w.startLocked()
	w.mu.Unlock()
	w.await(fmt.Sprintf("%d more packets to be fulfilled", n), func() bool { return w.fulfilled >= goal })
}

// startLocked has the slots send that are idle.
func (w *stopWorld) startLocked() {
	for _, s := range w.senders {
		for j := range min(w.slots, len(s.slots)) {
			if !w.ends[s.id].busy[j] {
				w.sendLocked(s, j, w.shift())
			}
		}
	}
}

// rest has nobody send any more, waits until all that was sent is answered, and compares the ledger and the counters
// with what the peers know.
func (w *stopWorld) rest() {
	w.t.Helper()
	w.mu.Lock()
	w.resting = true
	w.mu.Unlock()
	w.await("all packets to be answered", func() bool { return w.busy == 0 })
	balances := w.balances(w.c)
	w.mu.Lock()
	w.total.add(w.audit(balances, time.Time{}, time.Time{}))
	w.judgeLocked()
	w.mu.Unlock()
	w.mustCount()
}

// hold has receivers keep back their Fulfills, and waits until they have as many.
func (w *stopWorld) hold(n int) {
	w.t.Helper()
	w.mu.Lock()
	w.holding = true
	w.mu.Unlock()
	w.await(fmt.Sprintf("%d packets to reach their receivers", n), func() bool { return len(w.held) >= n })
}

// release has receivers send the Fulfills that they kept back, except of packets for which leave says so.
func (w *stopWorld) release(leave func(*stopPacket) bool) {
	w.mu.Lock()
	var left, sent []heldPacket
	for _, h := range w.held {
		if leave != nil && leave(h.stopPacket) {
			left = append(left, h)
			continue
		}
		h.answered = time.Now()
		sent = append(sent, h)
	}
	w.held, w.holding = left, len(left) > 0
	ends := w.ends
	w.mu.Unlock()
	for _, h := range sent {
		ends[h.sender.to.id].send(h.fulfill(h.id))
	}
}

// await waits until something is done, which is asked under the lock.
func (w *stopWorld) await(what string, done func() bool) {
	w.t.Helper()
	poll(w.t, what, w.c.exited, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return done()
	})
}

// wait waits while something lasts.
func (w *stopWorld) wait(d time.Duration) { <-time.After(d) }

//go:build unix

package test

import (
	"fmt"
	"slices"
	"time"
)

// stopVerdict is what was wrong with packets.
type stopVerdict struct {
	wrong  []string
	early  int            // packets that were ended before they had expired
	beyond int            // packets that were kept long after they had expired
	handed int            // Fulfills that came after the expiry, and were handed up all the same
	ends   map[string]int // packets by how they ended
}

// standstill is a time in which the connector did nothing, or, while its disk hung, handed up no Fulfill.
type standstill struct {
	from, to time.Time
	disk     bool
}

const (
	// stopTolerance is what two readings of a clock may differ by.
	stopTolerance = 20 * time.Millisecond
	// lateMax is how late the connector may be on a busy machine, with what it does at once.
	lateMax = 5 * time.Second
)

// fault notes that something is wrong.
func (w *stopWorld) fault(format string, a ...any) {
	w.verdict.wrong = append(w.verdict.wrong, fmt.Sprintf(format, a...))
}

// judgeLocked judges the packets that have ended since it was last called.
func (w *stopWorld) judgeLocked() {
	for _, p := range w.packets {
		if !p.judged && !p.ended.IsZero() {
			p.judged = true
			w.judge(p)
		}
	}
}

// judge says what is wrong with how a packet ended.
func (w *stopWorld) judge(p *stopPacket) {
	v := &w.verdict
	if v.ends == nil {
		v.ends = make(map[string]int)
	}
	v.ends[p.code]++
	deadline := p.expiry.Add(-w.window) // of the packet as it was sent on
	fault := func(what string) { w.fault("%+v of %s: %s %s", p.stamp, p.sender.id, p.code, what) }
	switch p.code {
	case fulfilledCode:
		if p.answered.IsZero() {
			fault("and its receiver has not")
		}
		if w.awake(p.answered).After(deadline.Add(stopTolerance)) {
			v.handed++
		}
	case "R00":
		if p.ended.Before(deadline.Add(-stopTolerance)) {
			v.early++
		}
		if p.ended.After(w.awake(deadline).Add(lateMax)) {
			v.beyond++
		}
	case "R02":
		if !p.odd && !p.crossed && p.ended.Before(p.expiry.Add(-2*w.window-stopTolerance)) {
			fault("and it had time left")
		}
		if !p.arrived.IsZero() {
			fault("and it was sent on")
		}
	case "T03":
		if !p.arrived.IsZero() {
			fault("and it was sent on")
		}
	default:
		fault("for no reason")
	}
}

// awake returns at, or when the connector went on if it was stopped then.
func (w *stopWorld) awake(at time.Time) time.Time {
	for _, s := range w.standstills {
		if !s.disk && !at.Before(s.from) && at.Before(s.to) {
			return s.to
		}
	}
	return at
}

// handedUp returns a time before which the Fulfill of a packet was not handed up.
func (w *stopWorld) handedUp(p *stopPacket) time.Time {
	at := w.awake(p.answered)
	for _, s := range w.standstills {
		if s.disk && at.Before(s.to) && !p.ended.Before(s.to) {
			at = s.to
		}
	}
	return at
}

// report tells what is wrong, and fails the test over what no test may find.
func (w *stopWorld) report() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	late := make(map[string]int)
	for _, ofLife := range w.late {
		for direction, n := range ofLife {
			late[direction] += n
		}
	}
	w.t.Logf("%d lives, %d packets fulfilled, %d in doubt; packets by how they ended: %v; late Fulfills counted: %v; %d packets ended early, %d were kept, %d Fulfills were handed up that came late",
		w.lives, w.total.fulfilled, w.total.doubtful, w.verdict.ends, late, w.verdict.early, w.verdict.beyond, w.verdict.handed)
	if w.total.lost > 0 {
		w.t.Errorf("%d Fulfills that were handed on are not in the ledger", w.total.lost)
	}
	wrong := slices.Concat(w.total.wrong, w.verdict.wrong)
	for _, what := range wrong[:min(len(wrong), faultsShown)] {
		w.t.Error(what)
	}
	if more := len(wrong) - faultsShown; more > 0 {
		w.t.Errorf("and %d more", more)
	}
}

// mustKeepTime fails the test if a packet did not end in its time.
func (w *stopWorld) mustKeepTime() {
	w.t.Helper()
	if v := &w.verdict; v.early > 0 || v.beyond > 0 || v.handed > 0 {
		w.t.Errorf("%d packets were ended early, %d were kept long after their expiry, and %d Fulfills were handed up that came after it", v.early, v.beyond, v.handed)
	}
}

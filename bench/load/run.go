//go:build linux

package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Run drives the plan and returns what each phase brought, when every packet is answered. A wrong answer
// ends the run with an error at once; a missing one does when patience ends.
func (l *Load) Run(ctx context.Context, plan Plan) ([]Measure, error) {
	thread, err := enterThread(plan.Core)
	if err != nil {
		return nil, err
	}
	defer thread.leave()
	if err := l.aim(plan.Aim, plan.Want); err != nil {
		return nil, err
	}
	l.window, l.limit, l.stopping = plan.Window, plan.Packets, false
	l.phases, l.phase = make([]Measure, len(plan.Phases)), 0
	for i := range l.phases {
		l.phases[i].Latency = NewHistogram()
	}
	l.sent, l.arrived, l.done = 0, 0, 0
	if err := l.drive(ctx, &plan, thread); err != nil {
		return nil, err
	}
	if err := l.await(ctx, l.patience, "the last answers", func() bool { return l.inFlight == 0 }); err != nil {
		if errors.Is(err, errPatience) {
			err = fmt.Errorf("%d of %d packets were not answered", l.inFlight, l.sent)
		}
		return nil, err
	}
	if plan.Want != Unreachable && l.arrived != l.sent {
		return nil, fmt.Errorf("%d packets were sent, and %d arrived", l.sent, l.arrived)
	}
	return l.phases, nil
}

// drive runs the phases.
func (l *Load) drive(ctx context.Context, plan *Plan, thread *thread) error {
	active := l.active()
	pace := schedule{start: l.clock(), rate: int64(plan.Rate)}
	if plan.Rate > 0 {
		if err := l.poll.every(time.Second / time.Duration(plan.Rate)); err != nil {
			return err
		}
		defer func() { _ = l.poll.every(0) }()
	}
	end := pace.start
	for i := range plan.Phases {
		phase, m := &plan.Phases[i], &l.phases[i]
		l.phase = int16(i)
		before, err := l.reading(plan, thread)
		if err != nil {
			return err
		}
		if phase.Begin != nil {
			if err := phase.Begin(); err != nil {
				return err
			}
		}
		if i == 0 && plan.Window > 0 {
			if err := l.fillWindows(active); err != nil {
				return err
			}
		}
		end += int64(phase.Duration)
		if end, err = l.runPhase(ctx, phase, end, &pace, active); err != nil {
			return err
		}
		after, err := l.reading(plan, thread)
		if err != nil {
			return err
		}
		m.Elapsed = time.Duration(after.at - before.at)
		m.Packets = after.done - before.done
		m.CPU, m.Own = after.cpu-before.cpu, after.own-before.own
		m.Others = max(after.busy-before.busy-m.CPU-m.Own, 0)
	}
	l.stopping = true
	return nil
}

// runPhase drives a phase to its end, and later while Until returns false. It returns the end, from
// which the next phase counts.
func (l *Load) runPhase(ctx context.Context, phase *Phase, end int64, pace *schedule, active []*sender) (int64, error) {
	const more = int64(time.Millisecond)
	for late := l.now + int64(latePatience); ; {
		err := l.turn(time.Duration(end - l.now))
		for l.now >= end && phase.Until != nil && !phase.Until() && err == nil {
			end += more
			if end > late {
				err = fmt.Errorf("a phase of %v lasts longer than %v", phase.Duration, latePatience)
			}
		}
		if err == nil && pace.rate > 0 {
			err = l.sendDue(pace, active, min(l.now, end-1))
		}
		if err = cmp.Or(err, ctx.Err()); err != nil || l.now >= end {
			return end, err
		}
	}
}

// latePatience is the longest that Until may delay the end of a phase.
const latePatience = time.Minute

// fillWindows sends a window of packets from each sender.
func (l *Load) fillWindows(active []*sender) error {
	for _, s := range active {
		for i := 0; i < l.window && !l.sentAll(); i++ {
			if err := s.send(l.clock()); err != nil {
				return err
			}
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
	return nil
}

// sendDue sends the packets that are due. The senders take turns.
func (l *Load) sendDue(pace *schedule, active []*sender, now int64) error {
	for {
		if l.sentAll() {
			return nil
		}
		due, ok := pace.take(now)
		if !ok {
			return nil
		}
		s := active[int(pace.sent)%len(active)]
		if err := s.send(due); err != nil {
			return err
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
}

// answered counts a good answer, and sends the next packet of a closed loop. In a probe, refusal may
// say what is wrong with the answer.
func (l *Load) answered(s *sender, sl *slot, refusal error, now int64) error {
	l.inFlight--
	if l.probe != nil {
		l.probe.answered(s, refusal, now)
		return nil
	}
	l.done++
	l.phases[sl.phase].Latency.Add(time.Duration(now - sl.since))
	if l.window > 0 && !l.stopping && !l.sentAll() {
		return s.send(now)
	}
	return nil
}

// sentAll reports whether the packets of the run are all sent, if it has a number of them.
func (l *Load) sentAll() bool { return l.limit > 0 && l.sent >= l.limit }

// Answered returns how many packets of the run are answered.
func (l *Load) Answered() int64 { return l.done }

// reading is all counters at one moment.
type reading struct {
	at, done       int64
	cpu, own, busy time.Duration
}

func (l *Load) reading(plan *Plan, thread *thread) (r reading, err error) {
	if r.cpu, err = plan.CPU(); err != nil {
		return r, err
	}
	if r.busy, err = machineBusy(); err != nil {
		return r, err
	}
	r.own = thread.cpu()
	r.done = l.done
	r.at = l.clock()
	return r, nil
}

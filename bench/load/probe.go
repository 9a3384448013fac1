//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// probe sends a packet of each sender until it is answered as it should be.
type probe struct {
	missing int
	again   []retry
	refusal error // the last one
}

type retry struct {
	sender *sender
	at     int64
}

// probePause is how long after a refusal a packet is sent again.
const probePause = int64(2 * time.Millisecond)

// Probe waits until a packet of every sender that aims at something gets the
// answer that is wanted. Until then Rejects are no mistake: routes may not be there yet, or
// may still be. It returns how long that took.
func (l *Load) Probe(ctx context.Context, patience time.Duration, want Outcome, at func(sender int) []Target) (time.Duration, error) {
	if err := l.aim(at, want); err != nil {
		return 0, err
	}
	start := l.clock()
	p := &probe{}
	l.probe, l.stopping = p, true
	defer func() { l.probe = nil }()
	for _, s := range l.active() {
		p.missing++
		p.again = append(p.again, retry{s, start})
	}
	err := l.await(ctx, patience, "a packet to be answered as it should", func() bool {
		return p.missing == 0 || p.retry(l.now) != nil
	})
	if errors.Is(err, errPatience) && p.refusal != nil {
		err = fmt.Errorf("%w; the last answer: %w", err, p.refusal)
	}
	if err == nil && p.missing > 0 {
		err = p.refusal
	}
	return time.Duration(l.now - start), err
}

// retry sends again what is due.
func (p *probe) retry(now int64) error {
	for len(p.again) > 0 && p.again[0].at <= now {
		s := p.again[0].sender
		p.again = p.again[1:]
		err := s.send(now)
		if err == nil {
			err = s.flush()
		}
		if err != nil {
			p.refusal = err
			return err
		}
	}
	return nil
}

// heard takes an answer.
func (p *probe) heard(s *sender, refusal error, now int64) {
	if refusal == nil {
		p.missing--
		return
	}
	p.refusal = refusal
	p.again = append(p.again, retry{s, now + probePause})
}

// Rest keeps the connections for a while and sends nothing.
func (l *Load) Rest(ctx context.Context, d time.Duration) error {
	for end := l.clock() + int64(d); l.now < end; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := l.turn(time.Duration(end - l.now)); err != nil {
			return err
		}
	}
	return nil
}

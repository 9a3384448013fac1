//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// probe sends a packet of each sender until one of them gets the wanted answer.
type probe struct {
	missing int
	again   []retry
	refusal error // the last wrong answer
}

type retry struct {
	sender *sender
	at     int64
}

// probePause is the time from a wrong answer to the next try.
const probePause = int64(2 * time.Millisecond)

// Probe waits until every sender that has targets gets the wanted answer to a packet. Until then other
// answers are no error, as the process may still be learning or withdrawing a route.
func (l *Load) Probe(ctx context.Context, patience time.Duration, want Outcome, at func(sender int) []Target) error {
	if err := l.aim(at, want); err != nil {
		return err
	}
	start := l.clock()
	p := &probe{}
	l.probe, l.stopping = p, true
	defer func() { l.probe = nil }()
	for _, s := range l.active() {
		p.missing++
		p.again = append(p.again, retry{s, start})
	}
	err := l.await(ctx, patience, "the wanted answer to a packet", func() bool {
		return p.missing == 0 || p.retry(l.now) != nil
	})
	if errors.Is(err, errPatience) && p.refusal != nil {
		err = fmt.Errorf("%w; the last answer: %w", err, p.refusal)
	}
	if err == nil && p.missing > 0 {
		err = p.refusal
	}
	return err
}

// retry sends the packets that are due.
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

// answered handles an answer. refusal is nil if it is the wanted one.
func (p *probe) answered(s *sender, refusal error, now int64) {
	if refusal == nil {
		p.missing--
		return
	}
	p.refusal = refusal
	p.again = append(p.again, retry{s, now + probePause})
}

// Rest keeps the connections for the duration d without sending packets.
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

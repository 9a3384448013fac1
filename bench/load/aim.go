//go:build linux

package load

import (
	"errors"
	"fmt"
)

// aim tells every client which packets follow.
func (l *Load) aim(at func(sender int) []Target, want Outcome) error {
	if l.inFlight > 0 {
		return errors.New("packets of the last run are still in flight: wait for them first")
	}
	l.targets, l.want = nil, want
	for i, s := range l.senders {
		targets := at(i)
		s.targets, s.next, s.template = nil, 0, nil
		for _, t := range targets {
			if len(t.Address) != len(targets[0].Address) {
				return fmt.Errorf("addresses %s and %s differ in length: a sender needs one length", t.Address, targets[0].Address)
			}
			s.targets = append(s.targets, uint32(len(l.targets)))
			l.targets = append(l.targets, t)
		}
		if len(targets) > 0 {
			s.template = newPrepareTemplate(targets[0].Address, s.request)
		}
	}
	for _, r := range l.receivers {
		r.expect.targets = l.targets
	}
	for _, n := range l.neighbors {
		n.expect.targets = l.targets
	}
	if want == Refused {
		for _, t := range l.targets {
			r := l.receivers[t.To]
			r.reject = newRejectTemplate(t.Address, !r.isHTTP)
		}
	}
	return nil
}

// active returns the senders that have a target.
func (l *Load) active() (active []*sender) {
	for _, s := range l.senders {
		if len(s.targets) > 0 {
			active = append(active, s)
		}
	}
	return active
}

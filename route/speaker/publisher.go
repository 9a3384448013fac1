package speaker

import (
	"time"

	"github.com/ilp-go/connector/route"
)

// publisher makes the tables for packets. A change after a quiet time is published at
// once; of many together some wait for the others, so that making tables takes a
// tenth of the time at most.
type publisher struct {
	table   *route.Table
	changes []route.Change // not in table yet
	next    time.Time      // not before
}

// publishPause is how many times as long as a publication took the pause after it is.
const publishPause = 9

func (p *publisher) add(changes []route.Change) { p.changes = append(p.changes, changes...) }

// deadline is when to flush, zero for never.
func (p *publisher) deadline() time.Time {
	if len(p.changes) == 0 {
		return time.Time{}
	}
	return p.next
}

// flush publishes what has changed, if it is time to.
func (p *publisher) flush(s *Speaker, now time.Time) {
	if len(p.changes) == 0 || now.Before(p.next) {
		return
	}
	p.publish(s, p.table.With(p.changes, s.options.Number), now)
}

// publishAll publishes everything anew, at once: accounts may have other numbers.
func (s *Speaker) publishAll(now time.Time) {
	s.publisher.publish(s, s.rib.Table(s.options.Number), now)
}

func (p *publisher) publish(s *Speaker, t *route.Table, began time.Time) {
	p.table, p.changes = t, nil
	s.options.Publish(t)
	done := time.Now()
	p.next = done.Add(publishPause * done.Sub(began))
}

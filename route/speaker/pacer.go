package speaker

import "time"

// pacer breaks long work into slices, so that packets that come meanwhile find a core
// free. Without it a neighbor that changes many routes delays them by several times
// the usual.
//
// A whole table is more than many changes, and should not take many times as long as it
// must. So slices become longer the longer the work lasts.
type pacer struct {
	last   time.Time     // of the last step
	slice  time.Duration // worked since the last pause
	worked time.Duration // worked since there was nothing to do
}

const (
	// sliceMin is how long to work without a pause at first, and slicePart the part of
	// all work that a slice may be later on.
	sliceMin  = 200 * time.Microsecond
	slicePart = 200
	// pause is the shortest for which the scheduler lets a thread sleep.
	pause = time.Millisecond
	// rest is how long nothing must have been to do for work to be new.
	rest = 100 * time.Millisecond
	// paceOf is how many changes are one step.
	paceOf = 16
)

// step is called every few microseconds of work. It may pause.
func (p *pacer) step() {
	if p.due(time.Now()) {
		time.Sleep(pause)
		p.slice, p.last = 0, time.Now()
	}
}

// due reports whether to pause. The time since the last step was work, unless it is too
// long for that.
func (p *pacer) due(now time.Time) bool {
	since := now.Sub(p.last)
	p.last = now
	switch {
	case since >= rest:
		p.slice, p.worked = 0, 0
	case since >= pause:
		p.slice = 0
	default:
		p.slice += since
		p.worked += since
	}
	return p.slice >= max(sliceMin, p.worked/slicePart)
}

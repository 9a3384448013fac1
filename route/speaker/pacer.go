package speaker

import "time"

// pacer breaks long work into slices with pauses between them. So packets that arrive
// meanwhile find a free core, and callers of the Speaker get its lock. Without it a
// neighbor that changes many routes delays both by several times the usual.
//
// A whole table is more than many changes, and should not take many times as long as it
// must. So slices become longer the longer the work lasts.
type pacer struct {
	now    func() time.Time    // time.Now
	sleep  func(time.Duration) // time.Sleep
	routes int                 // in one step of work
	last   time.Time           // of the last call
	slice  time.Duration       // work since the last pause
	worked time.Duration       // work since the last rest
}

const (
	// sliceMin is the length of the first slices; later ones are up to slicePart of all
	// work, and sliceMax at most.
	sliceMin  = 200 * time.Microsecond
	slicePart = 200
	sliceMax  = 5 * time.Millisecond
	// pauseTime is the shortest time for which the scheduler lets a thread sleep.
	pauseTime = time.Millisecond
	// rest is the time without work after which slices are short again.
	rest = 100 * time.Millisecond
	// stepRoutes is the number of routes in one step of work, which takes some microseconds.
	stepRoutes = 16
)

func newPacer() pacer { return pacer{now: time.Now, sleep: time.Sleep, routes: stepRoutes} }

// begin is called before work. The time since the last work was a rest, or at least a pause,
// if it was long enough.
func (p *pacer) begin(now time.Time) {
	idle := now.Sub(p.last)
	if idle >= pauseTime {
		p.slice = 0
	}
	if idle >= rest {
		p.worked = 0
	}
	p.last = now
}

// due is called after each step of work, and reports whether to pause.
func (p *pacer) due(now time.Time) bool {
	p.slice += now.Sub(p.last)
	p.worked += now.Sub(p.last)
	p.last = now
	return p.slice >= min(max(sliceMin, p.worked/slicePart), sliceMax)
}

// resume begins the next slice after a pause.
func (p *pacer) resume(now time.Time) { p.slice, p.last = 0, now }

package account

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
)

const (
	// refusalsMax bounds the pairs of code and cause that are counted separately.
	refusalsMax = 256
	// refusalPause is how long Count does not report a pair again.
	refusalPause = 10 * time.Second
)

// OtherCause counts the causes beyond a bound, together with OtherCode.
const OtherCause = "other"

// Refusals counts the packets that we refused ourselves, by code and cause. Its methods are
// safe for concurrent use. The zero value is ready.
type Refusals struct {
	mu      sync.Mutex
	tallies map[refusalKey]*tally
}

type refusalKey struct {
	code  ilp.Code
	cause string
}

type tally struct {
	Refused
	reported int64 // steady time
}

// Refused is what is known of the packets that were refused with one code for one cause.
type Refused struct {
	Code       ilp.Code
	Cause      string
	Count      uint64
	LastAmount uint64
	LastAt     time.Time
}

// Count adds one packet, which came at a time that is given by both clocks, in nanoseconds. It
// returns how many there are by now with this code and cause. report is true for the first of
// them, and then once in ten seconds.
func (r *Refusals) Count(steady, wall int64, code ilp.Code, cause string, amount uint64) (n uint64, report bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !code.Known() && !printable(code) {
		code = OtherCode
	}
	t := r.tallyLocked(refusalKey{code, cause})
	t.Count++
	t.LastAmount, t.LastAt = amount, time.Unix(0, wall)
	if t.Count > 1 && steady-t.reported < int64(refusalPause) {
		return t.Count, false
	}
	t.reported = steady
	return t.Count, true
}

func (r *Refusals) tallyLocked(key refusalKey) *tally {
	if t := r.tallies[key]; t != nil {
		return t
	}
	if r.tallies == nil {
		r.tallies = make(map[refusalKey]*tally)
	}
	if len(r.tallies) >= refusalsMax {
		key = refusalKey{OtherCode, OtherCause}
		if t := r.tallies[key]; t != nil {
			return t
		}
	}
	t := &tally{Refused: Refused{Code: key.code, Cause: key.cause}}
	r.tallies[key] = t
	return t
}

// Read returns a copy of the counts, sorted by code and cause.
func (r *Refusals) Read() []Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Refused, 0, len(r.tallies))
	for _, t := range r.tallies {
		all = append(all, t.Refused)
	}
	slices.SortFunc(all, func(a, b Refused) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Cause, b.Cause))
	})
	return all
}

// Last returns the latest packet that was refused for a cause, whatever its code.
func (r *Refusals) Last(cause string) (last Refused, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tallies {
		if t.Cause == cause && (!found || t.LastAt.After(last.LastAt)) {
			last, found = t.Refused, true
		}
	}
	return last, found
}

package settle

import (
	"math"
	"time"
)

// idKept bounds how long the payer asks a settler about one id.
//
// RFC 38 demands that engines remember an id for 24 hours. After that an engine may take
// the id for a new one and pay again. The RFC counts from the latest request. We count
// from the decision to settle, before the engine can have seen the id: some engines count
// from their first request, and we cannot tell which requests reached them. An answer that
// does not tell the outcome, such as a 409 or a 500, prolongs nothing.
//
// The four hours in between cover a call that is under way, a request that is delayed on
// its way, and what a clock can hide: see older.
const idKept = 20 * time.Hour

// ageMax is the age of a settlement whose age cannot be known.
const ageMax = 100 * 365 * 24 * time.Hour

// askedFor returns the age up to which the payer asks the settler about a settlement.
func askedFor(s Settler, outOfBand bool) time.Duration {
	if outOfBand {
		return 0 // the payer never told it any id
	}
	if r, ok := s.(Rememberer); ok && r.RemembersForever() {
		return math.MaxInt64
	}
	return idKept
}

// older returns an age after more time has passed by the monotonic clock and by the wall
// clock. The larger of the two counts: the monotonic clock stops while the machine sleeps
// and ends with the process, and the wall clock can be put back. If the wall clock was put
// back while no process looked, the time that has passed is unknown, and older returns
// ageMax.
func older(age, monotonic, wall time.Duration) time.Duration {
	passed := max(monotonic, wall)
	if passed < 0 {
		return ageMax
	}
	return min(age+min(passed, ageMax), ageMax)
}

// grow adds the time since seen to the age. A time from the store has no monotonic
// reading, so Sub then compares wall clocks.
func (s *Settlement) grow(now time.Time) {
	s.age = older(s.age, now.Sub(s.seen), now.Round(0).Sub(s.seen.Round(0)))
	s.seen = now
}

package rate

import (
	"maps"
	"time"
)

// State describes the attempts to get prices from a source.
type State struct {
	// Table is the latest table, nil before the first.
	Table *Table

	// Success is when Table was obtained, zero before the first.
	Success time.Time

	// Err says why the latest attempt failed. It is nil if that succeeded or none has ended.
	Err error

	// Failures counts the attempts that failed since the last success.
	Failures int

	// Next is when the next attempt begins, zero if none is planned.
	Next time.Time

	// Ended counts all attempts by their outcome. It never changes.
	Ended map[Outcome]uint64
}

// After returns the state after one more attempt, which ended at now with a table or with an
// error. The next attempt begins at next.
func (s State) After(table *Table, err error, now, next time.Time) State {
	ended := make(map[Outcome]uint64, len(s.Ended)+1)
	maps.Copy(ended, s.Ended)
	ended[OutcomeOf(err)]++
	s.Ended, s.Err, s.Next = ended, err, next
	if err != nil {
		s.Failures++
		return s
	}
	s.Table, s.Success, s.Failures = table, now, 0
	return s
}

// SourceState is the state of a source of a backend.
type SourceState struct {
	// Name is unlike those of the other sources of the backend.
	Name string
	State
	// Missing are the currencies of accounts that the source should have a price of, and why it has
	// none. It never changes.
	Missing map[string]string
}

// Reporter is a [Backend] of several sources, which tells how they are doing.
type Reporter interface {
	// Sources returns the states of the sources, in their order. It is safe for concurrent use,
	// and does not wait.
	Sources() []SourceState
}

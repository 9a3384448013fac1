package rate

import "errors"

// Outcome is how an attempt to get prices has ended. There are few, so that metrics can have it as
// a label.
type Outcome string

// The outcomes. An error says which one it is by a method Outcome.
const (
	Succeeded    Outcome = "succeeded"
	TimedOut     Outcome = "timeout"     // no whole answer came in time
	Unreachable  Outcome = "unreachable" // there was no connection, or it broke
	Refused      Outcome = "refused"     // the source has answered that it gives no prices
	Unusable     Outcome = "unusable"    // the answer was no list of prices that can be used
	OtherOutcome Outcome = "other"       // anything else, such as a panic of the backend
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{Succeeded, TimedOut, Unreachable, Refused, Unusable, OtherOutcome}
}

// OutcomeOf returns the outcome of an attempt with an error, or with none.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Succeeded
	}
	if o, says := outcomeIn(err); says {
		return o
	}
	if n, is := errors.AsType[interface {
		error
		Timeout() bool
	}](err); is { // of package net or context
		if n.Timeout() {
			return TimedOut
		}
		return Unreachable
	}
	return OtherOutcome
}

// WithOutcome returns err with an outcome, unless it says one already.
func WithOutcome(err error, o Outcome) error {
	if _, says := outcomeIn(err); says {
		return err
	}
	return &ended{err, o}
}

func outcomeIn(err error) (Outcome, bool) {
	e, says := errors.AsType[interface {
		error
		Outcome() Outcome
	}](err)
	if !says {
		return "", false
	}
	return e.Outcome(), true
}

// ended is an error with its outcome.
type ended struct {
	error
	outcome Outcome
}

// Outcome returns the outcome.
func (e *ended) Outcome() Outcome { return e.outcome }

// Unwrap returns the error.
func (e *ended) Unwrap() error { return e.error }

package engine

import (
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// Watch hears of what an operator must know. Its methods are called on the goroutines
// that carry packets: they must not block, and borrow what they are given.
type Watch interface {
	// LateAnswer hears of an answer of a that came after its packet had expired. amount
	// is what the packet was worth, in units of a.
	LateAnswer(a *account.Account, reply *ilp.Reply, amount uint64)
	// UnmatchedAnswer hears of an answer of a that no packet waits for.
	UnmatchedAnswer(a *account.Account, reply *ilp.Reply)
	// LateFulfill hears of a Fulfill that was handed to a after the Prepare of a had
	// expired: a need not honour it. The amount is in units of a.
	LateFulfill(a *account.Account, amount uint64, late time.Duration)
	// KeptFulfill hears of a Fulfill that a middleware of a wanted to replace by a
	// rejection, which is refused: the money has moved.
	KeptFulfill(a *account.Account, code ilp.Code)
	// Refused hears of a packet that we refused ourselves: of the first for the same account,
	// code and cause, and then of one in ten seconds.
	Refused(r Refusal)
	// Panicked hears of a panic in code of an account: of a middleware or its link. The
	// account takes part in no more packets. a is nil if no account is known.
	Panicked(a *account.Account, cause any, stack []byte)
}

// unwatched is a Watch that does nothing.
type unwatched struct{}

func (unwatched) LateAnswer(*account.Account, *ilp.Reply, uint64)      {}
func (unwatched) UnmatchedAnswer(*account.Account, *ilp.Reply)         {}
func (unwatched) LateFulfill(*account.Account, uint64, time.Duration)  {}
func (unwatched) KeptFulfill(*account.Account, ilp.Code)               {}
func (unwatched) Refused(Refusal)                                      {}
func (unwatched) Panicked(a *account.Account, cause any, stack []byte) {}

var _ Watch = unwatched{}

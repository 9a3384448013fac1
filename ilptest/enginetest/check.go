package enginetest

import (
	"fmt"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// Outcomes are the ways in which a packet may end at the next account.
var Outcomes = []struct {
	Name   string
	Answer ilp.Reply
	Code   ilp.Code // 0 for a Fulfill
}{
	{"fulfill", ilptest.Fulfill(7), 0},
	{"reject", ilptest.Reject(ilp.F99, "no"), ilp.F99},
	{"failure", ilp.Fail(ilp.F02, "failed to send packet: x"), ilp.F02},
	{"wrong fulfillment", ilptest.WrongFulfill(), ilp.F05},
}

// WantRefused fails the test unless a reply is a Reject, or a failure, of this code and message.
func WantRefused(t testing.TB, reply ilp.Reply, code ilp.Code, message string) {
	t.Helper()
	if reply.Fulfilled() || reply.Code() != code || string(reply.Message()) != message {
		t.Errorf("got %s, want %s %q", Describe(reply), code, message)
	}
}

// WantFulfilled fails the test unless a reply is a Fulfill.
func WantFulfilled(t testing.TB, reply ilp.Reply) {
	t.Helper()
	if !reply.Fulfilled() {
		t.Errorf("got %s, want a fulfill", Describe(reply))
	}
}

// WantPosted fails the test unless the account owes us an amount, and nothing is pending.
func WantPosted(t testing.TB, a *account.Account, amount string) {
	t.Helper()
	if got := Posted(a); got != amount {
		t.Errorf("%s owes us %s, want %s", a.ID, got, amount)
	}
	if Pending(a) {
		t.Errorf("%s has something pending: %+v", a.ID, a.Balance.Snapshot())
	}
}

// Describe returns what a reply says, for the message of a test.
func Describe(r ilp.Reply) string {
	if r.Fulfilled() {
		return fmt.Sprintf("fulfill %x", r.Data())
	}
	return fmt.Sprintf("%s %q by %q", r.Code(), r.Message(), r.TriggeredBy())
}

package engine_test

import (
	"fmt"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// want checks a Reject, or a failure.
func want(t testing.TB, reply ilp.Reply, code ilp.Code, message string) {
	t.Helper()
	if reply.Fulfilled() || reply.Code() != code || string(reply.Message()) != message {
		t.Errorf("got %s, want %s %q", describe(reply), code, message)
	}
}

func wantFulfilled(t testing.TB, reply ilp.Reply) {
	t.Helper()
	if !reply.Fulfilled() {
		t.Errorf("got %s, want a fulfill", describe(reply))
	}
}

func wantPosted(t testing.TB, a *account.Account, amount string) {
	t.Helper()
	if got := enginetest.Posted(a); got != amount {
		t.Errorf("%s owes us %s, want %s", a.ID, got, amount)
	}
	if enginetest.Pending(a) {
		t.Errorf("%s has something pending: %+v", a.ID, a.Balance.Snapshot())
	}
}

func describe(r ilp.Reply) string {
	if r.Fulfilled() {
		return fmt.Sprintf("fulfill %x", r.Data())
	}
	return fmt.Sprintf("%s %q by %q", r.Code(), r.Message(), r.TriggeredBy())
}

// wantHeard checks what an operator would have heard since the last look.
func wantHeard(t testing.TB, n *enginetest.Node, want ...string) {
	t.Helper()
	if got := n.Watched.Heard(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

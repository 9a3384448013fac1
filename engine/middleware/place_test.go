package middleware

import (
	"slices"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/rate"
)

// noLedger is there so that builtin has durable and earnings too.
type noLedger struct{}

func (noLedger) Enter(ledger.Transfer, ledger.Waiter, *ilp.ReadBatch) {}
func (noLedger) State(int64) ledger.State                             { return ledger.Ready }
func (noLedger) Earn(ledger.Transfer)                                 {}

// TestEveryMiddlewareHasAPlaceInTheOrder holds but for those that are settings of the
// engine. A middleware without a place would see no packet.
func TestEveryMiddlewareHasAPlaceInTheOrder(t *testing.T) {
	placed := slices.Concat(incoming, outgoing, []Name{ErrorHandler, Expire})
	all := builtin(Services{Ledger: noLedger{}, Earner: noLedger{}, Feeds: []*rate.Feed{nil}})
	for name := range all {
		if !slices.Contains(placed, name) {
			t.Errorf("%s is neither in incoming nor in outgoing", name)
		}
	}
	for _, name := range placed {
		if all[name] == nil {
			t.Errorf("%s has a place, and there is no such middleware", name)
		}
	}
}

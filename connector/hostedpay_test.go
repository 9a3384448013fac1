package connector_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/store"
)

const settling500 = `, balance: {maximum: "1000000", settleThreshold: "-400"}`

// owe makes the account owe 500 more, which is over its threshold.
func (h *hosting) owe() {
	h.t.Helper()
	if status, text := edit(h.t, h.port, "-500"); status != http.StatusNoContent {
		h.t.Fatalf("%d %s", status, text)
	}
}

// awaitSettled waits for the settlement of alice that is in a state, the latest first.
func (h *hosting) awaitSettled(state string) (s admin.Settlement) {
	h.t.Helper()
	var list admin.SettlementList
	await(h.t, "a settlement that is "+state, func() bool {
		h.ask("/settlements?account=alice", &list)
		for _, s = range list.Settlements {
			if s.State == state {
				return true
			}
		}
		return false
	})
	return s
}

func (h *hosting) wantPaid(want string) {
	h.t.Helper()
	if got := h.paid(); got != want {
		h.t.Errorf("the plugin has paid %q, want %q", got, want)
	}
}

func TestHostedPluginPaysADebt(t *testing.T) {
	h := startHosted(t, "", hostedAccount{id: "alice", settings: settling500})
	awaitConnected(t, h.Connector, "alice")
	h.owe()
	h.awaitSettled("confirmed")
	h.wantPaid("500")
	if got := h.posted("alice"); got != "0, alice=0 9 USD" {
		t.Errorf("posted %s", got)
	}
	// Nothing was sent for sure: the same debt is paid again, once.
	h.pays("notSent")
	h.owe()
	if s := h.awaitSettled("not sent"); !strings.Contains(s.LastError, "broke") {
		t.Errorf("%+v", s)
	}
	h.pays("")
	await(t, "the debt to be paid", func() bool { return snapshot(h.Connector, "alice").Posted.Sign() == 0 })
	h.wantPaid("500 500")
}

// A plugin that fails while it pays leaves it to an operator whether it has paid. It is not asked
// again, by this process or the next, and nothing else is paid meanwhile.
func TestPaymentOfAHostedPluginWhoseOutcomeIsUnknown(t *testing.T) {
	for how, reason := range map[string]string{"dies": "has not answered", "rejects": "answered: Error: who knows"} {
		t.Run(how, func(t *testing.T) {
			h := startHosted(t, "", hostedAccount{id: "alice", settings: settling500})
			awaitConnected(t, h.Connector, "alice")
			h.pays(how)
			h.owe()
			h.awaitSettled("unknown")
			h.pays("")
			unknown := false
			for _, a := range h.Alerts().All() {
				unknown = unknown || a.AccountID == "alice" && strings.Contains(a.Message, "the outcome of a settlement is unknown")
			}
			if !unknown {
				t.Errorf("alerts: %+v", h.Alerts().All())
			}
			for range 2 {
				awaitConnected(t, h.Connector, "alice") // in another process
				var s admin.Settlement
				await(t, "the plugin to be asked again", func() bool {
					s = h.awaitSettled("unknown")
					return s.Attempts > 0 && strings.Contains(s.LastError, reason) && strings.Contains(s.LastError, "cannot be asked twice")
				})
				h.owe()
				h.wantPaid("500")
				h.stop()
				h.start(h.disk)
			}
			s := h.awaitSettled("unknown")
			if status, text := ask(t, h.port, "POST", "/settlements/alice/"+s.ID, `{"paid":true,"reason":"its ledger has it"}`); status != http.StatusNoContent {
				t.Fatalf("%d %s", status, text)
			}
			await(t, "the rest to be paid", func() bool { return h.paid() == "500 1000" })
			await(t, "the balance to be 0", func() bool { return h.posted("alice") == "0, alice=0 9 USD" })
		})
	}
}

// A restart waits for the payment that is under way, or its outcome would be unknown.
func TestStopWaitsForThePaymentOfAHostedPlugin(t *testing.T) {
	h := startHosted(t, "", hostedAccount{id: "alice", settings: settling500})
	awaitConnected(t, h.Connector, "alice")
	h.pays("slow")
	h.owe()
	await(t, "the payment to begin", func() bool { return h.paid() != "" })
	h.stop()
	h.start(h.disk)
	h.awaitSettled("confirmed")
	h.wantPaid("500")
}

// dying is a disk that does not outlive one of its writes. All that follow fail too, as for a process
// that was killed.
type dying struct {
	*disk
	mu      sync.Mutex
	left    int  // writes until the last one
	written bool // the last one reaches the disk
	dead    bool
}

func (d *dying) Apply(b store.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return errDead
	}
	if d.left--; d.left >= 0 {
		return d.disk.Apply(b)
	}
	d.dead = true
	if d.written {
		_ = d.disk.Apply(b)
	}
	return errDead
}

func (d *dying) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

var errDead = fmt.Errorf("the process was killed")

// Whatever write is the last one, the debt is paid once: either a restart knows the outcome, or an
// operator says it, who looks at the bank.
func TestDebtIsPaidOnceWhereverTheConnectorDies(t *testing.T) {
	ends := make(map[string]int)
	for last := 0; ; last++ {
		survived := false
		for _, written := range []bool{false, true} {
			h := prepareHosted(t, "", hostedAccount{id: "alice", settings: settling500})
			d := &dying{disk: h.disk, left: 1 << 30, written: written}
			h.start(d)
			awaitConnected(t, h.Connector, "alice")
			d.mu.Lock()
			d.left = 1 + last // after the edit
			d.mu.Unlock()
			h.owe()
			await(t, "the end", func() bool { return d.isDead() || snapshot(h.Connector, "alice").Posted.Sign() == 0 })
			survived = survived || !d.isDead()
			h.failed = d.isDead()
			h.stop()
			ends[h.resume()]++
			h.stop()
		}
		if survived {
			break
		}
	}
	t.Logf("%v", ends)
	if len(ends) < 2 {
		t.Errorf("the settlements ended in one way alone: %v", ends)
	}
}

// resume starts the connector on what its disk has kept, plays the operator, and checks that the debt
// is paid once then. It returns how the restart has found the settlement.
func (h *hosting) resume() (found string) {
	h.t.Helper()
	h.start(h.disk)
	found = "all was known"
	var list admin.SettlementList
	await(h.t, "the debt to be paid", func() bool {
		h.ask("/settlements?account=alice", &list)
		for _, s := range list.Settlements {
			if s.State == "unknown" && strings.Contains(s.LastError, "cannot be asked twice") { // otherwise it may be being paid
				paid := h.paid() != ""
				found = fmt.Sprintf("unknown, paid: %t", paid)
				status, text := ask(h.t, h.port, "POST", "/settlements/alice/"+s.ID, fmt.Sprintf(`{"paid":%t,"reason":"the bank"}`, paid))
				if status != http.StatusNoContent && status != http.StatusConflict { // it may have ended meanwhile
					h.t.Fatalf("%d %s", status, text)
				}
			}
		}
		return h.posted("alice") == "0, alice=0 9 USD"
	})
	h.wantPaid("500")
	return found
}

package xrp

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
)

func TestClaimsAreCountedByWhatBecameOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 50_000)
		ours := a.channel().ID
		before := b.now().Claims()
		for _, m := range []settle.Message{
			a.signed(ours, 50_000), a.signed(ours, 49_999), claimMessage("49999", strings.Repeat("ab", 64)), claimMessage("60000", strings.Repeat("ab", 64)),
			claimMessage("60000", "xyz"), a.signed(ours, 1<<62), {Transfer: true}, claimMessage("1.5", "ab"),
		} {
			if _, err := b.tell(m); err == nil {
				t.Errorf("%+v is taken", m.Entries)
			}
		}
		want := map[ClaimResult]uint64{
			ClaimRepeated: 1, ClaimRegressed: 1, ClaimLower: 1, ClaimBadSignature: 1, ClaimUnreadable: 3, ClaimAboveChannel: 1,
		}
		for r, n := range b.now().Claims() {
			if n-before[r] != want[r] {
				t.Errorf("%v: %d, not %d", r, n-before[r], want[r])
			}
		}
		if before[ClaimTaken] == 0 {
			t.Error("no claim was taken")
		}
	})
}

// A peer that goes on to sign lower claims has lost its memory. One such claim may only be late.
func TestClaimsThatGoOnToRegressRaiseAnAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 50_000)
		ours := a.channel().ID
		send := func(m settle.Message, alerted bool) {
			t.Helper()
			_, _ = b.tell(m)
			if got := b.alert(kindRegressed); (got != "") != alerted {
				t.Errorf("alert: %q", got)
			}
		}
		send(a.signed(ours, 20_000), false)
		send(a.signed(ours, 50_001), false) // taken
		send(a.signed(ours, 20_000), false)
		send(claimMessage("30000", strings.Repeat("ab", 64)), false) // anybody can write that
		send(a.signed(ours, 50_001), false)                          // its answer was lost
		send(a.signed(ours, 30_000), true)
		if got := b.alert(kindRegressed); !strings.Contains(got, "30000, and the best is 50001") {
			t.Errorf("alert: %q", got)
		}
		send(a.signed(ours, 50_002), false)
	})
}

func TestPaymentThatWaitsRaisesAnAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := newPair(t)
		var away atomic.Bool
		w.fault = func(string) (error, bool) {
			if away.Load() {
				return errNet, false
			}
			return nil, false
		}
		a.start()
		b.start()
		defer a.end()
		defer b.end()
		a.pay("one", 50_000)
		away.Store(true) // so the channel cannot be funded
		err := a.now().Pay(t.Context(), settle.Payment{ID: "large", Amount: balance.FromUint64(40_000_000), Scale: 9})
		if !errors.Is(err, settle.ErrNotSent) || !strings.Contains(a.alert(kindWaits), errNet.Error()) {
			t.Errorf("%v; alert: %q", err, a.alert(kindWaits))
		}
		away.Store(false)
		a.pay("large", 40_000_000)
		if got := a.alert(kindWaits); got != "" {
			t.Errorf("alert: %q", got)
		}
		b.wants(40_050_000)
	})
}

func TestOperatorsLearnTheirTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 400_000)
		made, err := a.now().Fund(t.Context(), 500)
		if err != nil || len(made) != 1 || made[0].Step != "fund" || made[0].Result != success || w.done[made[0].ID].Result != success {
			t.Errorf("%+v, %v", made, err)
		}
		if a.channel().Amount != 1500 {
			t.Errorf("the channel has %d drops", a.channel().Amount)
		}
		made, err = b.now().Claim(t.Context())
		if err != nil || len(made) != 1 || made[0].Step != "claim" || a.channel().Paid != 400 {
			t.Errorf("%+v, %v", made, err)
		}
		if made, err = b.now().Claim(t.Context()); err != nil || len(made) != 0 { // nothing is left to claim
			t.Errorf("%+v, %v", made, err)
		}
		if _, err = a.now().Fund(t.Context(), 1_000_000); !errors.Is(err, errCap) {
			t.Errorf("%v", err)
		}
		counts := a.now().Wallet.Transactions()
		if counts[TransactionKind{"peer", "fund", TransactionDone}] != 1 || counts[TransactionKind{"peer", "open", TransactionDone}] != 1 || len(counts) != 2 {
			t.Errorf("%v", counts)
		}
		w.mu.Lock()
		w.accounts[a.address()].Balance = 0
		w.mu.Unlock()
		if _, err = a.now().Fund(t.Context(), 10); !errors.Is(err, ErrNoReserve) {
			t.Errorf("%v", err)
		}
		if counts := a.now().Wallet.Transactions(); counts[TransactionKind{"peer", "fund", TransactionRefused}] != 1 {
			t.Errorf("%v", counts)
		}
	})
}

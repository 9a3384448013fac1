package balance_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

// want compares the parts of a balance with what a test wrote down.
func want(t *testing.T, b *balance.Balance, posted, pendingIn, pendingOut, settling int64) {
	t.Helper()
	s := b.Snapshot()
	got := fmt.Sprintf("posted %s, pendingIn %s, pendingOut %s, settling %s", s.Posted, s.PendingIn, s.PendingOut, s.Settling)
	text := fmt.Sprintf("posted %d, pendingIn %d, pendingOut %d, settling %d", posted, pendingIn, pendingOut, settling)
	if got != text {
		t.Errorf("%s; want %s", got, text)
	}
}

func TestFulfillPostsHeldAmount(t *testing.T) {
	b := balance.New(limitsOf("0", "100"))
	if !b.Hold(60) {
		t.Fatal("refused")
	}
	want(t, b, 0, 60, 0, 0)
	b.Post(60)
	want(t, b, 60, 0, 0, 0)
}

func TestRejectRestoresHeldBalance(t *testing.T) {
	b := balance.New(limitsOf("0", "100"))
	b.Hold(60)
	b.Void(60)
	want(t, b, 0, 0, 0, 0)
	if !b.Hold(100) {
		t.Error("the room of a rejected packet is not free again")
	}
}

func TestFulfillOwesReservedAmount(t *testing.T) {
	b := balance.New(limitsOf("-100", "0"))
	if !b.Reserve(60) {
		t.Fatal("refused")
	}
	want(t, b, 0, 0, 60, 0)
	b.Owe(60)
	want(t, b, -60, 0, 0, 0)
}

func TestRejectFreesReservedAmount(t *testing.T) {
	b := balance.New(limitsOf("-100", "0"))
	b.Reserve(60)
	b.Free(60)
	want(t, b, 0, 0, 0, 0)
	if !b.Reserve(100) {
		t.Error("the room of a rejected packet is not free again")
	}
}

func TestHoldStopsExactlyAtTheMaximum(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "100"))
	if b.Hold(101) {
		t.Error("101 of 100 held")
	}
	want(t, b, 0, 0, 0, 0)
	if !b.Hold(60) || b.Hold(41) || !b.Hold(40) || b.Hold(1) {
		t.Error("held packets do not add up to the maximum")
	}
	want(t, b, 0, 100, 0, 0)
}

// In the reference all packets in flight pass together, because the minimum is
// asked only when they are fulfilled.
func TestPacketsInFlightShareTheRoomAboveTheMinimum(t *testing.T) {
	b := balance.New(limitsOf("-100", "Infinity"))
	if b.Reserve(101) {
		t.Error("101 of 100 reserved")
	}
	want(t, b, 0, 0, 0, 0)
	if !b.Reserve(60) || b.Reserve(41) || !b.Reserve(40) || b.Reserve(1) {
		t.Error("reserved packets do not add up to the minimum")
	}
	want(t, b, 0, 0, 100, 0)
}

func TestPendingNeverWidensTheOtherLimit(t *testing.T) {
	b := balance.New(limitsOf("-10", "10"))
	b.Hold(10)
	if b.Reserve(11) {
		t.Error("reserved against a packet that may be rejected")
	}
	b.Reserve(10)
	if b.Hold(1) {
		t.Error("held against a packet that may be rejected")
	}
}

func TestZeroAmountsPassEveryLimit(t *testing.T) {
	b := balance.New(limitsOf("Infinity", "-Infinity"))
	if !b.Hold(0) || !b.Reserve(0) {
		t.Error("refused")
	}
	b.Post(0)
	b.Owe(0)
	want(t, b, 0, 0, 0, 0)
}

func TestZeroLimitsLetNothingPass(t *testing.T) {
	b := balance.New(balance.Limits{})
	if b.Hold(1) || b.Reserve(1) {
		t.Error("passed")
	}
}

func TestUnlimitedBalanceHoldsManyOfTheLargestPackets(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "Infinity"))
	for range 3 {
		if !b.Hold(math.MaxUint64) || !b.Reserve(math.MaxUint64) {
			t.Fatal("refused")
		}
	}
	s := b.Snapshot()
	if got := s.Highest().String(); got != "55340232221128654845" {
		t.Errorf("highest %s", got)
	}
	if got := s.Lowest().String(); got != "-55340232221128654845" {
		t.Errorf("lowest %s", got)
	}
}

func TestUnlimitedBalanceRefusesWhatDoesNotFit(t *testing.T) {
	b := balance.New(limitsOf("-Infinity", "Infinity"))
	b.Restore(amountOf("170141183460469231731687303715884105726"))
	if !b.Hold(1) || b.Hold(1) {
		t.Error("the room up to the largest Amount is not 1")
	}
	b = balance.New(limitsOf("-Infinity", "Infinity"))
	b.Restore(amountOf("-170141183460469231731687303715884105727"))
	if !b.Reserve(1) || b.Reserve(1) {
		t.Error("the room down to the smallest Amount is not 1")
	}
}

// What is pending under the old limits may still be posted and owed.
func TestNewLimitsLeavePendingAlone(t *testing.T) {
	b := balance.New(limitsOf("-100", "100"))
	b.Hold(80)
	b.Reserve(80)
	b.SetLimits(limitsOf("-50", "50"))
	if b.Hold(1) || b.Reserve(1) {
		t.Error("passed outside the new limits")
	}
	b.Post(80)
	b.Owe(80)
	want(t, b, 0, 0, 0, 0)
	if !b.Hold(50) || !b.Reserve(50) {
		t.Error("refused within the new limits")
	}
	if got := b.Snapshot().Limits; got != limitsOf("-50", "50") {
		t.Errorf("limits %v", got)
	}
}

func TestRestoreIsOnlyForUnusedBalances(t *testing.T) {
	b := balance.New(limitsOf("0", "10"))
	b.Restore(amountOf("-5"))
	want(t, b, -5, 0, 0, 0)
	mustPanic(t, "balance: restore of a balance already in use", func() { b.Restore(amountOf("1")) })
	want(t, b, -5, 0, 0, 0)
}

func TestEndingMoreThanWasBegunPanics(t *testing.T) {
	b := balance.New(limitsOf("-100", "100"))
	b.Hold(5)
	b.Reserve(6)
	b.Settle(amountOf("20"), amountOf("20"))
	mustPanic(t, "balance: post of 6, but 5 is pending", func() { b.Post(6) })
	mustPanic(t, "balance: void of 6, but 5 is pending", func() { b.Void(6) })
	mustPanic(t, "balance: owe of 7, but 6 is pending", func() { b.Owe(7) })
	mustPanic(t, "balance: free of 7, but 6 is pending", func() { b.Free(7) })
	mustPanic(t, "balance: settled of 16, but 15 is pending", func() { b.Settled(amountOf("16")) })
	mustPanic(t, "balance: settled of -1, but 15 is pending", func() { b.Settled(amountOf("-1")) })
	mustPanic(t, "balance: unsettled of 16, but 15 is pending", func() { b.Unsettled(amountOf("16")) })
	want(t, b, 0, 5, 6, 15) // nothing moved, and the lock is free
}

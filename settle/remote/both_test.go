package remote

import (
	"errors"
	"net/http"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

// Two connectors settle through two engines of the npm ilp-settlement-core, on one
// ledger. Money goes both ways. Each connector and each engine is stopped, is started, and
// loses an answer at least once. In the end each unit that left one balance is on the
// ledger, and in the other balance.
//
// Alice counts in units of 10^-9 and Bob in units of 10^-4; the ledger has 10^-6.
func TestTwoConnectorsSettleThroughSettlementCore(t *testing.T) {
	c := startCore(t)
	alice, bob := newSide(t, c, "engine-of-alice", "bob", 9), newSide(t, c, "engine-of-bob", "alice", 4)
	alice.other, bob.other = bob, alice
	alice.up(t)
	bob.up(t)

	// Alice goes on owing what the ledger cannot pay. Bob keeps what is less than his unit.
	alice.owes(1_500_067_777)
	alice.ledger.until(t, "bob", -777)
	bob.ledger.until(t, "alice", 0)
	wantLeftover(t, bob, 67)
	bob.owes(2_500_100_000)
	bob.ledger.until(t, "alice", 0)
	alice.ledger.until(t, "bob", -777)
	alice.owes(50_000)
	bob.ledger.until(t, "alice", -1) // 67 and 50 make a unit of his
	alice.ledger.until(t, "bob", -777)
	wantLeftover(t, bob, 17)

	// The answers are lost, so Alice asks again with the same key.
	alice.lose.Store(3)
	alice.owes(4_000_000_000)
	alice.ledger.until(t, "bob", -777)
	bob.ledger.until(t, "alice", -1)

	// Alice dies while the outcome of a settlement is unknown.
	alice.lose.Store(1 << 30)
	alice.owes(8_000_000_000)
	bob.ledger.until(t, "alice", -1) // it is paid, and the answer is lost
	alice.down()
	alice.lose.Store(0)
	alice.ledger.until(t, "bob", -8_000_000_777)
	alice.up(t)
	alice.ledger.until(t, "bob", -777)

	// Bob pays while Alice is down, and with it the one unit, which Alice owes again.
	alice.down()
	bob.owes(30_000_000_000)
	bob.ledger.until(t, "alice", 0)
	alice.ledger.until(t, "bob", 29_999_999_223)
	alice.up(t)
	alice.ledger.until(t, "bob", -777)
	bob.ledger.until(t, "alice", -1)

	// Both pay while the engine of Alice is down.
	c.stop(t, alice.name)
	bob.owes(12_000_000_000)
	bob.ledger.until(t, "alice", 0)
	alice.owes(20_000_000_000)
	alice.ledger.until(t, "bob", -8_000_000_777)
	alice.restartEngine(t)
	alice.ledger.until(t, "bob", -777)
	bob.ledger.until(t, "alice", -1)

	wantSent(t, alice, 33_500_317)
	wantSent(t, bob, 44_500_300)
	wantLeftover(t, bob, 17)
	wantLeftover(t, alice, 0)
}

// wantLeftover compares the leftover of a side, in units of 10^-6.
func wantLeftover(t *testing.T, s *side, want int64) {
	t.Helper()
	if got := s.leftover(t); got != want {
		t.Errorf("%d left over, want %d", got, want)
	}
}

// wantSent compares what a side has really paid, in units of 10^-6.
func wantSent(t *testing.T, s *side, want int64) {
	t.Helper()
	if got := s.core.sent(t, s.name); got != balance.FromInt64(want) {
		t.Errorf("%s has paid %s on the ledger, want %d", s.name, got, want)
	}
}

func TestAccountsComeAndGoAtSettlementCore(t *testing.T) {
	c := startCore(t)
	alice, bob := newSide(t, c, "engine-of-alice", "bob", 9), newSide(t, c, "engine-of-bob", "alice", 9)
	alice.other, bob.other = bob, alice
	alice.up(t)
	bob.up(t)
	alice.owes(1_000_000_000)
	alice.ledger.until(t, "bob", 0)
	bob.ledger.until(t, "alice", 0)

	engine := alice.connector.Load().accounting.Engines.Find("bob")
	if answer, err := engine.Message(t.Context(), []byte(`{"address":"engine-of-bob"}`)); !sameJSON(t, string(answer), `{"address":"engine-of-alice"}`) {
		t.Errorf("%q %v", answer, err)
	}
	if err := alice.connector.Load().payer.Remove(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	_, err := engine.Message(t.Context(), []byte(`{}`))
	if refused, ok := errors.AsType[*StatusError](err); !ok || refused.Status != http.StatusNotFound {
		t.Errorf("after its removal: %v", err)
	}
	if got := outcome(engine.Pay(t.Context(), payment)); got != notSent {
		t.Error(got)
	}
}

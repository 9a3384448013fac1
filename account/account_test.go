package account_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

func TestAccountHasABalanceIfItHasLimits(t *testing.T) {
	limits := balance.Limits{Maximum: balance.Finite(balance.FromInt64(5))}
	with := account.New("alice", account.Settings{Limits: &limits, AssetScale: 9})
	if with.ID != "alice" || with.AssetScale != 9 || with.Balance == nil {
		t.Fatalf("made %+v", with)
	}
	if !with.Balance.Hold(5) || with.Balance.Hold(1) {
		t.Error("the limits are not its own")
	}
	if without := account.New("bob", account.Settings{}); without.Balance != nil {
		t.Error("it has a balance without limits")
	}
}

func TestRelationsAreNamedAsInTheConfiguration(t *testing.T) {
	for relation, name := range map[account.Relation]string{
		account.Parent: "parent", account.Peer: "peer", account.Child: "child", 0: "unknown",
	} {
		if relation.String() != name {
			t.Errorf("%d is %q, want %q", relation, relation, name)
		}
		var read account.Relation
		if err := read.UnmarshalText([]byte(name)); (err == nil) != (relation != 0) || read != relation {
			t.Errorf("%q is read as %d, %v", name, read, err)
		}
	}
	if account.Parent > account.Peer || account.Peer > account.Child {
		t.Error("they are not in the order from the core of the network")
	}
}

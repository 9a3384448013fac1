package test

import (
	"math/big"
	"testing"
)

// bank is one process of peers/engine.js: any number of settlement engines of the npm ilp-settlement-core, and the
// ledger in memory that they settle on.
type bank struct{ peers *Peers }

func startBank(t *testing.T) *bank {
	t.Helper()
	return &bank{startPeersOf(t, "engine.js")}
}

// open runs an engine, again with all that it knew if it ran before, and tells where it is asked.
func (b *bank) open(t *testing.T, name, connectorURL string) (url string) {
	t.Helper()
	var started struct{ URL string }
	b.peers.ask(t, "start", name, map[string]any{"connectorUrl": connectorURL}, &started)
	return started.URL
}

func (b *bank) close(t *testing.T, name string) {
	t.Helper()
	b.peers.ask(t, "stop", name, nil, nil)
}

// paid is what an engine has paid on the ledger, in units of 10^-9, and in how many transfers.
func (b *bank) paid(t *testing.T, from string) (sum int64, transfers int) {
	t.Helper()
	var all []struct{ From, Amount string }
	b.peers.ask(t, "transfers", "", nil, &all)
	for _, transfer := range all {
		if transfer.From != from {
			continue
		}
		amount, ok := new(big.Rat).SetString(transfer.Amount)
		if !ok {
			t.Fatalf("the ledger has a transfer of %q", transfer.Amount)
		}
		if amount.Mul(amount, big.NewRat(1e9, 1)); !amount.IsInt() {
			t.Fatalf("the ledger has a transfer of %s", transfer.Amount)
		}
		sum += amount.Num().Int64()
		transfers++
	}
	return sum, transfers
}

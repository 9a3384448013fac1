package remote

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// ledger is what outlives a process: a store and the posted balances.
type ledger struct {
	store.Store
	mu      sync.Mutex
	posted  map[string]balance.Amount
	fails   int // how many of the next records fail and do nothing
	written chan struct{}
}

func newLedger() *ledger {
	return &ledger{Store: memory.New(quiet), posted: make(map[string]balance.Amount), written: make(chan struct{}, 1)}
}

func (b *ledger) Record(accountID string, delta balance.Amount, changes store.Batch) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails > 0 {
		b.fails--
		return context.DeadlineExceeded
	}
	if err := b.Apply(changes); err != nil {
		return err
	}
	b.posted[accountID], _ = b.posted[accountID].Add(delta)
	select {
	case b.written <- struct{}{}:
	default:
	}
	return nil
}

func (b *ledger) balance(accountID string) balance.Amount {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.posted[accountID]
}

// until waits for a balance.
func (b *ledger) until(t *testing.T, accountID string, want int64) {
	t.Helper()
	end := time.After(patience)
	for b.balance(accountID) != balance.FromInt64(want) {
		select {
		case <-b.written:
		case <-end:
			t.Fatalf("the balance of %s is %s, want %d", accountID, b.balance(accountID), want)
		}
	}
}

// newAccount returns an account with the balance in the ledger, which settles below -100.
func (b *ledger) newAccount(id string, scale uint8) *account.Account {
	limits := balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Infinity()}
	a := account.New(id, account.Settings{
		AssetScale: scale, Limits: &limits, Settle: &account.Settle{Threshold: balance.FromInt64(-100)},
	})
	a.Balance.Restore(b.balance(id))
	return a
}

// owe fulfills a packet to the account, or one from it if v is negative.
func (b *ledger) owe(a *account.Account, v int64) {
	_ = b.Record(a.ID, balance.FromInt64(-v), nil)
	if v < 0 {
		a.Balance.Hold(uint64(-v))
		a.Balance.Post(uint64(-v))
		return
	}
	a.Balance.Reserve(uint64(v))
	a.Balance.Owe(uint64(v))
}

// runningPayer is a Payer that runs. It tries again at once after any failure.
type runningPayer struct {
	*settle.Payer
	end func()
}

func (b *ledger) payer() *runningPayer {
	d := &runningPayer{}
	d.Payer = settle.NewPayer(settle.PayerOptions{
		Ledger: b, Log: quiet,
		Alert: func(accountID, _ string) { _ = d.SettleNow(accountID) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	d.end = func() {
		cancel()
		<-done
	}
	return d
}

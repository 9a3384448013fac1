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

// books are what outlives a process: a store, and the posted balances.
type books struct {
	store.Store
	mu      sync.Mutex
	posted  map[string]balance.Amount
	fails   int // how many records fail, and do nothing
	written chan struct{}
}

func newBooks() *books {
	return &books{Store: memory.New(quiet), posted: make(map[string]balance.Amount), written: make(chan struct{}, 1)}
}

func (b *books) Record(accountID string, delta balance.Amount, changes store.Batch) error {
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

func (b *books) balance(accountID string) balance.Amount {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.posted[accountID]
}

// until waits for a balance.
func (b *books) until(t *testing.T, accountID string, want int64) {
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

// newAccount is an account as the books remember it, that settles below -100.
func (b *books) newAccount(id string, scale uint8) *account.Account {
	limits := balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Infinity()}
	a := account.New(id, account.Settings{
		AssetScale: scale, Limits: &limits, Settle: &account.Settle{Threshold: balance.FromInt64(-100)},
	})
	a.Balance.Restore(b.balance(id))
	return a
}

// owe is a packet to the account that was fulfilled, or one from it if v is negative.
func (b *books) owe(a *account.Account, v int64) {
	_ = b.Record(a.ID, balance.FromInt64(-v), nil)
	if v < 0 {
		a.Balance.Hold(uint64(-v))
		a.Balance.Post(uint64(-v))
		return
	}
	a.Balance.Reserve(uint64(v))
	a.Balance.Owe(uint64(v))
}

// desk is a desk that runs, and asks again at once whatever went wrong.
type desk struct {
	*settle.Payer
	end func()
}

func (b *books) desk() *desk {
	d := &desk{}
	d.Payer = settle.NewPayer(settle.PayerOptions{
		Ledger: b, Store: b, Log: quiet,
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

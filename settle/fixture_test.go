package settle

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

// fixture is a Payer with one account, bob, in one process. It runs in a bubble.
type fixture struct {
	disk    *disk
	process *process
	payer   *Payer
	account *account.Account
	end     func() // waits for Run

	mu       sync.Mutex
	alerts   []string
	standing []string // those whose cause is still there
}

// plan says how a fixture starts.
type plan struct {
	threshold, to int64
	noThreshold   bool
	scale         uint8
	every         time.Duration
	dieAt         int
	written       bool
	idle          bool // Run is not called
	before        func(l *fixture)
}

func amount(v int64) balance.Amount { return balance.FromInt64(v) }

// startPayer starts a fixture on a disk.
func startPayer(d *disk, s Settler, p plan) *fixture {
	ctx, cancel := context.WithCancel(context.Background())
	l := &fixture{disk: d, process: &process{disk: d, dieAt: p.dieAt, written: p.written, killed: cancel}}
	l.payer = NewPayer(PayerOptions{
		Ledger: l.process, Log: slog.New(slog.DiscardHandler),
		Alert: func(_, message string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.alerts = append(l.alerts, message)
			if !slices.Contains(l.standing, message) {
				l.standing = append(l.standing, message)
			}
		},
		Resolved: func(_, message string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.standing = slices.DeleteFunc(l.standing, func(m string) bool { return m == message })
		},
	})
	limits := balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Infinity()}
	settings := account.Settings{AssetScale: p.scale, Limits: &limits}
	if !p.noThreshold {
		settings.Settle = &account.Settle{Threshold: amount(p.threshold), To: amount(p.to)}
	}
	l.account = account.New("bob", settings)
	l.account.Balance.Restore(d.balance("bob"))
	if err := l.payer.Add(l.account, s, p.every); err != nil {
		panic(err)
	}
	if p.before != nil {
		p.before(l)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if !p.idle {
			l.payer.Run(ctx)
		}
	}()
	l.end = func() {
		cancel()
		<-done
	}
	return l
}

// owe fulfills a packet to bob.
func (l *fixture) owe(v uint64) {
	if !l.account.Balance.Reserve(v) {
		panic("an account without a minimum refused")
	}
	delta, _ := balance.FromUint64(v).Neg()
	l.disk.record("bob", delta, nil)
	l.account.Balance.Owe(v)
	l.payer.Consider(l.account)
}

// raised returns how often an alert was raised.
func (l *fixture) raised(message string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.alerts {
		if m == message {
			n++
		}
	}
	return n
}

// withPayer runs a test in a bubble.
func withPayer(t *testing.T, s Settler, p plan, test func(t *testing.T, l *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := startPayer(newDisk(), s, p)
		synctest.Wait()
		test(t, l)
		l.end()
	})
}

// wantBalance compares what is posted, on disk and in memory, and what is under way.
func (l *fixture) wantBalance(t *testing.T, posted, settling int64) {
	t.Helper()
	s := l.account.Balance.Snapshot()
	if s.Posted != amount(posted) || l.disk.balance("bob") != amount(posted) || s.Settling != amount(settling) {
		t.Errorf("posted %s, on disk %s, settling %s; want %d and %d",
			s.Posted, l.disk.balance("bob"), s.Settling, posted, settling)
	}
}

// wantStates compares the states of the settlements, latest first.
func (l *fixture) wantStates(t *testing.T, want ...State) {
	t.Helper()
	history := l.payer.History("bob")
	ok := len(history) == len(want)
	for i := range want {
		ok = ok && history[i].State == want[i]
	}
	if !ok {
		t.Errorf("history %v, want states %v", history, want)
	}
	for _, s := range history {
		if onDisk := l.disk.state("bob", s.ID); onDisk != s.State {
			t.Errorf("settlement is %s, on disk %s", s.State, onDisk)
		}
	}
}

// hour waits longer than any pause between two attempts.
func hour() {
	time.Sleep(time.Hour)
	synctest.Wait()
}

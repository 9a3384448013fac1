package settle

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// forgetful is a bank that forgets an id 24 hours after it first saw it. It then pays
// again if it is asked again.
type forgetful struct {
	*bank
	mu     sync.Mutex
	first  map[string]time.Time
	forgot []string // ids that it was asked about too late
}

func newForgetful(script ...behavior) *forgetful {
	return &forgetful{bank: newBank(script...), first: make(map[string]time.Time)}
}

func (f *forgetful) Pay(ctx context.Context, p Payment) error {
	f.mu.Lock()
	first, known := f.first[p.ID]
	if known && time.Since(first) >= 24*time.Hour {
		f.forgot = append(f.forgot, p.ID)
	}
	if !known {
		f.first[p.ID] = time.Now()
	}
	f.mu.Unlock()
	return f.bank.Pay(ctx, p)
}

// rememberingBank is a bank that knows its ids for ever.
type rememberingBank struct{ *bank }

func (rememberingBank) RemembersForever() bool { return true }

// long returns a script of one behavior, for more calls than there are in days.
func long(what behavior) []behavior { return slices.Repeat([]behavior{what}, 10_000) }

// said returns how the reason ends after a behavior.
func (*forgetful) said(what behavior) string {
	return map[behavior]string{
		losesPaid: errBank.Error(), losesUnpaid: errBank.Error(), refuses: ErrNotSent.Error(),
		hangsPaid: context.DeadlineExceeded.Error(), panicsPaid: "the bank is on fire",
	}[what]
}

// TestForgetfulEngineIsNeverAskedTooLate starts and stops processes for days.
func TestForgetfulEngineIsNeverAskedTooLate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type day struct {
			lifetime
			up, down time.Duration
		}
		hours := rapid.Custom(func(t *rapid.T) time.Duration {
			return rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour, 7 * time.Hour, 25 * time.Hour}).Draw(t, "time")
		})
		days := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) day {
			c := drawLifetime(t)
			if rapid.Bool().Draw(t, "is silent") {
				c.script = append(c.script, long(rapid.SampledFrom([]behavior{losesPaid, losesUnpaid, refuses}).Draw(t, "silence"))...)
			}
			return day{c, hours.Draw(t, "up"), hours.Draw(t, "down")}
		}), 1, 5).Draw(rt, "days")
		synctest.Test(t, func(*testing.T) {
			d, f := newDisk(), newForgetful()
			owed := int64(0)
			for _, day := range days {
				n, err := day.play(d, f, f.bank, owed, day.up)
				if owed = n; err != nil {
					rt.Error(err)
				}
				time.Sleep(day.down)
			}
			f.then()
			l := startPayer(d, f, plan{threshold: 0})
			hour()
			for _, s := range l.payer.History() {
				if s.NeedsOperator {
					if err := l.payer.Resolve(context.Background(), "bob", s.ID, f.hasPaid(s.ID)); err != nil {
						rt.Error(err)
					}
				}
			}
			l.end()
			if len(f.forgot) > 0 {
				rt.Errorf("asked too late about %q", f.forgot)
			}
			if err := settleAllDebts(d, f.bank, owed); err != nil {
				rt.Error(err)
			}
		})
	})
}

package settle

import (
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// wantAlerts compares the alerts whose cause is still there.
func (l *fixture) wantAlerts(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	got := slices.Clone(l.standing)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("alerts %q, want %q", got, want)
	}
}

func TestAlertOfASettlementEndsWithItsCause(t *testing.T) {
	t.Run("the outcome is known", func(t *testing.T) {
		withPayer(t, newBank(losesPaid), below, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			l.wantAlerts(t, alertUnknown)
			hour()
			l.wantAlerts(t)
		})
	})
	for _, paid := range []bool{true, false} {
		t.Run("an operator says it", func(t *testing.T) {
			f := newForgetful(long(losesUnpaid)...)
			withPayer(t, f, below, func(t *testing.T, l *fixture) {
				l.owe(200)
				time.Sleep(idKept)
				hour()
				l.wantAlerts(t, alertForgotten)
				if err := l.payer.Resolve(t.Context(), "bob", l.payer.History()[0].ID, paid); err != nil {
					t.Error(err)
				}
				f.then()
				hour()
				l.wantAlerts(t)
			})
		})
	}
	t.Run("the debt is settled after all", func(t *testing.T) {
		withPayer(t, newBank(refuses), below, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			l.wantAlerts(t, alertNotSent)
			hour()
			l.wantAlerts(t)
		})
	})
	t.Run("packets or an edit lift the debt", func(t *testing.T) {
		withPayer(t, newBank(long(refuses)...), plan{threshold: -100}, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			l.payer.EndAlerts(l.account)
			l.wantAlerts(t, alertNotSent) // we owe 200
			lift := func(amount uint64) {
				if !l.account.Balance.Hold(amount) {
					t.Fatal("an account without a maximum refused")
				}
				l.account.Balance.Post(amount)
				l.payer.EndAlerts(l.account)
			}
			lift(199)
			l.wantAlerts(t, alertNotSent) // we still owe 1
			lift(1)
			l.wantAlerts(t)
		})
	})
	t.Run("the debt is less than the settler can pay", func(t *testing.T) {
		withPayer(t, coarse{newBank(long(refuses)...)}, plan{threshold: -100, scale: 7}, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			if !l.account.Balance.Hold(195) {
				t.Fatal("an account without a maximum refused")
			}
			l.account.Balance.Post(195)
			l.payer.EndAlerts(l.account)
			l.wantAlerts(t)
		})
	})
	t.Run("a settlement is open", func(t *testing.T) {
		withPayer(t, newBank(append([]behavior{refuses}, long(losesUnpaid)...)...), below, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			time.Sleep(2 * pauseMin) // it is tried again
			l.payer.EndAlerts(l.account)
			l.wantAlerts(t, alertNotSent, alertUnknown)
		})
	})
	t.Run("nothing was sent after all", func(t *testing.T) {
		withPayer(t, newBank(losesUnpaid, voids), below, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			l.wantAlerts(t, alertUnknown)
			_ = l.payer.SettleNow("bob")
			synctest.Wait()
			l.wantAlerts(t, alertNotSent)
		})
	})
	t.Run("the settler is ready", func(t *testing.T) {
		s := &startingBank{bank: newBank(), starts: []error{errBank}}
		withPayer(t, s, below, func(t *testing.T, l *fixture) {
			l.wantAlerts(t, kindStart)
			hour()
			l.wantAlerts(t)
		})
	})
	t.Run("the account is removed", func(t *testing.T) {
		withPayer(t, newBank(long(refuses)...), below, func(t *testing.T, l *fixture) {
			l.owe(200)
			synctest.Wait()
			l.wantAlerts(t, alertNotSent)
			if err := l.payer.Remove(t.Context(), "bob"); err != nil {
				t.Error(err)
			}
			l.wantAlerts(t)
		})
	})
}

// A restart ends what only the earlier process could not do, and keeps the rest.
func TestRestartEndsAlertsOfTheEarlierProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l := startPayer(d, newBank(), plan{noThreshold: true, before: func(l *fixture) {
			l.standing = []string{alertUnknown, alertForgotten, kindStart, alertBroken, alertMemory, alertMinimum, alertNotSent}
		}})
		synctest.Wait()
		l.wantAlerts(t, alertNotSent) // the debt may still be there
		l.end()
		l = startPayer(d, Manual{}, plan{noThreshold: true, before: func(l *fixture) { l.standing = []string{alertNotSent, kindStart} }})
		synctest.Wait()
		l.wantAlerts(t)
		l.end()
	})
}

// A process that was killed while it called the settler has raised no alert. The next one
// does so before it asks, since the answer may take long.
func TestUnknownOutcomeOfAKilledProcessIsAnAlertAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDisk(), example()
		s.State, s.age = Sent, 0
		_ = d.Apply(store.Batch{s.change()})
		b := newBank(hangsPaid)
		l := startPayer(d, rememberingBank{b}, below)
		synctest.Wait()
		if n := len(b.asked()); n != 1 {
			t.Errorf("asked %d times", n)
		}
		l.wantAlerts(t, alertUnknown)
		hour()
		l.wantStates(t, Confirmed)
		l.wantAlerts(t)
		l.end()
	})
}

// overpay receives a payment of 501 from bob, whose minimum is then -500.
func (l *fixture) overpay(t *testing.T) {
	t.Helper()
	l.account.Balance.SetLimits(balance.Limits{Minimum: balance.Finite(amount(-500)), Maximum: balance.Infinity()})
	r := NewReceiver(ReceiverOptions{
		Ledger: l.process, Find: func(string) *account.Account { return l.account },
		Credited: l.payer.Consider, Alert: l.payer.Alert, Log: slog.New(slog.DiscardHandler),
	})
	if _, err := r.Receive("bob", Receipt{ID: "1", Amount: amount(501)}); err != nil {
		t.Error(err)
	}
	if l.raised(alertMinimum) != 1 {
		t.Error("there was no alert")
	}
}

func TestAlertOfAPaymentBelowTheMinimumEndsAboveIt(t *testing.T) {
	for name, s := range map[string]Settler{"paid back": newBank(), "booked": Manual{}} {
		t.Run(name, func(t *testing.T) {
			withPayer(t, s, below, func(t *testing.T, l *fixture) {
				l.overpay(t)
				synctest.Wait()
				l.wantBalance(t, 0, 0)
				l.wantAlerts(t)
			})
		})
	}
	t.Run("lifted by packets", func(t *testing.T) {
		withPayer(t, Manual{}, plan{noThreshold: true}, func(t *testing.T, l *fixture) {
			l.overpay(t)
			l.payer.EndAlerts(l.account)
			l.wantAlerts(t, alertMinimum)
			l.account.Balance.Hold(1)
			l.account.Balance.Post(1)
			l.payer.EndAlerts(l.account)
			l.wantAlerts(t)
		})
	})
	t.Run("the account is removed", func(t *testing.T) {
		withPayer(t, Manual{}, plan{noThreshold: true}, func(t *testing.T, l *fixture) {
			l.overpay(t)
			if err := l.payer.Remove(t.Context(), "bob"); err != nil {
				t.Error(err)
			}
			l.wantAlerts(t)
		})
	})
}

package settle

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// noNote adds nothing to a write-off.
func noNote(Settlement) store.Batch { return nil }

// Nothing pays such an account, so nothing may say that it was paid.
func TestSettleNowIsRefusedWhereNothingPays(t *testing.T) {
	withPayer(t, Manual{}, below, func(t *testing.T, l *fixture) {
		l.owe(20)
		if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrOutOfBand) {
			t.Errorf("settle now: %v", err)
		}
		hour()
		l.wantBalance(t, -20, 0)
		l.wantStates(t)
	})
}

func TestWriteOffIsAnEntryOfItsOwnKindWithItsNote(t *testing.T) {
	withPayer(t, Manual{}, below, func(t *testing.T, l *fixture) {
		if err := l.payer.WriteOff("bob", noNote); !errors.Is(err, ErrNothingOwed) {
			t.Errorf("with nothing owed: %v", err)
		}
		l.owe(20)
		if err := l.payer.WriteOff("bob", func(s Settlement) store.Batch {
			return store.Batch{{Key: "note", Value: []byte(s.ID + " " + s.Amount.String())}}
		}); err != nil {
			t.Error(err)
		}
		l.wantBalance(t, 0, 0)
		l.wantStates(t, WrittenOff)
		if s := l.payer.History("bob")[0]; string(l.disk.values["note"]) != s.ID+" 20" {
			t.Errorf("the note is %q", l.disk.values["note"])
		}
		l.owe(200) // the threshold makes an entry of another kind
		synctest.Wait()
		l.wantStates(t, Booked, WrittenOff)
		l.wantBalance(t, 0, 0)
	})
}

// settleTo and the maximum are terms of payments. A write-off is for a debt, and never makes
// the counterparty owe us.
func TestWriteOffTakesOffExactlyWhatIsOwed(t *testing.T) {
	tests := []struct {
		name        string
		to, maximum int64
	}{
		{"settleTo 0", 0, 1000},
		{"settleTo above 0", 500, 1000},
		{"settleTo below 0", -50, 1000},
		{"settleTo above the maximum", 500, 100},
		{"a maximum below 0", 0, -10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			withPayer(t, Manual{}, plan{threshold: -1000, to: test.to}, func(t *testing.T, l *fixture) {
				l.account.Balance.SetLimits(balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Finite(amount(test.maximum))})
				if err := l.payer.WriteOff("bob", noNote); !errors.Is(err, ErrNothingOwed) {
					t.Errorf("with nothing owed: %v", err)
				}
				l.wantBalance(t, 0, 0)
				for _, debt := range []uint64{20, 200} {
					l.owe(debt)
					if err := l.payer.WriteOff("bob", noNote); err != nil {
						t.Error(err)
					}
					l.wantBalance(t, 0, 0)
				}
			})
		})
	}
}

func TestWriteOffIsRefusedWhereSomethingPaysOrTheOutcomeIsUnknown(t *testing.T) {
	withPayer(t, newBank(), below, func(t *testing.T, l *fixture) {
		l.owe(20)
		if err := l.payer.WriteOff("bob", noNote); !errors.Is(err, ErrPays) {
			t.Errorf("with a settler: %v", err)
		}
		if err := l.payer.WriteOff("alice", noNote); !errors.Is(err, ErrNoAccount) {
			t.Errorf("without an account: %v", err)
		}
		l.wantBalance(t, -20, 0)
	})
	synctest.Test(t, func(t *testing.T) {
		d, s := newDisk(), example()
		_ = d.Apply(store.Batch{s.change()})
		l := startPayer(d, Manual{}, plan{noThreshold: true})
		synctest.Wait()
		if err := l.payer.WriteOff("bob", noNote); !errors.Is(err, ErrNeedsOperator) {
			t.Errorf("with an unknown outcome: %v", err)
		}
		l.end()
	})
}

// A write that fails may have reached the disk. The amount then stays under way in memory,
// so that it is neither written off nor settled again.
func TestWriteOffThatIsNotWrittenIsNotRepeated(t *testing.T) {
	withPayer(t, Manual{}, plan{noThreshold: true, dieAt: 1}, func(t *testing.T, l *fixture) {
		l.process.killed = nil
		l.owe(20)
		for range 2 {
			if err := l.payer.WriteOff("bob", noNote); !errors.Is(err, ErrBroken) {
				t.Errorf("a write-off: %v", err)
			}
		}
		l.wantBalance(t, -20, 20)
	})
}

// Packets, the clock and operators book at once. Each unit that was owed is booked once.
func TestEntriesOfTheThresholdAndOfOperatorsDoNotOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := startPayer(newDisk(), Manual{}, plan{threshold: -10, every: time.Millisecond})
		done := make(chan struct{})
		for range 2 {
			go func() {
				for range 100 {
					if err := l.payer.WriteOff("bob", noNote); err != nil && !errors.Is(err, ErrNothingOwed) {
						t.Error(err)
					}
				}
				done <- struct{}{}
			}()
			go func() {
				for range 100 {
					l.owe(7)
				}
				done <- struct{}{}
			}()
		}
		for range 4 {
			<-done
		}
		time.Sleep(time.Second)
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		if n := len(l.payer.History()); n > settlementsMax || n != len(l.disk.entries("bob")) {
			t.Errorf("%d entries are remembered, %d are on disk", n, len(l.disk.entries("bob")))
		}
		l.end()
	})
}

// entries returns the ids of the settlements on the disk.
func (d *disk) entries(accountID string) (ids []string) {
	_ = d.Load(settlementsOf(accountID), func(key string, _ []byte) error {
		ids = append(ids, strings.TrimPrefix(key, settlementsOf(accountID)))
		return nil
	})
	return ids
}

// Former versions wrote entries as confirmed. They made them in one step, and every other
// settlement in three.
func TestEntriesOfFormerVersionsAreRecognized(t *testing.T) {
	entry := example()
	entry.State, entry.Reason, entry.Updated = Booked, "", entry.Created
	entry.Payment.Amount = entry.Amount
	former := bytes.Replace(entry.change().Value, []byte(`"booked"`), []byte(`"confirmed"`), 1)
	if s, err := readSettlement("bob", "1", former); err != nil || s.State != Booked {
		t.Errorf("read as %+v, %v", s, err)
	}
	paid := example()
	paid.State = Confirmed
	now := paid.change().Value
	for _, value := range [][]byte{now, bytes.Replace(now, []byte(`,"paid":true`), nil, 1)} {
		if s, err := readSettlement("bob", "1", value); err != nil || s.State != Confirmed {
			t.Errorf("read as %+v, %v", s, err)
		}
	}
}

package settle

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
)

func TestRestartAsksAboutWhatIsOpenByItsID(t *testing.T) {
	for _, what := range []behavior{losesPaid, losesUnpaid, hangsPaid, hangsUnpaid} {
		synctest.Test(t, func(t *testing.T) {
			d, b := newDisk(), newBank(what)
			l := startPayer(d, b, below)
			synctest.Wait()
			l.owe(200)
			synctest.Wait()
			l.end()

			l = startPayer(d, b, plan{threshold: -100, idle: true})
			l.wantBalance(t, -200, 200) // before packets flow it counts as under way
			if state := l.payer.History()[0].State; state != Unknown {
				t.Errorf("%s after a restart", state)
			}
			l.end()

			l = startPayer(d, b, below)
			synctest.Wait()
			l.wantBalance(t, 0, 0)
			l.wantStates(t, Confirmed)
			if b.distinct() != 1 || b.total() != amount(200) {
				t.Errorf("behavior %d: paid %s under %d ids", what, b.total(), b.distinct())
			}
			l.end()
		})
	}
}

func TestStoppingRaisesNoAlertAndLeavesTheQuestionOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := newDisk(), newBank(hangsPaid)
		l := startPayer(d, b, below)
		synctest.Wait()
		l.owe(200)
		synctest.Wait()
		l.end()
		l.wantStates(t, Sent)
		if len(l.alerts) != 0 {
			t.Errorf("alerts %q", l.alerts)
		}
	})
}

func TestWhatWasNeverHandedOverIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := newDisk(), newBank()
		l := startPayer(d, b, plan{threshold: -100, dieAt: 2}) // the record of Sent
		synctest.Wait()
		l.owe(200)
		synctest.Wait()
		l.end()
		if len(b.asked()) != 0 {
			t.Error("money moved")
		}
		time.Sleep(time.Second)
		l = startPayer(d, b, below)
		synctest.Wait()
		l.wantStates(t, Confirmed, NotSent)
		l.wantBalance(t, 0, 0)
		if len(l.alerts) != 0 || b.total() != amount(200) {
			t.Errorf("alerts %q, paid %s", l.alerts, b.total())
		}
		l.end()
	})
}

func TestHistoryIsBoundedOnDiskAndInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := newDisk(), newBank()
		for range 2 {
			l := startPayer(d, b, below)
			synctest.Wait()
			for range settlementsMax {
				l.owe(200)
				hour()
			}
			if n := len(l.payer.History()); n != settlementsMax || d.count("settlements/bob/") != settlementsMax {
				t.Errorf("%d in memory, %d on disk", n, d.count("settlements/bob/"))
			}
			l.end()
		}
	})
}

// A key that no store accepts would make the Ledger fail for good.
func TestAccountWhoseSettlementsCannotBeKeptDoesNotSettle(t *testing.T) {
	d := NewPayer(PayerOptions{Ledger: &process{disk: newDisk()}})
	for length, want := range map[int]bool{store.KeyMax: false, store.KeyMax - len("settlements//") - len(newID()): true} {
		a := account.New(strings.Repeat("x", length), account.Settings{})
		if err := d.Add(a, newBank(), 0); (err == nil) != want {
			t.Errorf("an id of %d bytes: %v", length, err)
		}
	}
}

func TestUnreadableSettlementsKeepAnAccountFromSettling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		d.values["settlements/bob/1"] = []byte("{}")
		l := startPayer(newDisk(), newBank(), below)
		l.payer.Ledger = &process{disk: d}
		if err := l.payer.Detach("bob"); err != nil {
			t.Fatal(err)
		}
		if err := l.payer.Add(l.account, newBank(), 0); !errors.Is(err, errVersion) {
			t.Error(err)
		}
		l.end()
	})
}

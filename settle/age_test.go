package settle

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/store"
)

// wantOperator checks that a settlement waits for an operator, and that the bank is asked no
// more.
func (l *fixture) wantOperator(t *testing.T, b *bank) {
	t.Helper()
	asked := len(b.asked())
	for range 30 {
		if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrNeedsOperator) || !errors.Is(err, ErrUnknown) {
			t.Errorf("settle now: %v", err)
		}
		l.owe(500)
		l.payer.Urge(l.account)
		hour()
	}
	if n := len(b.asked()); n != asked {
		t.Errorf("asked %d times more", n-asked)
	}
	s := l.payer.History("bob")[0]
	if !s.NeedsOperator || s.State != Unknown || !strings.HasPrefix(s.Reason, reasonForgotten) {
		t.Errorf("%+v", s)
	}
	if n := l.raised(alertForgotten); n != 1 {
		t.Errorf("%d alerts, want 1", n)
	}
}

func TestUnknownIsNotAskedAboutOnceItsIDMayBeForgotten(t *testing.T) {
	for _, what := range []behavior{losesPaid, losesUnpaid, refuses, hangsPaid, panicsPaid} {
		synctest.Test(t, func(t *testing.T) {
			d, f := newDisk(), newForgetful(append([]behavior{losesPaid}, long(what)...)...)
			every := plan{threshold: -100, every: time.Hour}
			l := startPayer(d, f, every)
			began := time.Now()
			f.saw = func(Payment) {
				if age := time.Since(began); age >= idKept {
					t.Errorf("behavior %d: asked after %s", what, age)
				}
			}
			l.owe(200)
			time.Sleep(idKept - time.Second)
			synctest.Wait()
			if n := l.raised(alertForgotten); n != 0 || l.payer.History()[0].NeedsOperator {
				t.Error("it waits for an operator too early")
			}
			if n := len(f.asked()); n < 20 {
				t.Errorf("asked %d times in %s", n, idKept)
			}
			hour()
			l.wantOperator(t, f.bank)
			l.end()

			l = startPayer(d, f, every) // a restart changes nothing
			hour()
			l.wantOperator(t, f.bank)
			id := l.payer.History()[0].ID
			if !strings.HasSuffix(l.payer.History()[0].Reason, f.said(what)) {
				t.Errorf("the reason is %q", l.payer.History()[0].Reason)
			}
			f.saw = nil
			f.then()
			if err := l.payer.Resolve(t.Context(), "bob", id, true); err != nil {
				t.Error(err)
			}
			hour()
			l.wantStates(t, Confirmed, Confirmed)
			l.wantBalance(t, 0, 0)
			if f.distinct() != 2 || len(f.forgot) > 0 {
				t.Errorf("%d ids, too late %q", f.distinct(), f.forgot)
			}
			l.end()
		})
	}
}

func TestEngineThatIsBackInTimePaysOnce(t *testing.T) {
	for _, restarts := range []int{0, 1, 5} {
		synctest.Test(t, func(t *testing.T) {
			d, f := newDisk(), newForgetful(long(losesPaid)...)
			l := startPayer(d, f, below)
			synctest.Wait()
			l.owe(200)
			for range restarts {
				time.Sleep(19 * time.Hour / time.Duration(restarts+1) / 2)
				l.end()
				time.Sleep(19 * time.Hour / time.Duration(restarts+1) / 2)
				l = startPayer(d, f, below)
				synctest.Wait()
			}
			time.Sleep(19 * time.Hour / time.Duration(restarts+1))
			f.then()
			hour()
			l.wantStates(t, Confirmed)
			l.wantBalance(t, 0, 0)
			if f.total() != amount(200) || f.distinct() != 1 || l.raised(alertForgotten) != 0 {
				t.Errorf("paid %s under %d ids, alerts %q", f.total(), f.distinct(), l.alerts)
			}
			l.end()
		})
	}
}

// The earlier process may have died while the engine was paying.
func TestWhatWasSentBeforeAFewDaysIsNotAskedAbout(t *testing.T) {
	for _, what := range []behavior{hangsPaid, hangsUnpaid} {
		synctest.Test(t, func(t *testing.T) {
			d, f := newDisk(), newForgetful(what)
			l := startPayer(d, f, below)
			synctest.Wait()
			l.owe(200)
			synctest.Wait()
			l.end()
			l.wantStates(t, Sent)
			time.Sleep(3 * 24 * time.Hour)
			l = startPayer(d, f, below)
			synctest.Wait()
			l.wantBalance(t, -200, 200)
			l.wantOperator(t, f.bank)
			if err := l.payer.Resolve(t.Context(), "bob", l.payer.History()[0].ID, what == hangsPaid); err != nil {
				t.Error(err)
			}
			hour()
			l.wantBalance(t, 0, 0)
			l.end()
		})
	}
}

// A record of an earlier version has neither age nor seen. Its age counts from Created.
func TestRecordsOfEarlierVersionsCountFromTheirCreation(t *testing.T) {
	for _, test := range []struct {
		down time.Duration
		asks int
	}{{idKept - time.Minute, 1}, {idKept, 0}} {
		synctest.Test(t, func(t *testing.T) {
			d, b := newDisk(), newBank()
			s := example()
			s.Created = time.Now()
			old := s.change()
			for _, field := range []string{`,"age":3600000000000`, `,"seen":"1970-01-01T00:00:03Z"`} {
				if !strings.Contains(string(old.Value), field) {
					t.Fatalf("%s has no %s", old.Value, field)
				}
				old.Value = []byte(strings.Replace(string(old.Value), field, "", 1))
			}
			_ = d.Apply(store.Batch{old})
			time.Sleep(test.down)
			l := startPayer(d, b, plan{noThreshold: true})
			synctest.Wait()
			if n := len(b.asked()); n != test.asks {
				t.Errorf("down for %s: asked %d times", test.down, n)
			}
			l.end()
		})
	}
}

func TestSettlerThatKnowsItsIDsForEverIsAskedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, n := newDisk(), rememberingBank{newBank(long(losesPaid)...)}
		l := startPayer(d, n, below)
		synctest.Wait()
		l.owe(200)
		time.Sleep(40 * time.Hour)
		l.end()
		time.Sleep(3 * 24 * time.Hour)
		l = startPayer(d, n, below)
		synctest.Wait()
		if err := l.payer.SettleNow("bob"); err == ErrNeedsOperator {
			t.Error(err)
		}
		n.then()
		hour()
		l.wantStates(t, Confirmed)
		l.wantBalance(t, 0, 0)
		l.end()
	})
}

// The answer of a call counts, however long the call took.
func TestCallThatIsUnderWayWhenTheTimeIsOverIsBelieved(t *testing.T) {
	for _, what := range []behavior{honest, voids, losesPaid} {
		f := newForgetful(long(losesUnpaid)...)
		withPayer(t, f, below, func(t *testing.T, l *fixture) {
			open(t, l)
			time.Sleep(idKept - 11*time.Minute)
			synctest.Wait()
			f.pause = make(chan struct{})
			f.then(what)
			_ = l.payer.SettleNow("bob")
			synctest.Wait() // it is being asked
			time.Sleep(2 * time.Hour)
			close(f.pause)
			hour()
			switch what {
			case honest:
				l.wantStates(t, Confirmed)
			case voids:
				l.wantStates(t, Confirmed, NotSent)
			default:
				l.wantOperator(t, f.bank)
			}
		})
	}
}

// A first call that sends nothing ends the settlement, so no settlement grows old.
func TestEngineThatCannotBeReachedForDaysPaysOnce(t *testing.T) {
	f := newForgetful(slices.Repeat([]behavior{refuses}, 24*6*3)...)
	withPayer(t, f, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		time.Sleep(4 * 24 * time.Hour)
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		if f.total() != amount(200) || l.raised(alertForgotten) != 0 || len(f.asked()) != f.distinct() {
			t.Errorf("paid %s, asked %d times, %d ids", f.total(), len(f.asked()), f.distinct())
		}
	})
}

func TestClockThatWasPutBackWhileWeWereDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, f := newDisk(), newForgetful(long(losesPaid)...)
		l := startPayer(d, f, below)
		synctest.Wait()
		l.owe(200)
		hour()
		l.end()
		// As if the clock had been two hours ahead of now.
		id := l.payer.History()[0].ID
		s, err := readSettlement("bob", id, d.values[settlementsOf("bob")+id])
		if err != nil {
			t.Fatal(err)
		}
		s.Created, s.seen = s.Created.Add(2*time.Hour), s.seen.Add(2*time.Hour)
		_ = d.Apply(store.Batch{s.change()})
		f.then()
		asked := len(f.asked())
		for range 3 { // by the last, the clock has passed the time again
			l = startPayer(d, f, below)
			hour()
			if n := len(f.asked()); n != asked || !l.payer.History()[0].NeedsOperator || l.raised(alertForgotten) != 1 {
				t.Errorf("asked %d times more: %+v", n-asked, l.payer.History()[0])
			}
			l.end()
		}
	})
}

func TestAgeIsOfTheClockThatSawMore(t *testing.T) {
	const h = time.Hour
	for _, test := range []struct{ age, monotonic, wall, want time.Duration }{
		{h, h, h, 2 * h},
		{h, 1, 5 * h, 6 * h},            // the machine slept, or the clock was put forward
		{h, 2 * h, -9 * h, 3 * h},       // the clock was put back
		{h, -1, -1, ageMax},             // while we were down
		{h, 1<<63 - 1, 0, ageMax},       // from the beginning of time
		{ageMax, 1<<63 - 1, -h, ageMax}, // for ever
		{ageMax, h, h, ageMax},
	} {
		if got := older(test.age, test.monotonic, test.wall); got != test.want {
			t.Errorf("older(%s, %s, %s) = %s, want %s", test.age, test.monotonic, test.wall, got, test.want)
		}
	}
}

// The account had an engine before. Now no settler can tell the outcome.
func TestOpenSettlementOfAnAccountThatSettlesOutOfBandNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		s, begun := example(), example()
		s.Created, s.seen, s.age = time.Now(), time.Now(), 0
		begun.ID, begun.State, begun.Created = "2", Intended, s.Created.Add(-1)
		_ = d.Apply(store.Batch{s.change(), begun.change()})
		l := startPayer(d, Manual{}, plan{noThreshold: true})
		synctest.Wait()
		l.wantStates(t, Unknown, NotSent)
		if !l.payer.History()[0].NeedsOperator || l.raised(alertForgotten) != 1 {
			t.Errorf("%+v, alerts %q", l.payer.History()[0], l.alerts)
		}
		if err := l.payer.Remove(t.Context(), "bob"); !errors.Is(err, ErrOpen) {
			t.Error(err)
		}
		if err := l.payer.Resolve(t.Context(), "bob", s.ID, false); err != nil {
			t.Error(err)
		}
		if err := l.payer.Remove(t.Context(), "bob"); err != nil {
			t.Error(err)
		}
		l.end()
	})
}

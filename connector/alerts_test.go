package connector

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// write is a batch that was applied to a recording.
type write struct {
	at   time.Time
	keys []string
	size int
}

// recording is a store that remembers what was written, and fails when it is told to.
type recording struct {
	store.Store
	mu     sync.Mutex
	writes []write
	err    error
}

func newRecording() *recording {
	return &recording{Store: memory.New(slog.New(slog.DiscardHandler))}
}

func (r *recording) Apply(b store.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	w := write{at: time.Now()}
	for _, c := range b {
		w.keys = append(w.keys, c.Key)
		w.size += len(c.Key) + len(c.Value)
	}
	r.writes = append(r.writes, w)
	return r.Store.Apply(b)
}

func (r *recording) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

// take returns the writes since the last call.
func (r *recording) take() []write {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.writes = nil }()
	return r.writes
}

// kept is what the store has.
func (r *recording) kept(t *testing.T) map[string]string {
	t.Helper()
	values := make(map[string]string)
	if err := r.Load("", func(key string, value []byte) error {
		values[key] = string(value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return values
}

// alertsOf is a connector of which nothing but the alerts is there, as after a start.
func alertsOf(t *testing.T, s store.Store, log *slog.Logger) (alerts *account.Alerts, end func()) {
	t.Helper()
	c := &Connector{alerts: account.NewAlerts(time.Now()), store: s, log: log}
	end, err := c.keepAlerts()
	if err != nil {
		t.Fatal(err)
	}
	return c.alerts, end
}

var quiet = slog.New(slog.DiscardHandler)

// rest lets time pass, and what is due in it be done.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestOneOfManyAlertsThatCountsUpIsWrittenAloneAndRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRecording()
		alerts, end := alertsOf(t, s, quiet)
		for i := range 1000 {
			alerts.Raise(time.Now(), fmt.Sprint("a", i), "test.x", strings.Repeat("m", 500))
		}
		rest(time.Minute)
		s.take()
		const minutes = 10
		for range minutes * 60 * 100 {
			alerts.Raise(time.Now(), "a500", "test.x", strings.Repeat("m", 500))
			time.Sleep(10 * time.Millisecond)
		}
		writes, size := s.take(), 0
		for _, w := range writes {
			size += w.size
			if len(w.keys) != 1 {
				t.Errorf("%d changes at once", len(w.keys))
			}
		}
		if len(writes) < minutes/2 || len(writes) > minutes || size > minutes*1000 {
			t.Errorf("%d writes of %d bytes in %d minutes", len(writes), size, minutes)
		}
		end()
		want := alerts.All()
		again, end := alertsOf(t, s, quiet)
		defer end()
		if got := again.All(); !slices.Equal(got, want) || got[500].Count != 1+minutes*60*100 {
			t.Errorf("after a restart the count is %d", got[500].Count)
		}
	})
}

func TestChangesOfAlertsAreWrittenWithinASecondAndAtMostOnceInOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRecording()
		alerts, end := alertsOf(t, s, quiet)
		defer end()
		var last string
		for i := range 1000 { // ten seconds
			last = fmt.Sprintf("%d fulfills", i)
			alerts.RaiseMoney(time.Now(), "alice", "late", last)
			alerts.Raise(time.Now(), "alice", "", fmt.Sprint("trouble ", i))
			time.Sleep(10 * time.Millisecond)
		}
		rest(time.Second)
		writes := s.take()
		for i := 1; i < len(writes); i++ {
			if pause := writes[i].at.Sub(writes[i-1].at); pause < time.Second {
				t.Errorf("a pause of %v", pause)
			}
		}
		if len(writes) < 9 || len(writes) > 12 {
			t.Errorf("%d writes", len(writes))
		}
		if all := fmt.Sprint(s.kept(t)); !strings.Contains(all, last) || !strings.Contains(all, "trouble 999") {
			t.Errorf("the last ones are not kept: %s", all)
		}
		alerts.Dismiss(time.Now(), alerts.All()[0].ID)
		rest(time.Second)
		if got := s.take(); len(got) != 1 || len(got[0].keys) != 1 || strings.Count(fmt.Sprint(s.kept(t)), `"state":"dismissed"`) != 1 {
			t.Errorf("after a dismissal %+v", got)
		}
		rest(time.Hour)
		if got := s.take(); got != nil {
			t.Errorf("written when nothing has changed: %+v", got)
		}
	})
}

func TestWritesOfAlertsAreBoundedAndMoneyIsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRecording()
		alerts, end := alertsOf(t, s, quiet)
		for i := range 1000 {
			alerts.Raise(time.Now(), fmt.Sprint("a", i), strings.Repeat("x", 1023), strings.Repeat("m", 1023))
			alerts.Raise(time.Now(), fmt.Sprint("a", i), "", "ours")
			alerts.RaiseMoney(time.Now(), fmt.Sprint("a", i), "late", "about money")
		}
		rest(5 * time.Second)
		money := 0
		for _, value := range s.kept(t) {
			if strings.Contains(value, "about money") {
				money++
			}
		}
		if money != 1000 {
			t.Errorf("%d of the alerts about money are written after 5 s", money)
		}
		rest(20 * time.Second)
		end() // what is left is written at once
		const most = 64 << 10
		writes, largest := s.take(), 0
		for _, w := range writes {
			largest = max(largest, w.size)
		}
		if largest > most || largest < most/2 {
			t.Errorf("the largest write has %d bytes", largest)
		}
		if kept := s.kept(t); len(kept) != 3000 {
			t.Errorf("%d are kept", len(kept))
		}
		want := alerts.All()
		again, end := alertsOf(t, s, quiet)
		if got := again.All(); !slices.Equal(got, want) {
			t.Error("after a restart they are others")
		}
		for _, a := range want {
			again.Dismiss(time.Now(), a.ID)
		}
		end()
		for _, w := range s.take() {
			if w.size > most {
				t.Errorf("%d bytes to remove them", w.size)
			}
		}
		if kept := s.kept(t); len(kept) != 200 {
			t.Errorf("%d are left", len(kept))
		}
	})
}

// Of an alert that comes and goes between two writes nothing is written.
func TestAlertsThatStrangersPushOutCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRecording()
		alerts, end := alertsOf(t, s, quiet)
		defer end()
		rest(time.Second)
		for i := range 50_000 {
			alerts.Raise(time.Now(), fmt.Sprint("a", i%500), fmt.Sprint("test.", i), "m")
		}
		rest(10 * time.Second)
		changes := 0
		for _, w := range s.take() {
			changes += len(w.keys)
		}
		if changes != 1000 {
			t.Errorf("%d changes for 1000 alerts", changes)
		}
	})
}

func TestFailedWriteOfAlertsIsLoggedOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		s := newRecording()
		alerts, end := alertsOf(t, s, slog.New(slog.NewTextHandler(&text, nil)))
		s.fail(errors.New("the disk is full"))
		for i := range 300 {
			alerts.Raise(time.Now(), "alice", "", fmt.Sprint("trouble ", i))
			rest(time.Second)
		}
		alerts.Dismiss(time.Now(), alerts.All()[0].ID)
		if n := strings.Count(text.String(), "the disk is full"); n != 1 {
			t.Errorf("it is logged %d times", n)
		}
		s.fail(nil)
		rest(time.Second)
		if kept := s.kept(t); len(kept) != 300 || strings.Count(fmt.Sprint(kept), `"state":"dismissed"`) != 1 {
			t.Errorf("%d are kept", len(kept))
		}
		s.fail(errors.New("the disk is full again"))
		alerts.Raise(time.Now(), "alice", "", "more trouble")
		rest(2 * time.Second)
		end()
		if n := strings.Count(text.String(), "full again"); n != 1 {
			t.Errorf("the next one is logged %d times: %s", n, text.String())
		}
	})
}

func TestDismissalSurvivesARestart(t *testing.T) {
	for _, crash := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newRecording()
			alerts, end := alertsOf(t, s, quiet)
			alerts.RaiseMoney(time.Now(), "alice", "late", "stays")
			alerts.RaiseMoney(time.Now(), "bob", "late", "goes")
			rest(2 * time.Second)
			dismissed := time.Now()
			alerts.Dismiss(dismissed, alerts.All()[1].ID)
			if crash {
				rest(time.Second)
				s.fail(errors.New("killed"))
			}
			end()
			s.fail(nil)
			again, end := alertsOf(t, s, quiet)
			defer end()
			again.RaiseMoney(time.Now(), "alice", "late", "stays") // of the same kind as before
			if all := again.History(); len(all) != 2 || all[1].State != account.AlertDismissed || !all[1].EndedAt.Equal(dismissed) {
				t.Errorf("history is %+v", all)
			}
			if all := again.All(); len(all) != 1 || all[0].Message != "stays" || all[0].Count != 2 || all[0].About != account.AboutMoney {
				t.Errorf("alerts are %+v", all)
			}
		})
	}
}

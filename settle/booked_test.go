package settle

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A debt must not leave the balance without a word, and a busy account must not fill the log.
func TestBookedDebtsAreLoggedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := startPayer(newDisk(), Manual{}, plan{threshold: -100, before: func(l *fixture) {
			l.payer.Log = slog.New(slog.NewTextHandler(&log, nil))
		}})
		lines := func() int { return strings.Count(log.String(), "booked a debt as paid: nothing pays the account") }
		for range 5 {
			l.owe(200)
			synctest.Wait()
		}
		if text := log.String(); lines() != 1 || !strings.Contains(text, "account=bob amount=200 balance=0") {
			t.Errorf("the log says %s", text)
		}
		time.Sleep(bookedPause)
		l.owe(50)
		synctest.Wait()
		if lines() != 1 {
			t.Errorf("a debt that is not booked is logged: %s", log.String())
		}
		l.owe(60)
		synctest.Wait()
		if text := log.String(); lines() != 2 || !strings.Contains(text, "account=bob amount=910 balance=0") {
			t.Errorf("the log says %s", text)
		}
		l.end()
	})
}

// A debt that was booked is off the balance, and nothing has paid it. Whoever asks for a
// settlement or a write-off learns that.
func TestSettlingWhatWasBookedNamesTheEntry(t *testing.T) {
	withPayer(t, Manual{}, below, func(t *testing.T, l *fixture) {
		named := func(err error) string {
			t.Helper()
			booked, ok := errors.AsType[*BookedError](err)
			if !ok || !errors.Is(err, ErrNothingOwed) {
				t.Fatalf("got %v", err)
			}
			return booked.Latest.ID
		}
		l.owe(200)
		synctest.Wait()
		l.owe(300)
		synctest.Wait()
		latest := l.payer.History("bob")[0]
		if err := l.payer.SettleNow("bob"); named(err) != latest.ID || !strings.Contains(err.Error(), latest.ID+" booked a debt of 300 at 2000-01-01T00:00:00Z") {
			t.Errorf("settle now: %v", err)
		}
		if err := l.payer.WriteOff("bob", noNote); named(err) != latest.ID {
			t.Errorf("write off: %v", err)
		}
		l.owe(20) // which nothing has booked
		if err := l.payer.SettleNow("bob"); err != ErrOutOfBand {
			t.Errorf("settle now, with a debt: %v", err)
		}
		if err := l.payer.WriteOff("bob", noNote); err != nil {
			t.Error(err)
		}
		if err := l.payer.WriteOff("bob", noNote); named(err) != latest.ID {
			t.Errorf("write off, after a write-off: %v", err)
		}
	})
}

// An account that has got an engine since has the entries of before.
func TestEngineDoesNotPayWhatWasBooked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l := startPayer(d, Manual{}, below)
		l.owe(200)
		synctest.Wait()
		l.end()
		l = startPayer(d, newBank(), below)
		synctest.Wait()
		if err := l.payer.SettleNow("bob"); !errors.As(err, new(*BookedError)) {
			t.Errorf("settle now: %v", err)
		}
		l.owe(200)
		synctest.Wait()
		if err := l.payer.SettleNow("bob"); err != ErrNothingOwed {
			t.Errorf("settle now, after a payment: %v", err)
		}
		l.end()
	})
}

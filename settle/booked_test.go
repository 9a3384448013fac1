package settle

import (
	"bytes"
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

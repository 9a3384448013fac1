package settle

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// hopeless is a settler that never learns how its payment has ended.
type hopeless struct{ asked chan time.Time }

func (h hopeless) Pay(context.Context, Payment) error {
	h.asked <- time.Now()
	return fmt.Errorf("it was lost, and %w", ErrAskOperator)
}

// A settler that says that only an operator can tell is not asked, and its error not logged, all the time.
func TestSettlerThatCannotTellIsSeldomAsked(t *testing.T) {
	h := hopeless{make(chan time.Time, 1000)}
	withPayer(t, h, plan{threshold: -100}, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		time.Sleep(10*time.Hour + time.Minute)
		synctest.Wait()
		if n := len(h.asked); n != 11 {
			t.Errorf("it was asked %d times in 10 hours", n)
		}
		l.wantAlerts(t, alertUnknown)
	})
}

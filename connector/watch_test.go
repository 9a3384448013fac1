package connector

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestFloodOfUnmatchedAnswersIsToldNowAndThen holds that each account's first is told, and
// a flood costs few alerts.
func TestFloodOfUnmatchedAnswersIsToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pacer
		told := 0
		for n := range uint64(1 << 20) {
			if p.notable(n + 1) {
				told++
			}
		}
		if told > 22 {
			t.Errorf("told %d times of a flood", told)
		}
		if !p.notable(1) {
			t.Error("the first of another account is not told")
		}
		time.Sleep(time.Second)
		if !p.notable(1<<20 + 3) {
			t.Error("not told after a second")
		}
	})
}

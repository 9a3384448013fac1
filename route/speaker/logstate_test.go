package speaker

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A neighbor that makes us ask again thousands of times fills no log.
func TestSessionThatComesBackAgainAndAgainIsFewLines(t *testing.T) {
	var out bytes.Buffer
	now := time.Now()
	n := &neighbor{log: slog.New(slog.NewTextHandler(&out, nil)), receiver: newReceiver(Timers{}, now)}
	enter := func(states ...State) {
		for _, s := range states {
			n.receiver.state = s
			n.logState(now)
		}
	}
	enter(Requested, Established)
	for range 1000 {
		enter(Requested, Established)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 1 {
		t.Errorf("%d lines:\n%.500s", lines, out.String())
	}
	enter(Stale) // which concerns operators, whenever it comes
	now = now.Add(stateQuiet)
	enter(Requested, Established)
	if got := out.String(); !strings.Contains(got, "state=stale") || strings.Count(got, "state=established") != 2 {
		t.Errorf("the log is\n%s", got)
	}
}

package cli

import (
	"bytes"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// signalled is an untilSignal that a test signals.
type signalled struct {
	signals chan os.Signal
	log     bytes.Buffer
	exits   []int
	reloads chan struct{}
}

func (s *signalled) stopper() stopper {
	s.signals = make(chan os.Signal, 2)
	s.reloads = make(chan struct{}, 8)
	return stopper{
		s.signals, slog.New(slog.NewTextHandler(&s.log, nil)),
		func(status int) { s.exits = append(s.exits, status) }, func() []any { return []any{"inFlight", 7} },
		func() { s.reloads <- struct{}{} },
	}
}

// send sends a signal and waits until it is handled.
func (s *signalled) send(signal os.Signal) {
	s.signals <- signal
	synctest.Wait()
}

// must fails the test unless the last line of the log has all the words.
func (s *signalled) must(t *testing.T, words ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	last := lines[len(lines)-1]
	if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(last, w) }) {
		t.Errorf("the last line has not %q: %s", words, last)
	}
}

func TestFirstSignalStopsAndLaterOneExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s signalled
		ctx, done := untilSignal(t.Context(), s.stopper())
		defer done()
		synctest.Wait()
		if ctx.Err() != nil || len(s.exits) > 0 {
			t.Fatalf("before a signal: %v, exits %v", ctx.Err(), s.exits)
		}
		s.send(syscall.SIGTERM)
		s.must(t, "stopping;", "signal=terminated")
		for range 3 { // one stop, told several times
			s.send(syscall.SIGTERM)
			s.must(t, "level=INFO", "stopping already", "still waiting for packets in flight")
			time.Sleep(oneStop / 4)
		}
		time.Sleep(oneStop/4 - 1)
		s.send(os.Interrupt)
		if s.must(t, "stopping already", "signal=interrupt"); ctx.Err() == nil || len(s.exits) > 0 {
			t.Fatalf("within a second: %v, exits %v", ctx.Err(), s.exits)
		}
		time.Sleep(1)
		s.send(os.Interrupt)
		if s.must(t, "level=WARN", "stopped at once", "inFlight=7"); !slices.Equal(s.exits, []int{exitFailure}) {
			t.Errorf("a second later: exits %v", s.exits)
		}
	})
}

func TestHangUpIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s signalled
		ctx, done := untilSignal(t.Context(), s.stopper())
		defer done()
		s.send(syscall.SIGHUP)
		if s.must(t, "SIGHUP: reading the configuration again"); ctx.Err() != nil || len(s.reloads) != 1 {
			t.Fatalf("it stops, or reloads %d times", len(s.reloads))
		}
		s.send(syscall.SIGTERM)
		time.Sleep(2 * oneStop)
		s.send(syscall.SIGHUP)
		if s.must(t, "SIGHUP: reading the configuration again"); ctx.Err() == nil || len(s.exits) > 0 {
			t.Errorf("%v, exits %v", ctx.Err(), s.exits)
		}
	})
}

func TestSignalsAreNotWaitedForOnceItIsOver(t *testing.T) {
	for _, before := range []int{0, 1, 2} {
		synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
			var s signalled
			ctx, done := untilSignal(t.Context(), s.stopper())
			for range before {
				s.send(os.Interrupt)
			}
			done()
			time.Sleep(2 * oneStop)
			s.send(os.Interrupt)
			if ctx.Err() == nil || len(s.exits) > 0 {
				t.Errorf("%v, exits %v", ctx.Err(), s.exits)
			}
		})
	}
}

package cli

import (
	"context"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
)

func TestFirstSignalStopsAndSecondExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		var exits []int
		ctx, done := untilSignal(t.Context(), signals, slog.New(slog.DiscardHandler), func(status int) { exits = append(exits, status) })
		defer done()
		synctest.Wait()
		if ctx.Err() != nil || len(exits) > 0 {
			t.Fatalf("before a signal: %v, exits %v", ctx.Err(), exits)
		}
		signals <- syscall.SIGTERM
		synctest.Wait()
		if ctx.Err() != context.Canceled || len(exits) > 0 {
			t.Fatalf("after the first: %v, exits %v", ctx.Err(), exits)
		}
		signals <- os.Interrupt
		synctest.Wait()
		if len(exits) != 1 || exits[0] != 1 {
			t.Errorf("after the second: exits %v", exits)
		}
	})
}

func TestSignalsAreNotWaitedForOnceItIsOver(t *testing.T) {
	for _, before := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
			signals := make(chan os.Signal, 2)
			exit := func(int) { t.Error("exited") }
			ctx, done := untilSignal(t.Context(), signals, slog.New(slog.DiscardHandler), exit)
			for range before {
				signals <- os.Interrupt
				synctest.Wait()
			}
			done()
			synctest.Wait()
			signals <- os.Interrupt
			synctest.Wait()
			if ctx.Err() == nil {
				t.Error("the context goes on")
			}
		})
	}
}

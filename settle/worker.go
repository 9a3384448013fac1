package settle

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
)

// payWorker decides when an account takes its next step, and runs the goroutine that
// takes it.
type payWorker struct {
	*accountPayer
	every time.Duration // how often to settle all that is owed; 0 is never

	begun   atomic.Bool  // begin was called
	busy    atomic.Bool  // the goroutine runs, or is about to
	urged   atomic.Int64 // the time of the latest urge, by the steady clock
	running sync.WaitGroup

	// Guarded by Payer.mu.
	gone   bool
	cancel context.CancelFunc // ends the goroutine
	ending chan struct{}      // a message ends the goroutine's pause; nil until there was one
	timer  *time.Timer        // of every

	stopping sync.Mutex // held while stop does what the goroutine would do
}

// newPayWorker makes a worker for an account, with the settlements in the store.
func newPayWorker(p *Payer, a *account.Account, s Settler, every time.Duration) (*payWorker, error) {
	one, err := newAccountPayer(p, a, s)
	if err != nil {
		return nil, err
	}
	return &payWorker{accountPayer: one, every: every}, nil
}

// begin starts, once, what needs no request: the timer, the settler, and what is open or due.
func (w *payWorker) begin() {
	w.payer.mu.Lock()
	may := w.mayRunLocked()
	w.payer.mu.Unlock()
	if !may || !w.begun.CompareAndSwap(false, true) {
		return
	}
	w.setTimer()
	w.alertAtStart()
	if !w.started.Load() || w.settlements.open() != nil || w.pending() {
		w.wake()
	}
}

// setTimer starts the timer that settles once per every. It first fires one period after
// the latest settlement, or after now if none is remembered. So restarts cannot put it off
// for ever.
func (w *payWorker) setTimer() {
	if w.every <= 0 {
		return
	}
	first := w.every
	if latest := w.settlements.latest(); !latest.IsZero() {
		first = min(max(time.Until(latest.Add(w.every)), 0), w.every)
	}
	w.payer.mu.Lock()
	defer w.payer.mu.Unlock()
	if w.timer == nil && w.payer.ctx != nil && !w.gone {
		w.timer = time.AfterFunc(first, w.tick)
	}
}

// tick settles what is owed, and sets the timer for the next period.
func (w *payWorker) tick() {
	w.settleAll()
	w.payer.mu.Lock()
	defer w.payer.mu.Unlock()
	if w.payer.ctx != nil && !w.gone {
		w.timer.Reset(w.every)
	}
}

// mayUrge reports whether the latest urge is long enough ago, and counts this one. It
// goes by steady time, so a step of the wall clock neither delays an urge nor permits one.
func (w *payWorker) mayUrge(now clock.Reading) bool {
	last := w.urged.Load()
	return now.Steady-last >= int64(urgeEvery) && w.urged.CompareAndSwap(last, now.Steady)
}

// settleAll settles all that is owed as soon as possible, whatever the threshold.
func (w *payWorker) settleAll() {
	w.forced.Store(true)
	w.wake()
}

// wake makes sure that a goroutine will look for work after this call. It starts one if
// none runs.
func (w *payWorker) wake() {
	if w.busy.CompareAndSwap(false, true) {
		w.launch()
	}
}

// launch starts the goroutine, unless the payer does not run or the account is gone.
func (w *payWorker) launch() {
	w.payer.mu.Lock()
	defer w.payer.mu.Unlock()
	if !w.mayRunLocked() || w.gone {
		w.busy.Store(false)
		return
	}
	ctx, cancel := context.WithCancel(w.payer.ctx)
	w.cancel = cancel
	if w.ending == nil {
		w.ending = make(chan struct{}, 1)
	}
	unpaused := w.ending
	w.running.Go(func() {
		defer cancel()
		w.run(ctx, unpaused)
	})
}

// mayRunLocked reports whether the payer runs for accounts such as this one.
func (w *payWorker) mayRunLocked() bool { return w.payer.ctx != nil && (w.outOfBand || w.payer.paying) }

// endPause ends the pause before the next attempt.
func (w *payWorker) endPause() {
	w.payer.mu.Lock()
	ending := w.ending
	w.payer.mu.Unlock()
	select {
	case ending <- struct{}{}:
	default:
	}
}

// stop stops the goroutine and the timer, waits for the goroutine, and records what is
// only in memory.
func (w *payWorker) stop() {
	w.payer.mu.Lock()
	if w.cancel != nil {
		w.cancel()
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.payer.mu.Unlock()
	w.running.Wait()
	w.stopping.Lock()
	defer w.stopping.Unlock()
	_ = w.applyResolution() // the operator gets an answer
	if w.outOfBand {
		_ = w.recordOutOfBand() // record logs a failure
	}
}

// How a step ends if the next one cannot follow at once.
var (
	errIdle      = errors.New("there is nothing to do")
	errLater     = errors.New("try again after a pause")
	errMuchLater = errors.New("an operator must record the outcome; try again after a long pause")
	errForgotten = errors.New("the settler may have forgotten the id, so an operator must record the outcome")
)

// run takes one step after the other until there is nothing to do. A message of unpaused ends a pause.
func (w *payWorker) run(ctx context.Context, unpaused <-chan struct{}) {
	backoff := clock.NewBackoff(clock.Doubling(pauseMin, pauseMax)...)
	for ctx.Err() == nil {
		err := w.step(ctx)
		switch {
		case errors.Is(err, ErrBroken):
			return // and stay busy, so that no goroutine starts again
		case errors.Is(err, errIdle):
			if w.rest() {
				return
			}
		case errors.Is(err, errLater):
			pause(ctx, backoff.Next(), unpaused)
		case errors.Is(err, errMuchLater):
			pause(ctx, pauseLong, unpaused)
		case errors.Is(err, errForgotten):
			await(ctx, unpaused)
		default:
			backoff.Reset()
		}
	}
}

// rest reports whether the goroutine can end. Callers of wake that saw busy left their
// work to the goroutine, so rest clears busy first and then checks once more.
func (w *payWorker) rest() bool {
	w.busy.Store(false)
	return !w.pending() || !w.busy.CompareAndSwap(false, true)
}

// pending reports whether step would find something to do.
func (w *payWorker) pending() bool {
	waiting, barred := w.settlements.pending()
	return waiting || !barred && w.due()
}

// step takes the first step of these that is possible: apply an operator's resolution,
// bring an open settlement forward, start the settler, make a new settlement.
func (w *payWorker) step(ctx context.Context) error {
	if err := w.applyResolution(); err != nil {
		return err
	}
	s := w.settlements.open()
	if s != nil && s.State == Intended { // by an earlier process
		return w.advance(s, dropped, nil)
	}
	if w.outOfBand {
		w.settleOutOfBand()
		return w.recordOutOfBand()
	}
	if s != nil {
		return w.payAgain(ctx, s)
	}
	if err := w.startSettler(ctx); err != nil {
		return err
	}
	s, err := w.decide()
	if err != nil {
		return err
	}
	if err := w.advance(s, handed, nil); err != nil {
		return err
	}
	return w.pay(ctx, s)
}

// Bounds of the pause between two attempts. RFC 38 allows an hour at most.
const (
	pauseMin = time.Second
	pauseMax = 10 * time.Minute
	// pauseLong is the pause if the Settler says that asking again is of no use.
	pauseLong = time.Hour
)

// pause waits for a time, until a message ends it or ctx ends.
func pause(ctx context.Context, wait time.Duration, end <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-end:
	case <-ctx.Done():
	}
}

// await waits until a message ends it or ctx ends.
func await(ctx context.Context, end <-chan struct{}) {
	select {
	case <-end:
	case <-ctx.Done():
	}
}

package connector

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
)

// How often alerts are written.
const (
	alertsPause      = time.Second // the shortest time between two writes
	alertsCountPause = time.Minute // the shortest time between two writes of an alert that only counts up
)

// keepAlerts takes over the alerts of the last run. It has changes written down until end
// is called, which writes what is left. A crash may lose the changes of the last second,
// and counts of the last minute: losing an alert costs less than losing a balance.
func (c *Connector) keepAlerts() (end func(), err error) {
	w := &alertWriter{alerts: c.alerts, store: c.store, log: c.log, written: make(map[int64]writtenAlert)}
	if err := w.load(time.Now()); err != nil {
		return nil, fmt.Errorf("store %s: %w", alertsKey, err)
	}
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() { w.run(stop) })
	return func() {
		close(stop)
		writer.Wait()
	}, nil
}

// alertWriter writes alerts to the store. It compares what there is with what the store
// has, and writes the difference.
type alertWriter struct {
	alerts *account.Alerts
	store  store.Store
	log    *slog.Logger

	written map[int64]writtenAlert // what the store has, by id
	stale   []string               // keys to remove: of former versions, or damaged
	whole   bool                   // the next write must not be split
	failing bool                   // the last write has failed
}

// writtenAlert is an alert as it was last written.
type writtenAlert struct {
	account.Alert
	at time.Time
}

// load reads the alerts of the last run. A damaged one is logged and dropped: alerts are
// not balances, and must not keep us from starting.
func (w *alertWriter) load(now time.Time) error {
	former := make(map[int64]account.Alert)
	err := w.store.Load(alertsKey, func(key string, value []byte) error {
		alerts, ours, err := readAlerts(key, value)
		if !ours {
			return nil
		}
		if err != nil {
			w.log.Error("a damaged alert is dropped", "error", err)
		}
		if err != nil || key == alertsKey {
			w.stale = append(w.stale, key)
		}
		for _, a := range alerts {
			former[a.ID] = a
			if key != alertsKey {
				w.written[a.ID] = writtenAlert{a, now}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.alerts.Restore(slices.Collect(maps.Values(former)))
	w.whole = slices.Contains(w.stale, alertsKey) || w.moved()
	return nil
}

// moved reports whether an alert of the store is no longer there under its id. It may have
// another id, or be a part of another alert. A crash between its removal and the write
// of that one would lose it.
func (w *alertWriter) moved() bool {
	there := make(map[int64]bool)
	for _, a := range w.alerts.History() {
		there[a.ID] = true
	}
	for id := range w.written {
		if !there[id] {
			return true
		}
	}
	return false
}

// run writes changes until stop is closed, and then what is left.
func (w *alertWriter) run(stop <-chan struct{}) {
	counts := time.NewTicker(alertsCountPause / 4)
	defer counts.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	due := true     // there may be something to write
	rested := false // the pause is over
	for {
		changed := w.alerts.Changed()
		if due {
			changed = nil // a flood of changes need not wake us
		}
		select {
		case <-stop:
			w.finish()
			return
		case <-changed:
			due = true
		case <-counts.C:
			due = true
		case <-pause.C:
			rested = true
		}
		if due && rested {
			due, rested = w.write(false), false
			pause.Reset(alertsPause)
		}
	}
}

// finish writes all that is left, counts of the last minute too. It gives up if a write
// fails.
func (w *alertWriter) finish() {
	for w.write(true) && !w.failing {
	}
}

// write writes what has changed, as much as fits into one batch, and reports whether more
// is left. An alert that only counts up is left out until a minute after its last write,
// unless all is to be written.
func (w *alertWriter) write(all bool) (left bool) {
	now := time.Now()
	b, left := w.difference(now, all)
	if len(b.changes) == 0 {
		return false
	}
	if err := w.store.Apply(b.changes); err != nil {
		if !w.failing {
			w.log.Warn("alerts cannot be written down; a restart will not know them", "error", err)
		}
		w.failing = true
		return true
	}
	if w.failing {
		w.log.Info("alerts are written down again")
	}
	w.failing, w.whole = false, false
	w.stale = w.stale[b.stale:]
	for _, id := range b.removed {
		delete(w.written, id)
	}
	for _, a := range b.put {
		w.written[a.ID] = writtenAlert{a, now}
	}
	return left
}

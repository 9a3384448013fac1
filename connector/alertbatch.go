package connector

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
)

// alertsBatchMax bounds the keys and values of one write, in bytes.
const alertsBatchMax = 64 << 10

// alertBatch is a batch of bounded size, and what it does.
type alertBatch struct {
	changes store.Batch
	room    int // bytes that are left

	stale   int // how many of alertWriter.stale it removes
	removed []int64
	put     []account.Alert
}

// add adds a change if there is room for it. There is always room for the first one.
func (b *alertBatch) add(key string, value []byte) bool {
	size := len(key) + len(value)
	if size > b.room && len(b.changes) > 0 {
		return false
	}
	b.room -= size
	b.changes = append(b.changes, store.Change{Key: key, Value: value})
	return true
}

// difference returns what is to be written, and whether that is not all.
func (w *alertWriter) difference(now time.Time, all bool) (b alertBatch, left bool) {
	b.room = alertsBatchMax
	if w.whole {
		b.room = math.MaxInt // what the start has moved to other keys is moved at once, or not at all
	}
	gone := maps.Clone(w.written)
	var put []account.Alert
	for _, a := range w.alerts.History() {
		delete(gone, a.ID)
		if w.due(a, now, all) {
			put = append(put, a)
		}
	}
	for _, key := range w.stale {
		if !b.add(key, nil) {
			return b, true
		}
		b.stale++
	}
	for id := range gone {
		if !b.add(alertKey(id), nil) {
			return b, true
		}
		b.removed = append(b.removed, id)
	}
	slices.SortStableFunc(put, func(a, b account.Alert) int { return cmp.Compare(urgency(a), urgency(b)) })
	for _, a := range put {
		if !b.add(alertKey(a.ID), marshalAlert(a)) {
			return b, true
		}
		b.put = append(b.put, a)
	}
	return b, false
}

// due reports whether an alert is to be written.
func (w *alertWriter) due(a account.Alert, now time.Time, all bool) bool {
	before, there := w.written[a.ID]
	if !there || before.Alert == a {
		return !there
	}
	same := before.Alert
	same.Count, same.UpdatedAt = a.Count, a.UpdatedAt
	onlyCounted := same == a
	return all || !onlyCounted || now.Sub(before.at) >= alertsCountPause
}

// urgency returns the place of an alert in the order of writing. Those that have ended come
// first: a crash must not bring one back. Alerts about money follow. Those that other nodes
// cause come last, since they can be more than we can write.
func urgency(a account.Alert) int {
	switch {
	case a.State != account.AlertRaised:
		return -1
	case a.About == account.AboutMoney:
		return 0
	case a.TriggeredBy == "":
		return 1
	}
	return 2
}

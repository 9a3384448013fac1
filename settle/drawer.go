package settle

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// How long the ids of receipts are remembered, counted from when they last came. RFC 38
// demands a day. A settlement engine that was down asks again under the same id when it
// is back, so a month. An account with very many receipts gets no more than it must
// have, and a day to spare.
const (
	receiptsKept    = 30 * 24 * time.Hour
	receiptsKeptMin = 48 * time.Hour
	receiptsMax     = 100_000
	forgetMax       = 100 // at once
	touchEvery      = 24 * time.Hour
)

// receiptLog is the receipts of one account.
type receiptLog struct {
	accountID string

	mu     sync.Mutex // guards what follows, and is held while a receipt is recorded
	loaded bool
	unsure bool // a record has failed, and may be in the store all the same: see check
	byID   map[string]*Credit
	order  []*Credit           // by when they were last seen, longest ago first
	rests  map[string]leftover // by asset: the account may have had another one before
	moved  store.Batch         // leftovers of an earlier version, to be written under their new key

	turn    chan struct{} // full while it is the turn of a new receipt of an account with very many
	waiting atomic.Int32  // how many receipts wait for their turn, or have it
}

// check has the receipts read again after a failed record, once the ledger records again.
// Until then it returns the ledger's error: a read may take long and would help nothing.
func (d *receiptLog) check(ledger Ledger) error {
	if !d.unsure {
		return nil
	}
	if err := ledger.Record(d.accountID, balance.Amount{}, nil); err != nil {
		return err
	}
	d.loaded, d.unsure = false, false
	return nil
}

// load reads what the store remembers, once. It does not depend on the scale of the
// account, and on its asset only for a leftover of an earlier version.
func (d *receiptLog) load(from store.Store, asset string) error {
	if d.loaded {
		return nil
	}
	d.byID, d.order = make(map[string]*Credit), nil
	err := from.Load(receiptsOf(d.accountID), func(key string, value []byte) error {
		e, err := readCredit(d.accountID, key, value)
		if err != nil {
			return err
		}
		d.byID[e.ID] = e
		d.order = append(d.order, e)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(d.order, func(a, b *Credit) int { return a.Seen.Compare(b.Seen) })
	if d.rests, d.moved, err = loadLeftovers(from, d.accountID, asset); err != nil {
		return err
	}
	d.loaded = true
	return nil
}

func (d *receiptLog) find(id string) *Credit { return d.byID[id] }

// old is how many of the receipts at the head can be forgotten now.
func (d *receiptLog) old(now time.Time) int {
	n := 0
	for n < min(len(d.order), forgetMax) {
		age := now.Sub(d.order[n].Seen)
		if age <= receiptsKeptMin || age <= receiptsKept && len(d.order)-n < receiptsMax {
			break
		}
		n++
	}
	return n
}

// changes forgets the old and writes a new credit and what is left over.
func (d *receiptLog) changes(old int, e *Credit, asset string, rest leftover) store.Batch {
	var b store.Batch
	for _, gone := range d.order[:old] {
		b = append(b, store.Change{Key: gone.key()})
	}
	b = append(b, e.change())
	b = append(b, d.moved...)
	if !rest.equal(d.rests[asset]) {
		b = append(b, rest.change(d.accountID, asset))
	}
	return b
}

// enter is what changes wrote, in memory.
func (d *receiptLog) enter(old int, e *Credit, asset string, rest leftover) {
	for _, gone := range d.order[:old] {
		delete(d.byID, gone.ID)
	}
	d.order = append(slices.Delete(d.order, 0, old), e)
	d.byID[e.ID] = e
	d.rests[asset], d.moved = rest, nil
}

// touch notes that a receipt came again. It reports whether that is worth writing.
func (d *receiptLog) touch(e *Credit, now time.Time) bool {
	if now.Sub(e.Seen) < touchEvery {
		return false
	}
	e.Seen = now
	i := slices.Index(d.order, e)
	d.order = append(slices.Delete(d.order, i, i+1), e)
	return true
}

// latest is a copy of the credits, latest first.
func (d *receiptLog) latest(max int) []Credit {
	all := make([]Credit, 0, len(d.order))
	for _, e := range d.order {
		all = append(all, *e)
	}
	slices.SortStableFunc(all, func(a, b Credit) int { return b.At.Compare(a.At) })
	return all[:min(max, len(all))]
}

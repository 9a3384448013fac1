package settle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Bounds of the receipts that an account remembers. The time counts from when a receipt
// last came. RFC 38 demands a day. A settlement engine that was down asks again under the
// same id when it is back, so a receipt is remembered for a month. An account with very
// many receipts gets only what the RFC demands, and a day to spare.
const (
	receiptsKept    = 30 * 24 * time.Hour
	receiptsKeptMin = 48 * time.Hour
	receiptsMax     = 100_000
	forgetMax       = 100 // at once
	onceMax         = 1000
	touchEvery      = 24 * time.Hour
)

// An account whose engine makes up ids faster than RFC 38 lets us forget them must not
// fill the memory that other accounts need. Money has moved for each of its receipts, so
// none is refused for good. Instead each new receipt waits for its turn, one a second, and
// at most waitingMax wait at once.
//
// So the account remembers at most receiptsMax ids and one for each second of
// receiptsKeptMin: 272,800 in all. It remembers more only if the engine also repeats all
// the old ones every day, because then RFC 38 forbids to forget them.
const (
	turnEvery  = time.Second
	waitingMax = 32
)

// errThrottled says that a new receipt must wait for its turn.
var errThrottled = errors.New("the account has very many receipts")

// receiptLog holds the receipts and leftovers of one account.
type receiptLog struct {
	accountID string

	mu        sync.Mutex // guards what follows, and is held while a receipt is recorded
	loaded    bool
	unsure    bool // a record has failed, and may be in the store all the same: see check
	byID      map[string]*Credit
	bySeen    []*Credit           // longest ago first
	once      []*Credit           // of receipts that do not come again, oldest first, at most onceMax
	leftovers map[string]leftover // by asset: the account may have had another one before
	held      chan struct{}       // closed when receipts may be credited again, nil while they may
	moved     store.Batch         // writes leftovers of an earlier version under their new key

	turn    chan struct{} // full while one of the waiting receipts has its turn
	waiting atomic.Int32  // how many receipts wait for their turn, or have it
}

// check recovers from a failed record once the ledger records again: load then reads the
// receipts anew. Until then it returns the ledger's error, because reading may take long
// and would not help.
func (l *receiptLog) check(ledger Ledger) error {
	if !l.unsure {
		return nil
	}
	if err := ledger.Record(l.accountID, balance.Amount{}, nil); err != nil {
		return err
	}
	l.loaded, l.unsure = false, false
	return nil
}

// load reads the receipts and leftovers from the store, once. It does not depend on the
// scale of the account. It needs the asset only for a leftover of an earlier version.
func (l *receiptLog) load(from Ledger, asset string) error {
	if l.loaded {
		return nil
	}
	l.byID, l.bySeen, l.once = make(map[string]*Credit), nil, nil
	err := from.Load(receiptsOf(l.accountID), func(key string, value []byte) error {
		c, err := readCredit(l.accountID, key, value)
		if err != nil {
			return err
		}
		if c.once {
			l.once = append(l.once, c)
			return nil
		}
		l.byID[c.ID] = c
		l.bySeen = append(l.bySeen, c)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(l.once, func(a, b *Credit) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(l.bySeen, func(a, b *Credit) int { return a.Seen.Compare(b.Seen) })
	if l.leftovers, l.moved, err = loadLeftovers(from, l.accountID, asset); err != nil {
		return err
	}
	l.loaded = true
	return nil
}

func (l *receiptLog) find(id string) *Credit { return l.byID[id] }

// old returns how many receipts, from the one seen longest ago, can be forgotten now.
func (l *receiptLog) old(now time.Time) int {
	n := 0
	for n < min(len(l.bySeen), forgetMax) {
		age := now.Sub(l.bySeen[n].Seen)
		if age <= receiptsKeptMin || age <= receiptsKept && len(l.bySeen)-n < receiptsMax {
			break
		}
		n++
	}
	return n
}

// throttled reports whether so many receipts are remembered that a new one must wait.
func (l *receiptLog) throttled(now time.Time) bool { return len(l.bySeen)-l.old(now) >= receiptsMax }

// waitForTurn waits for the turn of a new receipt. It returns ErrBusy at once if too many
// receipts wait already. The lock is not held meanwhile, so repeated receipts do not wait.
func (l *receiptLog) waitForTurn() error {
	defer l.waiting.Add(-1)
	if l.waiting.Add(1) > waitingMax {
		return ErrBusy
	}
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	time.Sleep(turnEvery)
	return nil
}

// changes returns the changes that forget the old receipts, and write a new credit and what
// is left over.
func (l *receiptLog) changes(old int, c *Credit, asset string, rest leftover) store.Batch {
	var b store.Batch
	for _, gone := range l.bySeen[:old] {
		b = append(b, store.Change{Key: gone.key()})
	}
	for _, gone := range l.once[:l.surplus(c)] {
		b = append(b, store.Change{Key: gone.key()})
	}
	b = append(b, c.change())
	b = append(b, l.moved...)
	if !rest.equal(l.leftovers[asset]) {
		b = append(b, rest.change(l.accountID, asset))
	}
	return b
}

// add makes in memory the changes that changes returned.
func (l *receiptLog) add(old int, c *Credit, asset string, rest leftover) {
	for _, gone := range l.bySeen[:old] {
		delete(l.byID, gone.ID)
	}
	l.bySeen = slices.Delete(l.bySeen, 0, old)
	if c.once {
		l.once = append(slices.Delete(l.once, 0, l.surplus(c)), c)
	} else {
		l.bySeen = append(l.bySeen, c)
		l.byID[c.ID] = c
	}
	l.leftovers[asset], l.moved = rest, nil
}

// surplus returns how many of the receipts that do not come again are forgotten for a new one.
func (l *receiptLog) surplus(c *Credit) int {
	if !c.once {
		return 0
	}
	return max(len(l.once)+1-onceMax, 0)
}

// touch notes that a receipt came again. It reports whether that must be recorded.
func (l *receiptLog) touch(c *Credit, now time.Time) bool {
	if now.Sub(c.Seen) < touchEvery {
		return false
	}
	c.Seen = now
	i := slices.Index(l.bySeen, c)
	l.bySeen = append(slices.Delete(l.bySeen, i, i+1), c)
	return true
}

// latest returns copies of the credits, latest first, at most max of them.
func (l *receiptLog) latest(max int) []Credit {
	all := make([]Credit, 0, len(l.bySeen)+len(l.once))
	for _, c := range l.bySeen {
		all = append(all, *c)
	}
	for _, c := range l.once {
		all = append(all, *c)
	}
	slices.SortStableFunc(all, func(a, b Credit) int { return b.At.Compare(a.At) })
	return all[:min(max, len(all))]
}

// Credit is a receipt that was credited.
type Credit struct {
	Receipt
	AccountID string
	Credited  balance.Amount // in units that the account had then
	At        time.Time
	// Seen is when the receipt last came, to a day.
	Seen time.Time
}

// same reports whether a receipt that came again is for the same money, perhaps in another
// scale.
func (c *Credit) same(r Receipt) bool {
	finest := max(c.Scale, r.Scale)
	return scaled(c.Amount, c.Scale, finest).Cmp(scaled(r.Amount, r.Scale, finest)) == 0
}

// receiptsPrefix begins the keys of all receipts.
const receiptsPrefix = "receipts/"

// receiptsOf returns the prefix of the keys of an account's receipts.
func receiptsOf(accountID string) string { return receiptsPrefix + accountID + "/" }

func (c *Credit) key() string { return receiptsOf(c.AccountID) + c.ID }

// storedCredit is a Credit in the store.
type storedCredit struct {
	Version  int       `json:"version"`
	Amount   string    `json:"amount"`
	Scale    uint8     `json:"scale"`
	Credited string    `json:"credited"`
	At       time.Time `json:"at"`
	Seen     time.Time `json:"seen"`
	Once     bool      `json:"once,omitempty"`
}

// change returns the change that writes the credit to the store.
func (c *Credit) change() store.Change {
	value, err := json.Marshal(storedCredit{
		version, c.Amount.String(), c.Scale, c.Credited.String(), c.At, c.Seen, c.once,
	})
	if err != nil {
		panic("settle: a receipt is not JSON: " + err.Error())
	}
	return store.Change{Key: c.key(), Value: value}
}

// readCredit reads what change wrote.
func readCredit(accountID, key string, value []byte) (*Credit, error) {
	c, err := parseCredit(value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	c.AccountID, c.ID = accountID, strings.TrimPrefix(key, receiptsOf(accountID))
	return c, nil
}

func parseCredit(value []byte) (*Credit, error) {
	var stored storedCredit
	if err := json.Unmarshal(value, &stored); err != nil {
		return nil, err
	}
	if stored.Version != version {
		return nil, errVersion
	}
	amount, err := balance.Parse(stored.Amount)
	if err != nil {
		return nil, err
	}
	credited, err := balance.Parse(stored.Credited)
	if err != nil {
		return nil, err
	}
	return &Credit{
		Receipt: Receipt{Amount: amount, Scale: stored.Scale, once: stored.Once}, Credited: credited, At: stored.At, Seen: stored.Seen,
	}, nil
}

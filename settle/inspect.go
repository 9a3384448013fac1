package settle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/store"
)

// History returns the settlements that are remembered, latest first, of the accounts named
// or of all.
func (p *Payer) History(accountIDs ...string) []Settlement {
	var all []Settlement
	p.each(func(w *payWorker) {
		if len(accountIDs) == 0 || slices.Contains(accountIDs, w.account.ID) {
			all = append(all, w.settlements.latestFirst()...)
		}
	})
	slices.SortStableFunc(all, func(a, b Settlement) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.AccountID, b.AccountID))
	})
	return all
}

// startFault is why a settler does not start, and since when.
type startFault struct {
	text  string
	since time.Time
}

// next returns the fault after another try to start. f may be nil.
func (f *startFault) next(text string) *startFault {
	if f == nil {
		return &startFault{text, time.Now()}
	}
	return &startFault{text, f.since}
}

// Trouble returns why an account cannot settle as it should, and since when, or an empty text: its
// settler does not start, or the outcome of a settlement is unknown.
func (p *Payer) Trouble(accountID string) (text string, since time.Time) {
	w := p.find(accountID)
	if w == nil {
		return "", time.Time{}
	}
	if p.broken.Load() {
		return alertBroken, time.Time{}
	}
	if f := w.startFault.Load(); f != nil {
		return fmt.Sprintf(alertStart, f.text), f.since
	}
	return w.settlements.unknown()
}

// unknown returns that the outcome of a settlement is unknown, and since when, or an empty text.
func (l *settlementLog) unknown() (text string, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range slices.Backward(l.all) {
		if s.State == Unknown {
			return fmt.Sprintf("the outcome of settlement %s of %s is unknown: %s", s.ID, s.Amount, l.shownLocked(s).Reason), s.Updated
		}
	}
	return "", time.Time{}
}

func (l *settlementLog) latestFirst() []Settlement {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Settlement, 0, len(l.all))
	for _, s := range slices.Backward(l.all) {
		all = append(all, l.shownLocked(s))
	}
	return all
}

// needsOperator reports whether there is a settlement that the payer asks about no more.
func (l *settlementLog) needsOperator() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.all, func(s *Settlement) bool { return l.shownLocked(s).NeedsOperator })
}

// reasonForgotten precedes the latest answer of the settler.
const reasonForgotten = "not asked about any more, because the settler may have forgotten the id: " +
	"find out whether it was paid, and record that with 'ilp-connector settlements resolve'; last reason: "

// shownLocked returns a settlement as operators see it now.
func (l *settlementLog) shownLocked(s *Settlement) Settlement {
	shown := *s
	if shown.State == Unknown {
		shown.grow(time.Now())
		shown.NeedsOperator = l.mayBeForgotten(&shown)
	}
	if shown.NeedsOperator {
		shown.Reason = shorten(reasonForgotten + shown.Reason)
	}
	return shown
}

// Receipts returns the latest receipts of an account, latest first, at most max of them.
// It may read the store.
func (r *Receiver) Receipts(accountID string, max int) ([]Credit, error) {
	a := r.Find(accountID)
	if a == nil {
		return nil, ErrNoAccount
	}
	receipts := r.logOf(accountID)
	receipts.mu.Lock()
	defer receipts.mu.Unlock()
	if err := receipts.load(r.Ledger, a.AssetCode); err != nil {
		return nil, fmt.Errorf("receipts of account %q: %w", accountID, err)
	}
	return receipts.latest(max), nil
}

// Leftovers returns what is too small to credit, in the order of account ids and assets. It
// includes assets that an account had before. It reads the store.
func (r *Receiver) Leftovers() ([]Leftover, error) {
	var all []Leftover
	err := r.Ledger.Load(leftoversPrefix, func(key string, value []byte) error {
		l, err := readLeftover(key, value)
		if _, _, named := cutLeftoverKey(key); !named {
			if a := r.Find(l.AccountID); a != nil {
				l.Asset = a.AssetCode
			}
		}
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leftovers: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Leftover) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Asset, b.Asset))
	})
	return all, nil
}

// Counts counts the records of this package in a store that is not in use. The zero value
// has counted nothing.
type Counts struct {
	Open  int // settlements without an outcome
	Ended int // settlements with one

	Receipts  int
	Leftovers int
}

// Add counts an entry of the store and reports whether it is a record of this package. The
// error says that the record cannot be read.
func (c *Counts) Add(key string, value []byte) (ours bool, err error) {
	switch {
	case strings.HasPrefix(key, settlementsPrefix):
		account, id, _ := strings.Cut(key[len(settlementsPrefix):], "/")
		s, err := readSettlement(account, id, value)
		switch {
		case err != nil:
			return true, fmt.Errorf("read %s: %w", key, err)
		case s.State.Open():
			c.Open++
		default:
			c.Ended++
		}
	case strings.HasPrefix(key, receiptsPrefix):
		account, _, _ := strings.Cut(key[len(receiptsPrefix):], "/")
		if _, err := readCredit(account, key, value); err != nil {
			return true, err
		}
		c.Receipts++
	case strings.HasPrefix(key, leftoversPrefix):
		if _, err := readLeftover(key, value); err != nil {
			return true, err
		}
		c.Leftovers++
	default:
		return false, nil
	}
	return true, nil
}

// StoredOpen returns the ids of the open settlements in a store, in the order of their
// keys: those of an account, or of all accounts if accountID is empty.
func StoredOpen(from store.Store, accountID string) (ids []string, err error) {
	prefix := settlementsPrefix
	if accountID != "" {
		prefix = settlementsOf(accountID)
	}
	err = from.Load(prefix, func(key string, value []byte) error {
		var c Counts
		_, err := c.Add(key, value)
		if c.Open > 0 {
			ids = append(ids, key[strings.LastIndexByte(key, '/')+1:])
		}
		return err
	})
	return ids, err
}

// FirstOpen returns the first open settlement in a store of an account whose id begins so, empty if
// there is none.
func FirstOpen(from store.Store, idPrefix string) (accountID, id string, err error) {
	prefix := settlementsPrefix + idPrefix
	err = from.Load(prefix, func(key string, value []byte) error {
		var c Counts
		_, err := c.Add(key, value)
		if c.Open > 0 && id == "" {
			accountID, id, _ = strings.Cut(strings.TrimPrefix(key, settlementsPrefix), "/")
		}
		return err
	})
	return accountID, id, err
}

// reasonMax bounds the Reason of a Settlement, in bytes.
const reasonMax = 300

func shorten(text string) string { return Printable(text, reasonMax) }

// Printable makes text of an engine, a plugin or a peer fit for a log, an alert or an
// answer. It returns one line of UTF-8, at most max bytes long. A character that does not
// print becomes a space, and a byte that is not UTF-8 becomes U+FFFD.
func Printable(text string, max int) string {
	return clip.UTF8(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text), max)
}

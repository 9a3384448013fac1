package ledger

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unique"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// earningsPrefix begins the keys of earnings in the store. The id of the account, the scale
// and the asset code follow. A value is the amount, and since when it is counted:
//
//	earnings/alice/9/USD  ->  1500 2026-12-01T12:00:00Z
const earningsPrefix = "earnings/"

// earnings are the sums of what the spread has earned, by account and unit.
type earnings struct {
	recent map[parties]*earning // those that the writer met lately
	raised []*earning           // those that it is about to write

	mu     sync.Mutex // guards byUnit and earning.Amount
	byUnit map[unitOf]*earning
}

// parties are two accounts that packets go between.
type parties struct{ from, to *account.Account }

// unitOf names an account.Earning.
type unitOf struct {
	accountID, asset string
	scale            uint8
}

// earning is an account.Earning and how it is written. All but the Earning is the writer's.
type earning struct {
	account.Earning
	key    string // empty if no store can keep it
	next   balance.Amount
	raised bool
	value  []byte
}

// earned is what a packet from one account to another has earned. The zero value is nothing.
type earned struct {
	from, to *account.Account
	amount   balance.Amount
}

// recentMax is how many pairs of accounts the writer remembers.
const recentMax = 1 << 14

func (s *earnings) init() {
	s.recent = make(map[parties]*earning)
	s.byUnit = make(map[unitOf]*earning)
}

// spread returns what the spread has kept of the packet.
func (t *Transfer) spread() balance.Amount {
	kept, _ := balance.FromUint64(t.AtMid).Sub(balance.FromUint64(t.Out)) // fits: both are uint64
	return kept
}

// Earn counts what a packet has earned that is not entered, because no store keeps balances.
// It is safe for concurrent use, and does not wait.
func (l *Ledger) Earn(t Transfer) {
	if t.AtMid == t.Out || t.From == nil || t.To == nil {
		return
	}
	l.earnings.mu.Lock()
	defer l.earnings.mu.Unlock()
	x := l.earnings.ofLocked(t.From, t.To)
	if sum, fits := x.Amount.Add(t.spread()); fits {
		x.Amount = sum
	}
}

// Earnings returns what the spread has earned and the store has, in the order of the account
// ids and assets. With ids it returns that of these accounts alone.
func (l *Ledger) Earnings(ids ...string) (list []account.Earning) {
	l.earnings.mu.Lock()
	for _, x := range l.earnings.byUnit {
		if len(ids) == 0 || slices.Contains(ids, x.AccountID) {
			list = append(list, x.Earning)
		}
	}
	l.earnings.mu.Unlock()
	slices.SortFunc(list, func(a, b account.Earning) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.AssetCode, b.AssetCode), cmp.Compare(a.AssetScale, b.AssetScale))
	})
	return list
}

// earn adds what a packet has earned to what is to be written. A sum that does not fit stays as
// it is, since no payment may fail because of a statistic; that takes 2^63 of the largest packets.
func (s *earnings) earn(e *earned) {
	if e.from == nil {
		return
	}
	between := parties{e.from, e.to}
	x := s.recent[between]
	if x == nil {
		if len(s.recent) >= recentMax { // some are of accounts that are gone
			clear(s.recent)
		}
		s.mu.Lock()
		x = s.ofLocked(e.from, e.to)
		s.mu.Unlock()
		s.recent[between] = x
	}
	if sum, fits := x.next.Add(e.amount); fits {
		x.next = sum
	}
	if !x.raised {
		x.raised = true
		s.raised = append(s.raised, x)
	}
}

// ofLocked returns the earning of packets between two accounts, and adds it if it is new.
func (s *earnings) ofLocked(from, to *account.Account) *earning {
	unit := unitOf{from.ID, to.AssetCode, to.AssetScale}
	x := s.byUnit[unit]
	if x == nil {
		x = newEarning(unit, time.Now().UTC().Truncate(time.Second))
		s.byUnit[unit] = x
	}
	return x
}

func newEarning(unit unitOf, since time.Time) *earning {
	x := &earning{
		Earning: account.Earning{AccountID: unit.accountID, AssetCode: unique.Make(unit.asset).Value(), AssetScale: unit.scale, Since: since},
		key:     fmt.Sprintf("%s%s/%d/%s", earningsPrefix, unit.accountID, unit.scale, unit.asset),
	}
	if (store.Batch{x.change()}).Validate() != nil { // it would fail the whole batch
		x.key = ""
	}
	return x
}

// append appends what the store must change.
func (s *earnings) append(batch store.Batch) store.Batch {
	for _, x := range s.raised {
		if x.key != "" {
			batch = append(batch, x.change())
		}
	}
	return batch
}

// change returns what to write. It is valid until the next call.
func (x *earning) change() store.Change {
	x.value, _ = x.next.AppendText(x.value[:0])
	x.value = x.Since.AppendFormat(append(x.value, ' '), time.RFC3339)
	return store.Change{Key: x.key, Value: x.value}
}

// finish ends a write.
func (s *earnings) finish(written bool) {
	if len(s.raised) == 0 {
		return
	}
	s.mu.Lock()
	for _, x := range s.raised {
		x.raised = false
		if written {
			x.Amount = x.next
		}
	}
	s.mu.Unlock()
	clear(s.raised)
	s.raised = s.raised[:0]
}

// load reads the earnings that a store has.
func (s *earnings) load(from store.Store) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return from.Load(earningsPrefix, func(key string, value []byte) error {
		x, err := parseEarning(key, value)
		if err == nil {
			s.byUnit[unitOf{x.AccountID, x.AssetCode, x.AssetScale}] = x
		}
		return err
	})
}

// IsEarning reports whether an entry of a store is an account.Earning. The error says that it cannot be
// read.
func IsEarning(key string, value []byte) (yes bool, err error) {
	if yes = strings.HasPrefix(key, earningsPrefix); yes {
		_, err = parseEarning(key, value)
	}
	return yes, err
}

// parseEarning reads what change writes.
func parseEarning(key string, value []byte) (*earning, error) {
	id, unit, ok := strings.Cut(strings.TrimPrefix(key, earningsPrefix), "/")
	scale, asset, ok2 := strings.Cut(unit, "/")
	n, err := strconv.ParseUint(scale, 10, 8)
	amount, since, ok3 := bytes.Cut(value, []byte(" "))
	sum, err2 := balance.Parse(string(amount))
	at, err3 := time.Parse(time.RFC3339, string(since))
	if !ok || !ok2 || !ok3 || err != nil || err2 != nil || err3 != nil {
		return nil, fmt.Errorf("%s: %.100q is no amount that was earned: restore the store from a backup", key, value)
	}
	x := newEarning(unitOf{id, asset, uint8(n)}, at)
	x.Amount, x.next = sum, sum
	return x, nil
}

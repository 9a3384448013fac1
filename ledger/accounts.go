package ledger

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/store"
)

// accounts are the balances of a Ledger.
type accounts struct {
	numbered atomic.Pointer[[]*Account] // by account.Account.LedgerNumber, from 1 on; none ever moves

	changing sync.Mutex // guards byID, and changes of numbered and of Account.balance
	byID     map[string]*Account
}

func (s *accounts) init() {
	s.byID = make(map[string]*Account)
	s.numbered.Store(&[]*Account{nil})
}

// load reads the balances that a store has.
func (s *accounts) load(from store.Store) (n int, err error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	err = from.Load(keyPrefix, func(key string, value []byte) error {
		x, err := parseAccount(key, value)
		if err == nil {
			s.byID[x.ID] = x
		}
		return err
	})
	return len(s.byID), err
}

// of returns the balance of an account, nil if it has none.
func (s *accounts) of(a *account.Account) *Account {
	if a == nil {
		return nil
	}
	return (*s.numbered.Load())[a.LedgerNumber]
}

// Lookup returns the balance of an account id, nil if there is none.
func (s *accounts) Lookup(accountID string) *Account {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.byID[accountID]
}

// Attach gives an account its balance: the one that its id has, or 0. It is called before
// the account is in the registry, or before Start.
//
// The unit of an account id may change while its balance is 0 and nothing is under way.
// Otherwise the error wraps a UnitError, or says what is under way. The error may also say
// that the store cannot keep a balance under that id.
func (l *Ledger) Attach(a *account.Account) error {
	if a.Balance == nil {
		return nil
	}
	fresh := newAccount(a.ID, a.AssetCode, a.AssetScale)
	if !l.Volatile {
		if err := (store.Batch{fresh.change()}).Validate(); err != nil {
			return err
		}
	}
	l.changing.Lock()
	defer l.changing.Unlock()
	x := l.byID[a.ID]
	if x != nil && !x.fits(a) {
		if err := l.Apply(nil); err != nil { // what was entered is posted
			return err
		}
		if err := x.idle(fresh.Unit()); err != nil {
			return err
		}
		x = nil
	}
	if x == nil {
		x = fresh
		l.byID[a.ID] = x
	}
	switch {
	case x.balance != nil:
		x.balance.SetLimits(*a.Limits)
		a.Balance, a.LedgerNumber = x.balance, x.number
	case l.Volatile:
		x.balance = a.Balance // packets may be moving it already
	default:
		a.Balance.Restore(x.Posted())
		x.balance = a.Balance
		longer := append(*l.numbered.Load(), x) // beyond the end of what others see
		x.number = uint32(len(longer) - 1)
		l.numbered.Store(&longer)
		a.LedgerNumber = x.number
	}
	return nil
}

// settled returns the balance that a settlement of an account id moves, nil if there is
// none. a is the account that has the id now: nil if it is just gone. behind says that
// the Balance in memory must follow, since a does not have it.
func (l *Ledger) settled(a *account.Account, id string) (x *Account, behind bool) {
	if a != nil && a.LedgerNumber != 0 {
		return l.of(a), false
	}
	x = l.Lookup(id)
	switch {
	case x == nil:
		return nil, false
	case a == nil && x.balance == nil:
		return nil, false
	case a == nil:
		return x, false
	case !x.fits(a):
		return nil, false
	}
	return x, x.balance != nil
}

// Former returns the balances that are not 0 and that no account has, in the order of
// their ids: of accounts that were removed, or have no balance or another unit now.
func (l *Ledger) Former() (former []*Account) {
	l.changing.Lock()
	defer l.changing.Unlock()
	for _, x := range l.byID {
		if l.isFormer(x) {
			former = append(former, x)
		}
	}
	slices.SortFunc(former, func(a, b *Account) int { return cmp.Compare(a.ID, b.ID) })
	return former
}

// FormerOf returns the balance of an id if Former would, otherwise nil.
func (l *Ledger) FormerOf(id string) *Account {
	l.changing.Lock()
	defer l.changing.Unlock()
	if x := l.byID[id]; x != nil && l.isFormer(x) {
		return x
	}
	return nil
}

func (l *Ledger) isFormer(x *Account) bool {
	return !l.Volatile && x.Posted().Sign() != 0 && !l.held(x)
}

// held reports whether an account has the balance x.
func (l *Ledger) held(x *Account) bool {
	a := l.Find(x.ID)
	return a != nil && l.of(a) == x
}

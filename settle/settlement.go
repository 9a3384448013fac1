package settle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Settlement is one payment to a counterparty, from decision to end.
type Settlement struct {
	ID        string
	AccountID string
	State     State
	// Amount is in units of the account: what the balance rises by once it is sent.
	Amount balance.Amount
	// Payment is the same money as the settler was told it.
	Payment Payment
	// Attempts counts the calls of Pay this process has made for it.
	Attempts int
	Created  time.Time
	Updated  time.Time // when the state last changed
	// Reason is what the settler last said if it did not say yes. If NeedsOperator, it
	// begins with what to do.
	Reason string
	// NeedsOperator says that the outcome is unknown and that the settler is not asked
	// any more, because it may have forgotten the ID. Only Desk.Resolve ends it.
	NeedsOperator bool

	age  time.Duration // since it was decided on, when it was last looked at
	seen time.Time     // when that was
}

// version is that of everything this package writes. What another version wrote is
// refused: money is not guessed.
const version = 1

// reasonMax bounds a Reason.
const reasonMax = 300

// errVersion says that a record was written by another version, or not by us.
var errVersion = errors.New("the record is of another version")

// written is a Settlement in the store.
type written struct {
	Version int       `json:"version"`
	State   string    `json:"state"`
	Amount  string    `json:"amount"`
	Pay     string    `json:"pay"`
	Scale   uint8     `json:"scale"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Reason  string    `json:"reason,omitempty"`
	// Age and Seen are there while it is open. A record without them is of Created.
	Age  time.Duration `json:"age,omitempty"`
	Seen time.Time     `json:"seen,omitzero"`
}

// settlements is what the keys of settlements begin with.
const settlements = "settlements/"

// settlementsOf is what the keys of an account's settlements begin with.
func settlementsOf(accountID string) string { return settlements + accountID + "/" }

// key is where the settlement is kept.
func (s *Settlement) key() string { return settlementsOf(s.AccountID) + s.ID }

// change is the settlement as a change of the store.
func (s *Settlement) change() store.Change {
	w := written{
		Version: version, State: s.State.String(), Amount: s.Amount.String(),
		Pay: s.Payment.Amount.String(), Scale: s.Payment.Scale,
		Created: s.Created, Updated: s.Updated, Reason: s.Reason,
	}
	if s.State.Open() {
		w.Age, w.Seen = s.age, s.seen
	}
	value, err := json.Marshal(w)
	if err != nil {
		panic("settle: a settlement is not JSON: " + err.Error())
	}
	return store.Change{Key: s.key(), Value: value}
}

// readSettlement reads what change wrote.
func readSettlement(accountID, id string, value []byte) (*Settlement, error) {
	var w written
	if err := json.Unmarshal(value, &w); err != nil {
		return nil, err
	}
	if w.Version != version {
		return nil, errVersion
	}
	state, ok := parseState(w.State)
	if !ok {
		return nil, fmt.Errorf("state %q", w.State)
	}
	amount, err := balance.Parse(w.Amount)
	if err != nil {
		return nil, err
	}
	pay, err := balance.Parse(w.Pay)
	if err != nil {
		return nil, err
	}
	if w.Age < 0 || w.Age > ageMax {
		return nil, fmt.Errorf("age %s", w.Age)
	}
	if w.Seen.IsZero() {
		w.Seen = w.Created
	}
	return &Settlement{
		ID: id, AccountID: accountID, State: state, Amount: amount,
		Payment: Payment{ID: id, Amount: pay, Scale: w.Scale},
		Created: w.Created, Updated: w.Updated, Reason: clip(w.Reason), // an earlier version cut it anywhere
		age: w.Age, seen: w.Seen,
	}, nil
}

// loadSettlements reads the settlements of an account, oldest first.
func loadSettlements(from store.Store, accountID string) ([]*Settlement, error) {
	var all []*Settlement
	prefix := settlementsOf(accountID)
	err := from.Load(prefix, func(key string, value []byte) error {
		s, err := readSettlement(accountID, key[len(prefix):], value)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		all = append(all, s)
		return nil
	})
	slices.SortStableFunc(all, func(a, b *Settlement) int { return a.Created.Compare(b.Created) })
	return all, err
}

func clip(text string) string { return Printable(text, reasonMax) }

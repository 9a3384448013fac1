package settle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// Settlement is one payment to a counterparty, from the decision to the outcome.
type Settlement struct {
	ID        string
	AccountID string
	State     State
	// Amount is in units of the account. The balance rises by it once the money is sent.
	Amount balance.Amount
	// Payment is the same money in the settler's units.
	Payment Payment
	// Attempts counts the calls of Pay by this process.
	Attempts int
	Created  time.Time
	Updated  time.Time // when the state last changed
	// Reason is the latest answer of the settler, if that was not a success. If
	// NeedsOperator is set, Reason begins with what to do.
	Reason string
	// NeedsOperator says that the outcome is unknown and that the payer asks no more,
	// because the settler may have forgotten the ID. Only Payer.Resolve ends the settlement.
	NeedsOperator bool

	age  time.Duration // time from the decision to seen
	seen time.Time     // when age was last computed
}

// State says how far a settlement has come. The package comment draws the transitions.
//
// The payer records each state before it acts on it: intended before anything else, sent
// before the first call of Pay, confirmed and not sent before the next settlement. A
// settlement that is sent when a process starts becomes unknown. Booked and written off are
// entries of an account that settles out of band. They are recorded in one step, and never
// change.
type State uint8

// The states.
const (
	Intended   State = iota + 1 // decided; the settler does not know of it
	Sent                        // the payer calls the settler for the first time
	Confirmed                   // the money is on its way
	NotSent                     // no money moved or will move, and the debt remains
	Unknown                     // the outcome is unknown; the payer asks again under the same id, for 20 hours
	Booked                      // the balance rose as if paid; nothing pays the account, so no money moved
	WrittenOff                  // the same, because an operator asked for it
)

// Open reports whether the settlement has no outcome yet.
func (s State) Open() bool { return s == Intended || s == Sent || s == Unknown }

// event is what happens to a settlement.
type event uint8

const (
	handed  event = iota // the payer is about to call the settler
	dropped              // the process ended before the payer called the settler
	paid                 // the settler or an operator says that the money was sent
	refused              // a call sent nothing; earlier calls may have sent it
	voided               // the settler or an operator says that no call sent or will send it
	lost                 // a call ended without a usable answer
)

// next returns the state after an event; ok is false if the event cannot happen.
func next(s State, e event) (after State, ok bool) {
	switch s {
	case Intended:
		switch e {
		case handed:
			return Sent, true
		case dropped:
			return NotSent, true
		}
	case Sent:
		switch e {
		case paid:
			return Confirmed, true
		case refused, voided:
			return NotSent, true
		case lost:
			return Unknown, true
		}
	case Unknown:
		switch e {
		case paid:
			return Confirmed, true
		case voided:
			return NotSent, true
		case refused, lost:
			return Unknown, true
		}
	}
	return s, false
}

// stateNames are the states as the store and operators see them.
var stateNames = [...]string{
	Intended: "intended", Sent: "sent", Confirmed: "confirmed", NotSent: "not sent", Unknown: "unknown",
	Booked: "booked", WrittenOff: "written off",
}

// String returns the name of the state, as the store and operators see it.
func (s State) String() string {
	if int(s) < len(stateNames) && stateNames[s] != "" {
		return stateNames[s]
	}
	return "none"
}

// parseState reads what String wrote.
func parseState(text string) (s State, ok bool) {
	i := slices.Index(stateNames[:], text)
	return State(max(i, 0)), i > 0
}

// version is the version of all records of this package. Records of another version are
// refused, because an amount must not be guessed.
const version = 1

// errVersion says that another version, or another program, wrote a record.
var errVersion = errors.New("the record is of another version")

// settlementsPrefix begins the keys of all settlements.
const settlementsPrefix = "settlements/"

// settlementsOf returns the prefix of the keys of an account's settlements.
func settlementsOf(accountID string) string { return settlementsPrefix + accountID + "/" }

func (s *Settlement) key() string { return settlementsOf(s.AccountID) + s.ID }

// storedSettlement is a Settlement in the store.
type storedSettlement struct {
	Version int       `json:"version"`
	State   string    `json:"state"`
	Amount  string    `json:"amount"`
	Pay     string    `json:"pay"`
	Scale   uint8     `json:"scale"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Reason  string    `json:"reason,omitempty"`
	// Age and Seen are there while the settlement is open. Records of earlier versions
	// lack them; their age counts from Created.
	Age  time.Duration `json:"age,omitempty"`
	Seen time.Time     `json:"seen,omitzero"`
	// Paid tells a settlement that was confirmed from an entry out of band of an earlier
	// version, which is confirmed as well. Settlements of that version lack it, too.
	Paid bool `json:"paid,omitempty"`
}

// change returns the change that writes the settlement to the store.
func (s *Settlement) change() store.Change {
	stored := storedSettlement{
		Version: version, State: s.State.String(), Amount: s.Amount.String(),
		Pay: s.Payment.Amount.String(), Scale: s.Payment.Scale,
		Created: s.Created, Updated: s.Updated, Reason: s.Reason,
		Paid: s.State == Confirmed,
	}
	if s.State.Open() {
		stored.Age, stored.Seen = s.age, s.seen
	}
	value, err := json.Marshal(stored)
	if err != nil {
		panic("settle: a settlement is not JSON: " + err.Error())
	}
	return store.Change{Key: s.key(), Value: value}
}

// readSettlement reads what change wrote.
func readSettlement(accountID, id string, value []byte) (*Settlement, error) {
	var stored storedSettlement
	if err := json.Unmarshal(value, &stored); err != nil {
		return nil, err
	}
	if stored.Version != version {
		return nil, errVersion
	}
	state, ok := parseState(stored.State)
	if !ok {
		return nil, fmt.Errorf("state %q", stored.State)
	}
	if state == Confirmed && !stored.Paid && stored.Created.Equal(stored.Updated) {
		state = Booked // in one step; what a settler has paid was recorded as intended and as sent before
	}
	amount, err := balance.Parse(stored.Amount)
	if err != nil {
		return nil, err
	}
	pay, err := balance.Parse(stored.Pay)
	if err != nil {
		return nil, err
	}
	if stored.Age < 0 || stored.Age > ageMax {
		return nil, fmt.Errorf("age %s", stored.Age)
	}
	if stored.Seen.IsZero() {
		stored.Seen = stored.Created
	}
	return &Settlement{
		ID: id, AccountID: accountID, State: state, Amount: amount,
		Payment: Payment{ID: id, Amount: pay, Scale: stored.Scale},
		Created: stored.Created, Updated: stored.Updated,
		Reason: shorten(stored.Reason), // an earlier version may have cut it inside a character
		age:    stored.Age, seen: stored.Seen,
	}, nil
}

// newID returns a random UUID. Every settlement engine accepts one as an idempotency key.
func newID() string { return uuid.New().String() }

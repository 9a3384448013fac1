package settle

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Credit is a receipt as it was credited.
type Credit struct {
	Receipt
	AccountID string
	Credited  balance.Amount // in units that the account had then
	At        time.Time
	// Seen is when the receipt last came, to a day.
	Seen time.Time
}

// same reports whether a receipt that came again is this one. The same money told in
// another scale is.
func (e *Credit) same(r Receipt) bool {
	finest := max(e.Scale, r.Scale)
	return scaled(e.Amount, e.Scale, finest).Cmp(scaled(r.Amount, r.Scale, finest)) == 0
}

// writtenReceipt is a Credit in the store.
type writtenReceipt struct {
	Version  int       `json:"version"`
	Amount   string    `json:"amount"`
	Scale    uint8     `json:"scale"`
	Credited string    `json:"credited"`
	At       time.Time `json:"at"`
	Seen     time.Time `json:"seen"`
}

// receipts is what the keys of receipts begin with.
const receipts = "receipts/"

// receiptsOf is what the keys of an account's receipts begin with.
func receiptsOf(accountID string) string { return receipts + accountID + "/" }

func (e *Credit) key() string { return receiptsOf(e.AccountID) + e.ID }

// change is the credit as a change of the store.
func (e *Credit) change() store.Change {
	value, err := json.Marshal(writtenReceipt{
		version, e.Amount.String(), e.Scale, e.Credited.String(), e.At, e.Seen,
	})
	if err != nil {
		panic("settle: a receipt is not JSON: " + err.Error())
	}
	return store.Change{Key: e.key(), Value: value}
}

// readCredit reads what change wrote.
func readCredit(accountID, key string, value []byte) (*Credit, error) {
	e, err := parseCredit(value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	e.AccountID, e.ID = accountID, strings.TrimPrefix(key, receiptsOf(accountID))
	return e, nil
}

func parseCredit(value []byte) (*Credit, error) {
	var w writtenReceipt
	if err := json.Unmarshal(value, &w); err != nil {
		return nil, err
	}
	if w.Version != version {
		return nil, errVersion
	}
	amount, err := balance.Parse(w.Amount)
	if err != nil {
		return nil, err
	}
	credited, err := balance.Parse(w.Credited)
	if err != nil {
		return nil, err
	}
	return &Credit{Receipt: Receipt{Amount: amount, Scale: w.Scale}, Credited: credited, At: w.At, Seen: w.Seen}, nil
}

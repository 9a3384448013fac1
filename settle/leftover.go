package settle

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Leftover is money that a counterparty has paid and that is less than a unit of its
// account, in units of 10^-Scale.
type Leftover struct {
	AccountID string
	Amount    *big.Int
	Scale     uint8
}

// leftover is a Leftover as the cashier counts with it; the zero value is none. It never
// ends in a zero that its scale could do without.
type leftover struct {
	amount *big.Int // nil for none
	scale  uint8
}

// add adds a receipt. What makes whole units of the account is credited - the floor is
// here - and the rest is left over, to the last digit. fits is false if the credit is
// more than an Amount.
func (l leftover) add(amount balance.Amount, scale, accountScale uint8) (credited balance.Amount, rest leftover, fits bool) {
	finest := max(scale, l.scale, accountScale)
	sum := scaled(amount, scale, finest)
	if l.amount != nil {
		sum.Add(sum, new(big.Int).Mul(l.amount, power(finest-l.scale)))
	}
	whole, over := sum.QuoRem(sum, power(finest-accountScale), new(big.Int))
	credited, fits = fromBig(whole)
	return credited, leftover{over, finest}.normal(), fits
}

// scaled is an amount in units of 10^-to, which are not larger than its own.
func scaled(amount balance.Amount, from, to uint8) *big.Int {
	return new(big.Int).Mul(amount.Big(), power(to-from))
}

// normal drops zeros at the end.
func (l leftover) normal() leftover {
	if l.amount.Sign() == 0 {
		return leftover{}
	}
	ten, digit := big.NewInt(10), new(big.Int)
	for l.scale > 0 {
		shorter, _ := new(big.Int).QuoRem(l.amount, ten, digit)
		if digit.Sign() != 0 {
			break
		}
		l = leftover{shorter, l.scale - 1}
	}
	return l
}

func (l leftover) equal(other leftover) bool {
	if l.amount == nil || other.amount == nil {
		return l.amount == other.amount
	}
	return l.scale == other.scale && l.amount.Cmp(other.amount) == 0
}

// writtenLeftover is a leftover in the store.
type writtenLeftover struct {
	Version int    `json:"version"`
	Amount  string `json:"amount"`
	Scale   uint8  `json:"scale"`
}

// leftovers is what the keys of leftovers begin with; account ids follow.
const leftovers = "leftovers/"

// change is the leftover as a change of the store; none removes the key.
func (l leftover) change(accountID string) store.Change {
	if l.amount == nil {
		return store.Change{Key: leftovers + accountID}
	}
	value, err := json.Marshal(writtenLeftover{version, l.amount.String(), l.scale})
	if err != nil {
		panic("settle: a leftover is not JSON: " + err.Error())
	}
	return store.Change{Key: leftovers + accountID, Value: value}
}

// readLeftover reads what change wrote.
func readLeftover(key string, value []byte) (Leftover, error) {
	var w writtenLeftover
	err := json.Unmarshal(value, &w)
	amount, ok := new(big.Int).SetString(w.Amount, 10)
	switch {
	case err != nil:
	case w.Version != version:
		err = errVersion
	case !ok || amount.Sign() < 0:
		err = errors.New("the amount is none")
	}
	if err != nil {
		return Leftover{}, fmt.Errorf("read %s: %w", key, err)
	}
	return Leftover{strings.TrimPrefix(key, leftovers), amount, w.Scale}, nil
}

// loadLeftover reads the leftover of one account.
func loadLeftover(from store.Store, accountID string) (l leftover, err error) {
	err = from.Load(leftovers+accountID, func(key string, value []byte) error {
		if key != leftovers+accountID {
			return nil // an account whose id begins so
		}
		read, err := readLeftover(key, value)
		l = leftover{read.Amount, read.Scale}
		return err
	})
	return l, err
}

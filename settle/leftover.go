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
// account, in units of 10^-Scale of an asset.
type Leftover struct {
	AccountID string
	// Asset is the code of the asset it was paid in. The account may have another one now.
	// It is empty for a leftover of an earlier version whose account does not exist.
	Asset  string
	Amount *big.Int
	Scale  uint8
}

// leftover is a Leftover for counting; the zero value is none. Its scale is the smallest
// that holds all digits.
type leftover struct {
	amount *big.Int // nil for none
	scale  uint8
}

// add adds a receipt. It rounds down: whole units of the account are credited, and the rest
// is left over, to the last digit. fits is false if the credit is more than an Amount.
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

// plus returns the sum, to the last digit. It may be more than a unit of the account.
func (l leftover) plus(other leftover) leftover {
	if l.amount == nil {
		return other
	}
	if other.amount == nil {
		return l
	}
	finest := max(l.scale, other.scale)
	sum := new(big.Int).Mul(l.amount, power(finest-l.scale))
	sum.Add(sum, new(big.Int).Mul(other.amount, power(finest-other.scale)))
	return leftover{sum, finest}.normal()
}

// normal drops zeros at the end, and with them as much of the scale.
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

// leftoversPrefix begins the keys of all leftovers. The id of the account, a slash and the
// asset follow, as in leftovers/bob/USD: what was paid in one asset is never credited in
// another. An earlier version wrote the id alone. An id contains no slash.
const leftoversPrefix = "leftovers/"

func leftoverKey(accountID, asset string) string { return leftoversPrefix + accountID + "/" + asset }

// cutLeftoverKey reads a key. named is false for a key of an earlier version, which does
// not name the asset.
func cutLeftoverKey(key string) (accountID, asset string, named bool) {
	return strings.Cut(strings.TrimPrefix(key, leftoversPrefix), "/")
}

// storedLeftover is a leftover in the store.
type storedLeftover struct {
	Version int    `json:"version"`
	Amount  string `json:"amount"`
	Scale   uint8  `json:"scale"`
}

// change returns the change that writes the leftover to the store. For none, that removes
// the key.
func (l leftover) change(accountID, asset string) store.Change {
	key := leftoverKey(accountID, asset)
	if l.amount == nil {
		return store.Change{Key: key}
	}
	value, err := json.Marshal(storedLeftover{version, l.amount.String(), l.scale})
	if err != nil {
		panic("settle: a leftover is not JSON: " + err.Error())
	}
	return store.Change{Key: key, Value: value}
}

// readLeftover reads what change wrote.
func readLeftover(key string, value []byte) (Leftover, error) {
	var stored storedLeftover
	err := json.Unmarshal(value, &stored)
	amount, ok := new(big.Int).SetString(stored.Amount, 10)
	switch {
	case err != nil:
	case stored.Version != version:
		err = errVersion
	case !ok || amount.Sign() < 0:
		err = errors.New("the amount is not a number, or negative")
	}
	if err != nil {
		return Leftover{}, fmt.Errorf("read %s: %w", key, err)
	}
	accountID, asset, _ := cutLeftoverKey(key)
	return Leftover{accountID, asset, amount, stored.Scale}, nil
}

// loadLeftovers reads the leftovers of one account, by asset. A leftover of an earlier
// version is taken to be in asset, which is the asset of the account now. moved writes it
// under its new key; until that is recorded, the store has it under the old one.
func loadLeftovers(from Ledger, accountID, asset string) (byAsset map[string]leftover, moved store.Batch, err error) {
	byAsset = make(map[string]leftover)
	err = from.Load(leftoversPrefix+accountID, func(key string, value []byte) error {
		id, of, named := cutLeftoverKey(key)
		if id != accountID {
			return nil // the id of another account begins with this one
		}
		read, err := readLeftover(key, value)
		if err != nil {
			return err
		}
		if !named {
			of, moved = asset, store.Batch{{Key: key}}
		}
		byAsset[of] = byAsset[of].plus(leftover{read.Amount, read.Scale})
		return nil
	})
	if moved != nil {
		moved = append(moved, byAsset[asset].change(accountID, asset))
	}
	return byAsset, moved, err
}

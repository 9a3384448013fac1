package settle

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ilp-go/connector/store"
)

// writtenLeftover is a leftover in the store.
type writtenLeftover struct {
	Version int    `json:"version"`
	Amount  string `json:"amount"`
	Scale   uint8  `json:"scale"`
}

// leftovers is what the keys of leftovers begin with. The id of the account, a slash and
// the asset follow, as in leftovers/bob/USD: what was paid in one asset is never credited
// in another. An earlier version wrote the id alone. An id contains no slash.
const leftovers = "leftovers/"

func leftoverKey(accountID, asset string) string { return leftovers + accountID + "/" + asset }

// cutLeftoverKey reads a key. named is false for one of an earlier version.
func cutLeftoverKey(key string) (accountID, asset string, named bool) {
	return strings.Cut(strings.TrimPrefix(key, leftovers), "/")
}

// change is the leftover as a change of the store; none removes the key.
func (l leftover) change(accountID, asset string) store.Change {
	key := leftoverKey(accountID, asset)
	if l.amount == nil {
		return store.Change{Key: key}
	}
	value, err := json.Marshal(writtenLeftover{version, l.amount.String(), l.scale})
	if err != nil {
		panic("settle: a leftover is not JSON: " + err.Error())
	}
	return store.Change{Key: key, Value: value}
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
	accountID, asset, _ := cutLeftoverKey(key)
	return Leftover{accountID, asset, amount, w.Scale}, nil
}

// loadLeftovers reads the leftovers of one account, by asset. One that an earlier version
// wrote is taken to be of asset, which the account has now. moved writes it under its new
// key; until then it is in the store under the old one.
func loadLeftovers(from store.Store, accountID, asset string) (rests map[string]leftover, moved store.Batch, err error) {
	rests = make(map[string]leftover)
	err = from.Load(leftovers+accountID, func(key string, value []byte) error {
		id, of, named := cutLeftoverKey(key)
		if id != accountID {
			return nil // an account whose id begins so
		}
		read, err := readLeftover(key, value)
		if err != nil {
			return err
		}
		if !named {
			of, moved = asset, store.Batch{{Key: key}}
		}
		rests[of] = rests[of].plus(leftover{read.Amount, read.Scale})
		return nil
	})
	if moved != nil {
		moved = append(moved, rests[asset].change(accountID, asset))
	}
	return rests, moved, err
}

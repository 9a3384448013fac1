package xrp

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// entry is a transaction in the journal of a wallet. It is there before the transaction is submitted, and
// until its caller has written down what came of it.
type entry struct {
	Op       string     `json:"op"` // what it is for, see Wallet.Do
	Blob     xrpl.Bytes `json:"blob"`
	ID       xrpl.Hash  `json:"id"`
	Sequence uint32     `json:"sequence"`
	First    uint32     `json:"first"` // the ledgers that it may be in
	Last     uint32     `json:"last"`
	Result   string     `json:"result,omitempty"` // final, empty until then
	Made     time.Time  `json:"made"`
}

// journalPrefix begins the keys of the entries, in the wallet's part of the store.
const journalPrefix = "tx/"

func (e *entry) change() store.Change {
	value, _ := json.Marshal(e) // it has nothing that cannot be JSON
	return store.Change{Key: journalPrefix + e.Op, Value: value}
}

// loadJournal reads all entries.
func loadJournal(s store.Store) (map[string]*entry, error) {
	all := make(map[string]*entry)
	err := s.Load(journalPrefix, func(key string, value []byte) error {
		e := new(entry)
		if err := json.Unmarshal(value, e); err != nil {
			return fmt.Errorf("the transaction under %s: %w", key, err)
		}
		all[e.Op] = e
		return nil
	})
	return all, err
}

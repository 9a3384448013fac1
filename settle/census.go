package settle

import (
	"fmt"
	"strings"
)

// Counts counts what this package has kept in a store, for who looks at one that is
// not in use. The zero value has counted nothing.
type Counts struct {
	Open  int // settlements that have not ended
	Ended int

	Receipts  int
	Leftovers int
}

// Add counts an entry of the store, if it is one of ours, and reports whether it is.
// The error says that it cannot be read.
func (c *Counts) Add(key string, value []byte) (ours bool, err error) {
	switch {
	case strings.HasPrefix(key, settlements):
		account, id, _ := strings.Cut(key[len(settlements):], "/")
		s, err := readSettlement(account, id, value)
		switch {
		case err != nil:
			return true, fmt.Errorf("read %s: %w", key, err)
		case s.State.Open():
			c.Open++
		default:
			c.Ended++
		}
	case strings.HasPrefix(key, receipts):
		account, _, _ := strings.Cut(key[len(receipts):], "/")
		if _, err := readCredit(account, key, value); err != nil {
			return true, err
		}
		c.Receipts++
	case strings.HasPrefix(key, leftovers):
		if _, err := readLeftover(key, value); err != nil {
			return true, err
		}
		c.Leftovers++
	default:
		return false, nil
	}
	return true, nil
}

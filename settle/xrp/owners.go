package xrp

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// errTaken says that another account has a channel.
var errTaken = errors.New("is that of another account")

// Owners says which account takes claims on which channel, and which pays over which, for all accounts of a
// connector. A channel belongs to one account for ever: otherwise the same claim would be credited to two, or
// would pay for two. Its methods are safe for concurrent use.
type Owners struct {
	store store.Store

	mu sync.Mutex
	of map[string]string
}

// NewOwners returns the owners that are in a part of the store.
func NewOwners(s store.Store) (*Owners, error) {
	o := &Owners{store: s, of: make(map[string]string)}
	return o, s.Load("", func(key string, value []byte) error {
		o.of[key] = string(value)
		return nil
	})
}

// Take makes a channel that of an account, durably, unless it is that of another one.
func (o *Owners) Take(channel xrpl.Hash, accountID string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := channel.String()
	switch of, taken := o.of[key]; {
	case !taken:
	case of == accountID:
		return nil
	default:
		return fmt.Errorf("the channel %v %w", channel, errTaken) // the peer need not know which
	}
	if err := o.store.Apply(store.Batch{{Key: key, Value: []byte(accountID)}}); err != nil {
		return err
	}
	o.of[key] = accountID
	return nil
}

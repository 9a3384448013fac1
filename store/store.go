// Package store defines where the connector keeps what must outlive it: pairs of a key
// and a value, changed in batches that happen whole or not at all.
//
// [Store] is a small interface on purpose, so that any medium that can keep a batch can
// implement it. [Namespace] restricts a user to a part of a store.
package store

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Store keeps values under keys. Its methods are safe for concurrent use and may
// block for as long as the medium needs. No packet waits for one.
type Store interface {
	// Load visits every key that begins with prefix, in the order of their bytes,
	// as they were at the call: a batch is seen whole or not at all. The value is
	// borrowed until visit returns, and never nil. Load stops at the first error
	// of visit and returns it. visit may call the store.
	Load(prefix string, visit func(key string, value []byte) error) error
	// Apply makes all changes of the batch, durably if the store is durable.
	// Otherwise it makes none and returns why. It refuses a batch that is not
	// valid. The batch is borrowed until Apply returns.
	Apply(batch Batch) error
	// Close releases the medium. No other method is called after it.
	Close() error
}

// Batch is a list of changes that happen together, in order.
type Batch []Change

// Change sets a key to a value. A nil Value removes the key; an empty Value is kept.
type Change struct {
	Key   string
	Value []byte
}

// Bounds of a change, in bytes.
const (
	KeyMax   = 1 << 10
	ValueMax = 16 << 20
)

// Validate returns an error unless every store can keep the batch: each key is 1 to
// KeyMax bytes of UTF-8, and no value is longer than ValueMax.
func (b Batch) Validate() error {
	for _, c := range b {
		switch {
		case c.Key == "":
			return errors.New("a key is empty")
		case len(c.Key) > KeyMax:
			return fmt.Errorf("the key that begins with %.40q has %d bytes, more than %d", c.Key, len(c.Key), KeyMax)
		case !utf8.ValidString(c.Key):
			return fmt.Errorf("the key %q is not UTF-8", c.Key)
		case len(c.Value) > ValueMax:
			return fmt.Errorf("the value of %q has %d bytes, more than %d", c.Key, len(c.Value), ValueMax)
		}
	}
	return nil
}

// Visit visits the changes in order. It stops at the first error of visit and returns it.
func (b Batch) Visit(visit func(key string, value []byte) error) error {
	for _, c := range b {
		if err := visit(c.Key, c.Value); err != nil {
			return err
		}
	}
	return nil
}

// separator ends the name of a namespace. Account ids cannot contain it, so two accounts
// never share a key.
const separator = "/"

// Namespace returns the part of a store under name, as a store of its own. The name must
// not contain a slash. Close of the part does not close the store.
func Namespace(s Store, name string) Store {
	return &namespace{s, name + separator}
}

type namespace struct {
	store  Store
	prefix string
}

func (n *namespace) Load(prefix string, visit func(key string, value []byte) error) error {
	return n.store.Load(n.prefix+prefix, func(key string, value []byte) error {
		return visit(strings.TrimPrefix(key, n.prefix), value)
	})
}

func (n *namespace) Apply(batch Batch) error {
	named := make(Batch, len(batch))
	for i, c := range batch {
		named[i] = Change{n.prefix + c.Key, c.Value}
	}
	return n.store.Apply(named)
}

func (*namespace) Close() error { return nil }

var _ Store = (*namespace)(nil)

package books

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// keyPrefix begins the keys of the balances in the store. What follows is the id of the
// account. A value is the posted balance, the scale and the asset code:
//
//	balances/alice  ->  -1500 9 USD
const keyPrefix = "balances/"

// Line is the balance of one account as the store has it.
type Line struct {
	ID    string // of the account
	Asset string
	Scale uint8

	key  string
	unit []byte // " SCALE ASSET", as it ends the value

	mu     sync.Mutex
	posted balance.Amount

	// Of the goroutine in Books.Run alone.
	next    balance.Amount // posted, and what is being written
	touched bool
	value   []byte
}

func newLine(id, asset string, scale uint8) *Line {
	return &Line{ID: id, Asset: asset, Scale: scale, key: keyPrefix + id, unit: fmt.Appendf(nil, " %d %s", scale, asset)}
}

// IsLine reports whether an entry of a store is a balance. The error says that it cannot
// be read. It is for who looks at a store that is not in use.
func IsLine(key string, value []byte) (yes bool, err error) {
	if yes = strings.HasPrefix(key, keyPrefix); yes {
		_, err = parseLine(key, value)
	}
	return yes, err
}

// parseLine reads what change writes.
func parseLine(key string, value []byte) (*Line, error) {
	amount, unit, ok := bytes.Cut(value, []byte(" "))
	scale, asset, ok2 := strings.Cut(string(unit), " ")
	posted, err := balance.Parse(string(amount))
	n, err2 := strconv.ParseUint(scale, 10, 8)
	if !ok || !ok2 || err != nil || err2 != nil {
		return nil, fmt.Errorf("%s: %.100q is no balance: restore the store from a backup", key, value)
	}
	l := newLine(strings.TrimPrefix(key, keyPrefix), asset, uint8(n))
	l.posted, l.next = posted, posted
	return l, nil
}

// Unit returns the asset and the scale for operators.
func (l *Line) Unit() string { return fmt.Sprintf("%s with scale %d", l.Asset, l.Scale) }

// Posted is the balance in the store: positive if the counterparty owes us.
func (l *Line) Posted() balance.Amount {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.posted
}

// change is what to write. It is valid until the next one.
func (l *Line) change() store.Change {
	l.value, _ = l.next.AppendText(l.value[:0])
	l.value = append(l.value, l.unit...)
	return store.Change{Key: l.key, Value: l.value}
}

// settle ends a write.
func (l *Line) settle(written bool) {
	l.touched = false
	if written {
		l.mu.Lock()
		l.posted = l.next
		l.mu.Unlock()
	}
}

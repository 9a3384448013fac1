package account

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Book is all accounts, in the order they were entered. A list that a reader was
// given never changes.
type Book struct {
	list atomic.Pointer[[]*Account]

	mu      sync.RWMutex // guards what follows, and who may change the list
	numbers map[string]uint32
	byID    map[string]*Account
}

// NewBook is an empty book.
func NewBook() *Book {
	b := &Book{numbers: make(map[string]uint32), byID: make(map[string]*Account)}
	b.list.Store(new([]*Account))
	return b
}

// Add enters an account and gives it its number. An id that was in the book
// before gets the number it had.
func (b *Book) Add(a *Account) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, there := b.byID[a.ID]; there {
		return fmt.Errorf("account %q is already there", a.ID)
	}
	number, known := b.numbers[a.ID]
	if !known {
		number = uint32(len(b.numbers))
		b.numbers[a.ID] = number
	}
	a.Number = number
	b.byID[a.ID] = a
	longer := append(*b.list.Load(), a) // behind the end of the lists that were given out
	b.list.Store(&longer)
	return nil
}

// Remove takes an account out and returns it, nil if it was not there.
func (b *Book) Remove(id string) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.byID[id]
	if a == nil {
		return nil
	}
	delete(b.byID, id)
	shorter := make([]*Account, 0, len(b.byID))
	for _, other := range *b.list.Load() {
		if other != a {
			shorter = append(shorter, other)
		}
	}
	b.list.Store(&shorter)
	return a
}

// All is the accounts in order. The caller must not change the list.
func (b *Book) All() []*Account { return *b.list.Load() }

// Find is the account of an id, nil if there is none.
func (b *Book) Find(id string) *Account {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byID[id]
}

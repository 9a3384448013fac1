package account

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Book is all accounts, in the order they were entered. Readers take no lock
// and see one consistent list; a list they were given never changes.
type Book struct {
	mu      sync.Mutex // guards writing
	numbers map[string]uint32
	page    atomic.Pointer[page]
}

// page is the book as of one moment.
type page struct {
	accounts []*Account
	byID     map[string]*Account
}

// NewBook is an empty book.
func NewBook() *Book {
	b := &Book{numbers: make(map[string]uint32)}
	b.page.Store(&page{})
	return b
}

// Add enters an account and gives it its number. An id that was in the book
// before gets the number it had.
func (b *Book) Add(a *Account) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.page.Load()
	if _, there := old.byID[a.ID]; there {
		return fmt.Errorf("account %q is already there", a.ID)
	}
	number, known := b.numbers[a.ID]
	if !known {
		number = uint32(len(b.numbers))
		b.numbers[a.ID] = number
	}
	a.Number = number
	b.turn(append(slices.Clone(old.accounts), a))
	return nil
}

// Remove takes an account out and returns it, nil if it was not there.
func (b *Book) Remove(id string) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.page.Load()
	a := old.byID[id]
	if a != nil {
		b.turn(slices.DeleteFunc(slices.Clone(old.accounts), func(x *Account) bool { return x == a }))
	}
	return a
}

// All is the accounts in order. The caller must not change the list.
func (b *Book) All() []*Account { return b.page.Load().accounts }

// Find is the account of an id, nil if there is none.
func (b *Book) Find(id string) *Account { return b.page.Load().byID[id] }

func (b *Book) turn(accounts []*Account) {
	byID := make(map[string]*Account, len(accounts))
	for _, a := range accounts {
		byID[a.ID] = a
	}
	b.page.Store(&page{accounts, byID})
}

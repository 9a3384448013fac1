package account

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Registry holds all accounts. Those without a Host are in a list, in the order in which their
// ids were first added; there may be many more of the others. A list that All has returned
// never changes.
type Registry struct {
	list atomic.Pointer[[]*Account]

	mu      sync.RWMutex      // guards the fields below, and changes of list
	next    uint32            // number of the next new id
	numbers map[string]uint32 // of ids that were removed
	byID    map[string]*Account
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	r := &Registry{numbers: make(map[string]uint32), byID: make(map[string]*Account)}
	r.list.Store(new([]*Account))
	return r
}

// Add adds an account and gives it its number. An id that the registry had before gets
// the same number again.
func (r *Registry) Add(a *Account) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, there := r.byID[a.ID]; there {
		return fmt.Errorf("account %q is already there", a.ID)
	}
	number, known := r.numbers[a.ID]
	if !known {
		number = r.next
		r.next++
	}
	delete(r.numbers, a.ID)
	a.Number = number
	r.byID[a.ID] = a
	if a.Host != "" {
		return nil
	}
	list := *r.list.Load()
	at, _ := slices.BinarySearchFunc(list, number, func(a *Account, number uint32) int { return cmp.Compare(a.Number, number) })
	if at < len(list) {
		list = slices.Clone(list)
	}
	list = slices.Insert(list, at, a) // if at the end, beyond the lists that All has returned
	r.list.Store(&list)
	return nil
}

// Replace puts an account in the place of the one that has its id, and gives it that one's
// number. It returns the former one, nil if there is none; then nothing is done.
func (r *Registry) Replace(a *Account) (former *Account) {
	r.mu.Lock()
	defer r.mu.Unlock()
	former = r.byID[a.ID]
	if former == nil {
		return nil
	}
	a.Number = former.Number
	r.byID[a.ID] = a
	if a.Host != "" {
		return former
	}
	list := slices.Clone(*r.list.Load())
	list[slices.Index(list, former)] = a
	r.list.Store(&list)
	return former
}

// Remove removes an account and returns it, nil if there was none.
func (r *Registry) Remove(id string) *Account {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.byID[id]
	if a == nil {
		return nil
	}
	delete(r.byID, id)
	r.numbers[id] = a.Number
	if a.Host != "" {
		return a
	}
	shorter := make([]*Account, 0, len(*r.list.Load()))
	for _, other := range *r.list.Load() {
		if other != a {
			shorter = append(shorter, other)
		}
	}
	r.list.Store(&shorter)
	return a
}

// Hosted returns the accounts of a host, in no order.
func (r *Registry) Hosted(host string) (accounts []*Account) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, a := range r.byID {
		if a.Host == host {
			accounts = append(accounts, a)
		}
	}
	return accounts
}

// All returns the accounts without a host, in order. The caller must not change the list.
func (r *Registry) All() []*Account { return *r.list.Load() }

// Find returns the account of an id, nil if there is none.
func (r *Registry) Find(id string) *Account {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byID[id]
}

package settle

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// disk is what outlives a process: a store and the posted balances.
type disk struct {
	mu     sync.Mutex
	values map[string][]byte
	posted map[string]balance.Amount
}

func newDisk() *disk {
	return &disk{values: make(map[string][]byte), posted: make(map[string]balance.Amount)}
}

func (d *disk) Load(prefix string, visit func(key string, value []byte) error) error {
	d.mu.Lock()
	values := maps.Clone(d.values)
	d.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(key, prefix) {
			if err := visit(key, values[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *disk) Apply(batch store.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range batch {
		if c.Value == nil {
			delete(d.values, c.Key)
		} else {
			d.values[c.Key] = slices.Clone(c.Value)
		}
	}
	return nil
}

func (*disk) Close() error { return nil }

// record records without faults.
func (d *disk) record(accountID string, delta balance.Amount, changes store.Batch) {
	_ = d.Apply(changes)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.posted[accountID], _ = d.posted[accountID].Add(delta)
}

func (d *disk) balance(accountID string) balance.Amount {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.posted[accountID]
}

// state returns the state of a settlement on the disk.
func (d *disk) state(accountID, id string) State {
	d.mu.Lock()
	value := d.values[settlementsOf(accountID)+id]
	d.mu.Unlock()
	s, err := readSettlement(accountID, id, value)
	if err != nil {
		return 0
	}
	return s.State
}

// count returns how many keys begin with prefix.
func (d *disk) count(prefix string) (n int) {
	_ = d.Load(prefix, func(string, []byte) error { n++; return nil })
	return n
}

var errDead = errors.New("the process is dead")

// process is the Ledger of one process on a disk.
type process struct {
	disk *disk

	mu      sync.Mutex
	dead    bool
	killed  func()
	records int
	// dieAt is the record at which the process dies, 0 for none. written says that this
	// record reaches the disk all the same.
	dieAt   int
	written bool
	blocked chan struct{} // not nil: records wait until it is closed
}

func (p *process) Load(prefix string, visit func(key string, value []byte) error) error {
	return p.disk.Load(prefix, visit)
}

func (p *process) Record(accountID string, delta balance.Amount, changes store.Batch) error {
	p.mu.Lock()
	blocked := p.blocked
	p.mu.Unlock()
	if blocked != nil {
		<-blocked
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errDead
	}
	p.records++
	if p.records != p.dieAt {
		p.disk.record(accountID, delta, changes)
		return nil
	}
	if p.written {
		p.disk.record(accountID, delta, changes)
	}
	p.dieLocked()
	return errDead
}

// die ends the process: nothing is recorded from now on.
func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dieLocked()
}

func (p *process) dieLocked() {
	p.dead = true
	if p.killed != nil {
		p.killed()
	}
}

var (
	_ store.Store = (*disk)(nil)
	_ Ledger      = (*process)(nil)
)

package chain

import (
	"slices"
	"sync"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
)

// Accounts has the pipelines of all accounts. Its methods are safe for concurrent use.
type Accounts struct {
	module absent // which the accounts wait for at first

	mu  sync.Mutex
	all map[string]*Account
}

// NewAccounts makes an Accounts for a connector whose first hosted middleware is module. Packets of every
// account are refused until it has been arranged.
func NewAccounts(module string) *Accounts {
	return &Accounts{module: absent(module), all: make(map[string]*Account)}
}

// Places makes the places of an account. It is a middleware.PlaceFactory. If the account has had some
// before, the stages stand at the new ones too.
func (as *Accounts) Places(a *account.Account, places []middleware.Place) []engine.Middleware {
	return as.Of(a.ID).attach(places)
}

// Of returns the pipelines of an account. Before its chains are made, they are empty.
func (as *Accounts) Of(id string) *Account {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.all[id] == nil {
		as.all[id] = &Account{absent: as.module}
	}
	return as.all[id]
}

// All returns the ids of the accounts that have been made, in order.
func (as *Accounts) All() []string {
	as.mu.Lock()
	defer as.mu.Unlock()
	ids := make([]string, 0, len(as.all))
	for id := range as.all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Remove forgets an account that is gone. What its packets pass stays as it is.
func (as *Accounts) Remove(id string) {
	as.mu.Lock()
	defer as.mu.Unlock()
	delete(as.all, id)
}

// Account has the six pipelines of one account: what is built in, and the stages that modules have
// inserted. Its methods are safe for concurrent use.
type Account struct {
	mu      sync.Mutex
	builtin [pipelines][]middleware.Name
	slots   []slot // one cache line each, next to each other: every packet reads them
	stages  Insertions
	absent  absent // the module that has not made its insertions; empty if all have
}

// Builtin returns the names of the built-in middlewares of a pipeline, in the order of the reference. A
// module makes its insertions into these.
func (a *Account) Builtin(p Pipeline) []middleware.Name {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.builtin[p])
}

// Arrange puts the stages where the modules have inserted them. Each pipeline has all names that Builtin
// returned, in that order. After an error nothing has changed. From then on packets pass the stages.
func (a *Account) Arrange(ins Insertions) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := ins.check(&a.builtin); err != nil {
		return err
	}
	a.stages, a.absent = ins, ""
	a.fillLocked()
	return nil
}

// Absent refuses the packets of the account until Arrange, because a module is not there.
func (a *Account) Absent(module string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stages, a.absent = Insertions{}, absent(module)
	a.fillLocked()
}

// Stages returns what stands in a pipeline: its built-in middlewares and stages in order. ok is false while
// a module is not there.
func (a *Account) Stages(p Pipeline) (entries []Entry, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.stages[p]), a.absent == ""
}

// attach makes slots for places, with what stands there now.
func (a *Account) attach(places []middleware.Place) []engine.Middleware {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.builtin, a.slots = builtinsOf(places), make([]slot, len(places))
	stand := make([]engine.Middleware, len(places))
	for i, place := range places {
		a.slots[i].place = place
		stand[i] = &a.slots[i]
	}
	a.fillLocked()
	return stand
}

// fillLocked puts the stages into the slots. It begins with the last slot: the first one of a chain lets
// packets in, so it must not do so before the others have their stages. While a module is not there, it
// is the only one that has something to do.
func (a *Account) fillLocked() {
	stages := map[bool]map[middleware.Name][]*Stage{
		false: a.stages.after(IncomingData, a.builtin[IncomingData]),
		true:  a.stages.after(OutgoingData, a.builtin[OutgoingData]),
	}
	fill := func(s *slot) {
		var r *row
		if at := stages[s.place.Outgoing][s.place.After]; len(at) > 0 {
			r = &row{stages: at}
		}
		if a.absent != "" && s.place.After == "" {
			r = &row{absent: a.absent}
		}
		s.row.Store(r)
	}
	if a.absent != "" { // shut the first ones first
		for i := range a.slots {
			fill(&a.slots[i])
		}
		return
	}
	for i := len(a.slots) - 1; i >= 0; i-- {
		fill(&a.slots[i])
	}
}

var _ middleware.PlaceFactory = (*Accounts)(nil).Places

package remote

import "sync"

// Engines are the engines there are, by account. The zero value is none; it is safe for
// concurrent use.
type Engines struct{ byAccount sync.Map }

// Add enters an engine, in place of that of the same account.
func (e *Engines) Add(engine *Engine) { e.byAccount.Store(engine.account, engine) }

// Remove takes the engine of an account out. That it is not there is no error.
func (e *Engines) Remove(accountID string) { e.byAccount.Delete(accountID) }

// Find is the engine of an account, nil if it has none.
func (e *Engines) Find(accountID string) *Engine {
	engine, ok := e.byAccount.Load(accountID)
	if !ok {
		return nil
	}
	return engine.(*Engine)
}

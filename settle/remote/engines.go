package remote

import "sync"

// Engines holds engines by account. The zero value is empty. It is safe for concurrent use.
type Engines struct{ byAccount sync.Map }

// Add adds an engine. It replaces another one of the same account.
func (e *Engines) Add(engine *Engine) { e.byAccount.Store(engine.account, engine) }

// Remove takes out the engine of an account, if there is one.
func (e *Engines) Remove(accountID string) { e.byAccount.Delete(accountID) }

// Find returns the engine of an account, nil if it has none.
func (e *Engines) Find(accountID string) *Engine {
	found, _ := e.byAccount.Load(accountID)
	engine, _ := found.(*Engine) // nil if there is none
	return engine
}

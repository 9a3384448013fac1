package xrpl

import (
	"context"
	"errors"
	"slices"
)

// Subscribe tells the outcome of each transaction that concerns one of the accounts, from now
// on and on each connection. It waits until the server has agreed. Without a connection it
// returns at once: the next one subscribes before it tells Reconnected. It also does after an
// error, which ends this connection. Read the state of an account after Subscribe, not before.
func (c *Client) Subscribe(ctx context.Context, accounts ...AccountID) error {
	c.mu.Lock()
	for _, a := range accounts {
		c.accounts[a] = true
	}
	s := c.ready
	c.mu.Unlock()
	if s == nil || len(accounts) == 0 {
		return ctx.Err()
	}
	if _, err := s.subscribe(ctx, accounts); err != nil {
		// The connection may have missed an account now. The next one does not.
		s.leave(s.reasonOf(err))
		return err
	}
	return nil
}

// Unsubscribe takes accounts off. Outcomes that wait may still be told.
func (c *Client) Unsubscribe(ctx context.Context, accounts ...AccountID) error {
	c.mu.Lock()
	for _, a := range accounts {
		delete(c.accounts, a)
	}
	s := c.ready
	c.mu.Unlock()
	if s == nil || len(accounts) == 0 {
		return ctx.Err()
	}
	s.mu.Lock()
	for _, a := range accounts {
		delete(s.subscribed, a)
	}
	s.mu.Unlock()
	return s.ask(ctx, "unsubscribe", map[string]any{"accounts": accounts}, nil)
}

// subscribe asks for the stream of ledgers and for the outcomes of accounts. It returns the
// newest ledger.
func (s *session) subscribe(ctx context.Context, accounts []AccountID) (Ledger, error) {
	params := map[string]any{"streams": []string{"ledger"}}
	if len(accounts) > 0 { // servers refuse an empty list
		params["accounts"] = accounts
	}
	var first ledgerMessage
	if err := s.ask(ctx, "subscribe", params, &first); err != nil {
		return Ledger{}, err
	}
	ledger, err := first.ledger()
	if err != nil {
		return Ledger{}, unreadable(errors.New("it tells no validated ledger"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range accounts {
		s.subscribed[a] = true
	}
	return ledger, nil
}

// missingLocked returns the accounts that the session is not subscribed to. The caller holds
// the client's lock.
func (s *session) missingLocked(accounts map[AccountID]bool) (missing []AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a := range accounts {
		if !s.subscribed[a] {
			missing = append(missing, a)
		}
	}
	slices.SortFunc(missing, func(a, b AccountID) int { return slices.Compare(a[:], b[:]) })
	return missing
}

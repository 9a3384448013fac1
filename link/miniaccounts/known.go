package miniaccounts

import (
	"crypto/sha256"
	"slices"
	"time"
)

// Known is a client that has a token.
type Known struct {
	Name    string
	Blocked bool
	// OldUntil is until when its former token is valid too, the zero time if it has none.
	OldUntil time.Time
}

// Page returns the clients whose names follow after, the first most of them in order: all, or
// those that are connected, or the others.
func (s *Server) Page(after string, most int, connected *bool) []Known {
	there := s.connected()
	var names []string
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	for name := range s.tokens.byName {
		if name > after && (connected == nil || there[name] == *connected) {
			names = addFirst(names, name, most)
		}
	}
	page := make([]Known, len(names))
	for i, name := range names {
		page[i] = s.tokens.byName[name].known(name, time.Now())
	}
	return page
}

// addFirst adds a name to the first most of those that were added, which are in order.
func addFirst(names []string, name string, most int) []string {
	if len(names) >= most {
		if name > names[len(names)-1] {
			return names
		}
		names = names[:len(names)-1]
	}
	i, _ := slices.BinarySearch(names, name)
	return slices.Insert(names, i, name)
}

// Find returns the client of a name. It returns false if none has it.
func (s *Server) Find(name string) (Known, bool) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	one := s.tokens.byName[name]
	if one == nil {
		return Known{}, false
	}
	return one.known(name, time.Now()), true
}

func (one *token) known(name string, now time.Time) Known {
	k := Known{Name: name, Blocked: one.blocked}
	if one.old != nil && now.Unix() < one.old.until {
		k.OldUntil = time.Unix(one.old.until, 0)
	}
	return k
}

// ConnectedClients returns how many clients are connected.
func (s *Server) ConnectedClients() (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.clients {
		if c.link.Connected() {
			n++
		}
	}
	return n
}

// BlockedClients returns how many clients an operator keeps out.
func (s *Server) BlockedClients() (n int) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	for _, one := range s.tokens.byName {
		if one.blocked {
			n++
		}
	}
	return n
}

// connected returns the names of the clients that are connected.
func (s *Server) connected() map[string]bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	there := make(map[string]bool, len(s.clients))
	for name, c := range s.clients {
		if c.link.Connected() {
			there[name] = true
		}
	}
	return there
}

// still returns why a client that was let in with a token would not be any more, nil if it
// would.
func (t *tokens) still(name, secret string) error {
	hash := sha256.Sum256([]byte(secret))
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.byName[name]
	switch {
	case t.leaving[name]:
		return beingRemoved
	case one == nil:
		return wrongToken
	}
	return one.admits(hash, time.Now())
}

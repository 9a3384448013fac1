package miniaccounts

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/store"
)

// TokenMax bounds the token of a client, in bytes.
const TokenMax = 4096

// NewToken is the token that a client is to have.
type NewToken struct{ Name, Token string }

// Why a token is not set.
var (
	// ErrTaken says that a client has another token already.
	ErrTaken = errors.New("the client has another token: rotate it to give it a new one")
	// ErrUnknown says that no client has that name.
	ErrUnknown = errors.New("there is no such client")
	// ErrLeaving says that a client is being removed.
	ErrLeaving = errors.New("the client is being removed: try again when it is gone")
	// ErrFull says that as many clients are known as may be.
	ErrFull = errors.New("as many clients are known as maxClients allows: raise that, or remove some")
)

// Named returns n with the name that its token gives it, if it has none and clients may be named
// so.
func (s *Server) Named(n NewToken) NewToken {
	if n.Name == "" && s.opts.Names != User {
		n.Name = HashName(n.Token)
	}
	return n
}

// CheckToken returns why a client cannot have a name and a token, nil if it can. The error does
// not quote the token.
func (s *Server) CheckToken(n NewToken) error {
	switch {
	case n.Name == "" || len(n.Name) > NameMax || strings.Contains(n.Name, ".") || !ilp.ValidSegments(n.Name):
		return fmt.Errorf("the name %.80q must be one segment of an ILP address: 1 to %d letters, digits, _, ~ and -", n.Name, NameMax)
	case s.opts.NameAllowed != nil && !s.opts.NameAllowed(n.Name):
		return fmt.Errorf("the name %q is none of children.names: choose another, or add it there", n.Name)
	case n.Token == "" || len(n.Token) > TokenMax:
		return fmt.Errorf("the token has %d bytes: it takes 1 to %d", len(n.Token), TokenMax)
	case s.opts.Names == Hash && n.Name != HashName(n.Token):
		return fmt.Errorf("the name %q is not the hash of the token, which clients of this account have as their name: "+
			"use %s, or set generateAccount to false", n.Name, HashName(n.Token))
	}
	return nil
}

// SetTokens gives new clients their tokens, which CheckToken has accepted, in one write to the
// store. It returns an error for each that has none now: nil means that the client has that
// token, perhaps since before.
func (s *Server) SetTokens(all []NewToken) []error { return s.tokens.set(all) }

func (t *tokens) set(all []NewToken) []error {
	errs := make([]error, len(all))
	t.changing.Lock()
	defer t.changing.Unlock()
	added := make(map[string]*token)
	writes := make([]string, len(all)) // the name whose write decides about it
	var batch store.Batch
	for i, n := range all {
		hash := sha256.Sum256([]byte(n.Token))
		one, err := t.settled(n.Name, added)
		switch {
		case err != nil:
		case one == nil:
			if one, err = t.reserve(n.Name, hash); err == nil {
				added[n.Name], writes[i] = one, n.Name
				batch = append(batch, changeOf(n.Name, one))
			}
		case one.hash != hash:
			err = ErrTaken
		case added[n.Name] != nil:
			writes[i] = n.Name
		}
		errs[i] = err
	}
	if len(batch) == 0 {
		return errs
	}
	err := t.apply(batch)
	t.stored(err, added)
	for i, name := range writes {
		if name != "" {
			errs[i] = err
		}
	}
	return errs
}

// settled returns the token of a client, nil if it has none. It waits until one that a client
// came with is stored, but not for those that the caller is adding.
func (t *tokens) settled(name string, adding map[string]*token) (*token, error) {
	for {
		t.mu.Lock()
		one, leaving := t.byName[name], t.leaving[name]
		var write chan struct{}
		if one != nil && adding[name] != one {
			write = one.write
		}
		t.mu.Unlock()
		switch {
		case leaving:
			return nil, ErrLeaving
		case write == nil:
			return one, nil
		}
		<-write
	}
}

// reserve keeps a name for a token that is about to be stored. Until then a client waits that
// comes with it.
func (t *tokens) reserve(name string, hash [sha256.Size]byte) (*token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.byName[name] != nil: // a client has just come with it
		return nil, ErrTaken
	case len(t.byName) >= t.most:
		return nil, ErrFull
	}
	one := &token{hash: hash, write: make(chan struct{})}
	t.byName[strings.Clone(name)] = one
	return one, nil
}

// change changes the token of a client: first in the store, and then here. A change that fails
// changes nothing.
func (t *tokens) change(name string, to func(token) token) error {
	t.changing.Lock()
	defer t.changing.Unlock()
	one, err := t.settled(name, nil)
	switch {
	case err != nil:
		return err
	case one == nil:
		return ErrUnknown
	}
	next := to(token{hash: one.hash, old: one.old, blocked: one.blocked})
	if err := t.put(name, &next); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byName[name] = &next
	return nil
}

// RotateToken gives a client another token, which CheckToken has accepted. The former one stays
// valid for as long as given. If that is 0, the connections of the client are closed, and it
// comes again with the new one. Rotating to the present token changes nothing but that.
func (s *Server) RotateToken(n NewToken, oldValidFor time.Duration) error {
	hash := sha256.Sum256([]byte(n.Token))
	until := time.Now().Add(oldValidFor).Unix()
	err := s.tokens.change(n.Name, func(one token) token {
		switch {
		case oldValidFor <= 0:
			one.old = nil
		case one.hash != hash:
			one.old = &oldToken{one.hash, until}
		}
		one.hash = hash
		return one
	})
	if err == nil && oldValidFor <= 0 {
		s.disconnect(n.Name, rotated)
	}
	return err
}

// BlockClient blocks a client, and closes its connections, or lets it in again.
func (s *Server) BlockClient(name string, block bool) error {
	err := s.tokens.change(name, func(one token) token {
		one.blocked = block
		return one
	})
	if err == nil && block {
		s.disconnect(name, btplink.Ending(blocked))
	}
	return err
}

// Why the connections of a client end.
const (
	rotated btplink.Ending = "the token of the account has changed"
	leaving btplink.Ending = "account is being removed"
)

func (s *Server) disconnect(name string, reason error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.clients[name]; c != nil {
		c.link.Disconnect(reason)
	}
}

// Leave closes the connections of a client, which is not let in until Stay. It returns an error
// if there is no such client, or if it leaves already.
func (s *Server) Leave(name string) error {
	if err := s.tokens.leave(name); err != nil {
		return err
	}
	s.disconnect(name, leaving)
	return nil
}

func (t *tokens) leave(name string) error {
	one, err := t.settled(name, nil)
	switch {
	case err != nil:
		return err
	case one == nil:
		return ErrUnknown
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leaving[name] {
		return ErrLeaving
	}
	t.leaving[name] = true
	return nil
}

// Stay ends what Leave began.
func (s *Server) Stay(name string) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	delete(s.tokens.leaving, name)
}

// Forget forgets the token of a client that leaves, and its link. It does not end Leave.
func (s *Server) Forget(name string) error {
	if err := s.tokens.forget(name); err != nil {
		return err
	}
	s.mu.Lock()
	c := s.clients[name]
	delete(s.clients, name)
	s.mu.Unlock()
	if c != nil {
		c.link.End()
	}
	return nil
}

func (t *tokens) forget(name string) error {
	t.changing.Lock()
	defer t.changing.Unlock()
	if err := t.put(name, nil); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byName, name)
	return nil
}

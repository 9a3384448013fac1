package miniaccounts

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/store"
)

// tokens are the tokens of the clients, as hashes. Each is stored under the client's name as
//
//	HASH [FORMER-HASH UNTIL]
//
// in base64url and Unix seconds. The former token is one that was rotated, and is valid until
// then.
type tokens struct {
	most  int
	store store.Store // nil if they are not kept

	mu     sync.Mutex
	byName map[string]*token
}

type token struct {
	hash  [sha256.Size]byte
	old   *oldToken
	write chan struct{} // closed when it is stored, nil if it is
}

type oldToken struct {
	hash  [sha256.Size]byte
	until int64
}

func (t *tokens) init(most int) { t.most, t.byName = most, make(map[string]*token) }

// tokenPrefix begins the keys of tokens.
const tokenPrefix = "token/"

// load reads the tokens that a store has, and keeps new ones there.
func (t *tokens) load(from store.Store) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.store = from
	return from.Load(tokenPrefix, func(key string, value []byte) error {
		one, err := parseToken(string(value))
		if err != nil {
			return fmt.Errorf("the token of client %s: %w: restore the store from a backup", strings.TrimPrefix(key, tokenPrefix), err)
		}
		t.byName[strings.TrimPrefix(key, tokenPrefix)] = one
		return nil
	})
}

func parseToken(value string) (*token, error) {
	fields := strings.Fields(value)
	if len(fields) != 1 && len(fields) != 3 {
		return nil, fmt.Errorf("it has %d fields, not 1 or 3", len(fields))
	}
	one := new(token)
	if err := decodeHash(&one.hash, fields[0]); err != nil {
		return nil, err
	}
	if len(fields) == 3 {
		until, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return nil, err
		}
		one.old = &oldToken{until: until}
		return one, decodeHash(&one.old.hash, fields[1])
	}
	return one, nil
}

func decodeHash(into *[sha256.Size]byte, text string) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && len(b) != len(into) {
		err = fmt.Errorf("a hash of %d bytes", len(b))
	}
	copy(into[:], b)
	return err
}

// String returns what parseToken reads.
func (one *token) String() string {
	text := base64.RawURLEncoding.EncodeToString(one.hash[:])
	if one.old != nil {
		text += " " + base64.RawURLEncoding.EncodeToString(one.old.hash[:]) + " " + strconv.FormatInt(one.old.until, 10)
	}
	return text
}

// fits reports whether a token with that hash is the client's as of now. It takes the same time
// for each wrong one.
func (one *token) fits(hash [sha256.Size]byte, now time.Time) bool {
	fits := subtle.ConstantTimeCompare(hash[:], one.hash[:])
	if one.old != nil && now.Unix() < one.old.until {
		fits |= subtle.ConstantTimeCompare(hash[:], one.old.hash[:])
	}
	return fits == 1
}

// check returns nil if a token is that of the client. A client that is not known has it from
// now on, unless all clients are listed. check waits until that is stored.
func (t *tokens) check(name, secret string, listed bool) error {
	hash := sha256.Sum256([]byte(secret))
	t.mu.Lock()
	one := t.byName[name]
	if one != nil {
		fits, write := one.fits(hash, time.Now()), one.write
		t.mu.Unlock()
		switch {
		case !fits:
			return wrongToken
		case write == nil:
			return nil
		}
		<-write // of the first one that came with it
		return t.check(name, secret, true)
	}
	switch {
	case listed:
		t.mu.Unlock()
		return notListed
	case len(t.byName) >= t.most:
		t.mu.Unlock()
		return tooMany
	}
	one = &token{hash: hash, write: make(chan struct{})}
	name = strings.Clone(name)
	t.byName[name] = one
	t.mu.Unlock()
	err := t.put(name, one.String())
	t.mu.Lock()
	defer t.mu.Unlock()
	close(one.write)
	one.write = nil
	if err != nil && t.byName[name] == one {
		delete(t.byName, name)
	}
	return err
}

// knows reports whether a client has a token.
func (t *tokens) knows(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byName[name] != nil
}

// put stores the token of a client, an empty text for none.
func (t *tokens) put(name, text string) error {
	if t.store == nil {
		return nil
	}
	change := store.Change{Key: tokenPrefix + name}
	if text != "" {
		change.Value = []byte(text)
	}
	return t.store.Apply(store.Batch{change})
}

// Names returns the names of the clients that have a token, in no order.
func (s *Server) Names() []string {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	return slices.Collect(maps.Keys(s.tokens.byName))
}

// Known returns how many clients have a token.
func (s *Server) Known() int {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	return len(s.tokens.byName)
}

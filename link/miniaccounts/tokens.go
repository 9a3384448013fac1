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
//	HASH [FORMER-HASH UNTIL] [blocked]
//
// in base64url and Unix seconds. The former token is one that was rotated, and is valid until
// then. A client that is blocked is not let in, whichever token it has.
type tokens struct {
	most  int
	store store.Store // nil if they are not kept

	changing sync.Mutex // held while the change of an operator is stored

	mu      sync.Mutex
	byName  map[string]*token // what it points to does not change, but for write
	leaving map[string]bool   // clients that are being removed
}

type token struct {
	hash    [sha256.Size]byte
	old     *oldToken
	blocked bool
	write   chan struct{} // closed when it is stored, nil if it is
}

type oldToken struct {
	hash  [sha256.Size]byte
	until int64
}

func (t *tokens) init(most int) {
	t.most, t.byName, t.leaving = most, make(map[string]*token), make(map[string]bool)
}

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

// blockedMark ends the token of a client that is blocked.
const blockedMark = "blocked"

func parseToken(value string) (*token, error) {
	fields := strings.Fields(value)
	one := new(token)
	if n := len(fields); n > 1 && fields[n-1] == blockedMark {
		one.blocked, fields = true, fields[:n-1]
	}
	if len(fields) != 1 && len(fields) != 3 {
		return nil, fmt.Errorf("it has %d fields, not 1 or 3", len(fields))
	}
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
	if one.blocked {
		text += " " + blockedMark
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

// admits returns why a client with a token of that hash is not let in as of now, nil if it is.
// Only a client with the right token learns that it is blocked.
func (one *token) admits(hash [sha256.Size]byte, now time.Time) error {
	switch {
	case !one.fits(hash, now):
		return wrongToken
	case one.blocked:
		return blocked
	}
	return nil
}

// knows reports whether a client has a token.
func (t *tokens) knows(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byName[name] != nil
}

// check returns nil if a token is that of the client. A client that is not known has it from
// now on, unless may refuses its name. check waits until that is stored.
func (t *tokens) check(name, secret string, may func(name string) error) error {
	hash := sha256.Sum256([]byte(secret))
	for {
		known, err := t.again(name, hash)
		if known {
			return err
		}
		if err := may(name); err != nil {
			return err
		}
		if taken, err := t.begin(name, hash); !taken {
			return err
		}
	}
}

// again checks the token of a client that is known, and waits until it is stored.
func (t *tokens) again(name string, hash [sha256.Size]byte) (known bool, err error) {
	for {
		t.mu.Lock()
		one, leaving := t.byName[name], t.leaving[name]
		if one == nil && !leaving {
			t.mu.Unlock()
			return false, nil
		}
		if leaving {
			t.mu.Unlock()
			return true, beingRemoved
		}
		err, write := one.admits(hash, time.Now()), one.write
		t.mu.Unlock()
		if err != nil || write == nil {
			return true, err
		}
		<-write // of the first one that came with it
	}
}

// begin gives a new client its token. taken says that another has come meanwhile.
func (t *tokens) begin(name string, hash [sha256.Size]byte) (taken bool, err error) {
	one := &token{hash: hash, write: make(chan struct{})}
	name = strings.Clone(name)
	t.mu.Lock()
	switch {
	case t.byName[name] != nil || t.leaving[name]:
		t.mu.Unlock()
		return true, nil
	case len(t.byName) >= t.most:
		t.mu.Unlock()
		return false, tooMany
	}
	t.byName[name] = one
	t.mu.Unlock()
	err = t.put(name, one)
	t.stored(err, map[string]*token{name: one})
	return false, err
}

// stored ends the writing of new tokens. Those that could not be stored are gone.
func (t *tokens) stored(err error, written map[string]*token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, one := range written {
		close(one.write)
		one.write = nil
		if err != nil && t.byName[name] == one {
			delete(t.byName, name)
		}
	}
}

// put stores the token of a client, nil for none.
func (t *tokens) put(name string, one *token) error {
	return t.apply(store.Batch{changeOf(name, one)})
}

// apply changes the store, if there is one.
func (t *tokens) apply(b store.Batch) error {
	if t.store == nil {
		return nil
	}
	return t.store.Apply(b)
}

// changeOf returns what to store as the token of a client.
func changeOf(name string, one *token) store.Change {
	change := store.Change{Key: tokenPrefix + name}
	if one != nil {
		change.Value = []byte(one.String())
	}
	return change
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

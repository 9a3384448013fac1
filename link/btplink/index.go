package btplink

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"
)

// index finds the link of a login by its user name or its token. It holds digests of tokens under a
// random key, so the time of a lookup tells nothing of a token.
type index struct {
	key [sha256.Size]byte

	mu      sync.RWMutex // guards what follows
	users   map[string]*Link
	digests map[digest][]string // the users whose token it is, one but for a mistake
	entered map[string][]digest // by user
}

type digest [sha256.Size]byte

func newIndex() *index {
	x := &index{users: make(map[string]*Link), digests: make(map[digest][]string), entered: make(map[string][]digest)}
	_, _ = rand.Read(x.key[:]) // never fails
	return x
}

// digest returns what stands for a token.
func (x *index) digest(token []byte) (d digest) {
	h := hmac.New(sha256.New, x.key[:])
	h.Write(token)
	h.Sum(d[:0])
	return d
}

// put enters a link under a user name, with the secrets that it accepts now. It takes the place of a
// former link of that name.
func (x *index) put(user string, l *Link) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.putLocked(user, l)
}

// refresh takes the secrets that a link accepts now, if it is still the one of that name.
func (x *index) refresh(user string, l *Link) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.users[user] == l {
		x.putLocked(user, l)
	}
}

// putLocked enters a link, and the digests of its secrets. It reads them with the lock held, so that
// the last call enters the last ones. An empty secret finds nothing.
func (x *index) putLocked(user string, l *Link) {
	x.removeLocked(user)
	x.users[user] = l
	_, takes := l.keys.read()
	all := []string{takes.now}
	if takes.old.valid(time.Now()) && takes.old.Secret != takes.now {
		all = append(all, takes.old.Secret)
	}
	for _, secret := range all {
		if secret != "" {
			d := x.digest([]byte(secret))
			x.digests[d] = append(x.digests[d], user)
			x.entered[user] = append(x.entered[user], d)
		}
	}
}

// remove takes a link out, if it is still the one of that name.
func (x *index) remove(user string, l *Link) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.users[user] == l {
		x.removeLocked(user)
	}
}

func (x *index) removeLocked(user string) {
	delete(x.users, user)
	for _, d := range x.entered[user] {
		if left := slices.DeleteFunc(x.digests[d], func(other string) bool { return other == user }); len(left) > 0 {
			x.digests[d] = left
		} else {
			delete(x.digests, d)
		}
	}
	delete(x.entered, user)
}

// find returns the link that a login may belong to: the one that it names, or else the one whose token
// it has. That link checks the token. found is nil if there is none. Then err says for the operator if
// that is because several have the token.
func (x *index) find(user string, token []byte) (found *Link, err error) {
	d := x.digest(token)
	x.mu.RLock()
	defer x.mu.RUnlock()
	named, owners := x.users[user], x.digests[d]
	switch {
	case named != nil:
		return named, nil
	case len(owners) == 1:
		return x.users[owners[0]], nil
	case len(owners) > 1:
		return nil, fmt.Errorf("accounts %s have the same secret, and the login names none of them: give each a secret of its own", owners)
	}
	return nil, nil
}

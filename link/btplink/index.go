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

	mu     sync.RWMutex // guards what follows
	users  map[string]*indexed
	owners map[digest]*indexed   // whose token it is
	more   map[digest][]*indexed // the others whose it is too, by a mistake
}

// indexed is a link with the digests of its secrets.
type indexed struct {
	user    string
	link    *Link
	entered []digest
}

type digest [16]byte

func newIndex() *index {
	x := &index{users: make(map[string]*indexed), owners: make(map[digest]*indexed), more: make(map[digest][]*indexed)}
	_, _ = rand.Read(x.key[:]) // never fails
	return x
}

// digest returns what stands for a token: the half of a MAC, since there may be very many.
func (x *index) digest(token []byte) (d digest) {
	h := hmac.New(sha256.New, x.key[:])
	h.Write(token)
	var sum [sha256.Size]byte
	copy(d[:], h.Sum(sum[:0]))
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
	if one := x.users[user]; one != nil && one.link == l {
		x.putLocked(user, l)
	}
}

// putLocked enters a link, and the digests of its secrets. It reads them with the lock held, so that
// the last call enters the last ones. An empty secret finds nothing.
func (x *index) putLocked(user string, l *Link) {
	x.removeLocked(user)
	one := &indexed{user: user, link: l}
	x.users[user] = one
	_, takes := l.keys.read()
	all := []string{takes.now}
	if takes.old.valid(time.Now()) && takes.old.Secret != takes.now {
		all = append(all, takes.old.Secret)
	}
	for _, secret := range all {
		if secret != "" {
			d := x.digest([]byte(secret))
			one.entered = append(one.entered, d)
			if x.owners[d] == nil {
				x.owners[d] = one
			} else {
				x.more[d] = append(x.more[d], one)
			}
		}
	}
}

// remove takes a link out, if it is still the one of that name.
func (x *index) remove(user string, l *Link) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if one := x.users[user]; one != nil && one.link == l {
		x.removeLocked(user)
	}
}

func (x *index) removeLocked(user string) {
	one := x.users[user]
	if one == nil {
		return
	}
	delete(x.users, user)
	for _, d := range one.entered {
		others := slices.DeleteFunc(x.more[d], func(other *indexed) bool { return other == one })
		if x.owners[d] == one {
			delete(x.owners, d)
			if len(others) > 0 {
				x.owners[d], others = others[0], others[1:]
			}
		}
		if len(others) > 0 {
			x.more[d] = others
		} else {
			delete(x.more, d)
		}
	}
}

// find returns the link that a login may belong to: the one that it names, or else the one whose token
// it has. That link checks the token. found is nil if there is none. Then err says for the operator if
// that is because several have the token.
func (x *index) find(user string, token []byte) (found *Link, err error) {
	d := x.digest(token)
	x.mu.RLock()
	defer x.mu.RUnlock()
	named, owner, others := x.users[user], x.owners[d], x.more[d]
	switch {
	case named != nil:
		return named.link, nil
	case len(others) > 0:
		owners := []string{owner.user}
		for _, one := range others {
			owners = append(owners, one.user)
		}
		return nil, fmt.Errorf("accounts %s have the same secret, and the login names none of them: give each a secret of its own", owners)
	case owner != nil:
		return owner.link, nil
	}
	return nil, nil
}

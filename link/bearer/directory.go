package bearer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// hintsMost bounds the JWTs whose account a Directory remembers.
const hintsMost = 16 << 10

// Directory holds the Verifiers of many accounts, and finds the account of a request by its
// Authorization header alone: by a static token, or by the claim sub of a JWT, which must be the
// Subject of a Rule of the account. A Rule without a Subject finds nothing here.
//
// Its methods are safe for concurrent use. Lookups do not wait for each other, and for a change only
// while a few entries of maps are written.
type Directory struct {
	mu       sync.RWMutex
	accounts map[string]*Verifier
	static   map[digest]string      // the account of each static token
	subjects map[string][]candidate // the slices do not change

	// hints are the accounts of JWTs that were verified. The Verifier of the account decides if a JWT
	// is still good, so a hint that is outdated or was evicted only costs parsing.
	hints cache[string]
}

// NewDirectory returns a Directory without accounts.
func NewDirectory() *Directory {
	return &Directory{
		accounts: make(map[string]*Verifier),
		static:   make(map[digest]string),
		subjects: make(map[string][]candidate),
		hints:    cache[string]{most: hintsMost},
	}
}

// candidate is an account with some rules that expect a subject.
type candidate struct {
	account  string
	verifier *Verifier
	rules    int
}

// Set gives an account a Verifier in place of the one that it has, if any. A request that comes
// meanwhile meets the one or the other. It is an error if another account accepts the same static
// token, or JWTs with the same sub and the same key. The error names both accounts, and the Directory
// stays as it was.
func (d *Directory) Set(account string, v *Verifier) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.conflictLocked(account, v); err != nil {
		return err
	}
	d.removeLocked(account)
	d.accounts[account] = v
	for i := range v.static {
		d.static[v.static[i].digest] = account
	}
	for i := range v.rules {
		if sub := v.rules[i].subject; sub != "" {
			d.addRuleLocked(sub, account, v)
		}
	}
	return nil
}

func (d *Directory) addRuleLocked(subject, account string, v *Verifier) {
	all := slices.Clone(d.subjects[subject])
	if n := len(all); n > 0 && all[n-1].account == account {
		all[n-1].rules++
	} else {
		all = append(all, candidate{account, v, 1})
	}
	d.subjects[subject] = all
}

// Remove takes an account away. A request that begins later does not find it. Remove does nothing if
// there is no such account.
func (d *Directory) Remove(account string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removeLocked(account)
}

func (d *Directory) removeLocked(account string) {
	v := d.accounts[account]
	if v == nil {
		return
	}
	delete(d.accounts, account)
	for i := range v.static {
		delete(d.static, v.static[i].digest)
	}
	for i := range v.rules {
		sub := v.rules[i].subject
		left := slices.DeleteFunc(slices.Clone(d.subjects[sub]), func(c candidate) bool { return c.account == account })
		if d.subjects[sub] = left; len(left) == 0 {
			delete(d.subjects, sub)
		}
	}
}

// Verify returns the account of a request with these Authorization headers, at a time by the wall
// clock, and which of its Options has accepted the token. The errors are those of
// [Verifier.Verify]. With ErrKnownToken the account is the one that the token belongs to.
//
// A static token, or a JWT that is remembered, costs no allocation.
func (d *Directory) Verify(authorization []string, now time.Time) (account string, m Match, err error) {
	c, err := read(authorization)
	if err != nil {
		return "", m, err
	}
	at := now.UnixNano()
	if account, v, owns := d.quick(&c, at); v != nil {
		m, done, err := v.quick(&c, at)
		if owns || done && err == nil && m.JWT && v.rules[m.Index].subject != "" {
			return account, m, named(account, err)
		}
	}
	t, err := parseJWT(c.token)
	if err != nil {
		return "", m, fmt.Errorf("%w: it is no static token of an account, and %w", ErrUnknownToken, err)
	}
	return d.search(&c, t, at)
}

// quick returns the account that owns a static token, or else the one for which a JWT was verified
// before.
func (d *Directory) quick(c *credentials, now int64) (account string, v *Verifier, owns bool) {
	hint, _ := d.hints.get(&c.digest, now)
	d.mu.RLock()
	defer d.mu.RUnlock()
	if account, owns = d.static[c.digest]; !owns {
		account = hint.value
	}
	return account, d.accounts[account], owns
}

// search tries the accounts that expect the subject of a JWT.
func (d *Directory) search(c *credentials, t *token, now int64) (account string, m Match, err error) {
	sub := t.subject()
	d.mu.RLock()
	candidates := d.subjects[sub]
	d.mu.RUnlock()
	switch {
	case sub == "":
		return "", m, fmt.Errorf("%w: it is a JWT without sub, and accounts are found by sub", ErrUnknownToken)
	case len(candidates) == 0:
		return "", m, fmt.Errorf("%w: no account expects its sub %.100q", ErrUnknownToken, sub)
	}
	var owner string // the first one whose key has signed it
	var known error
	reasons := make([]string, 0, len(candidates))
	for _, one := range candidates {
		if c.bare && !one.verifier.bare {
			reasons = append(reasons, named(one.account, errBare).Error())
			continue
		}
		m, valid, err := one.verifier.bySubject(t, c.digest, now)
		switch {
		case err == nil:
			d.hints.put(c.digest, valid, one.account, now)
			return one.account, m, nil
		case known == nil && errors.Is(err, ErrKnownToken): // another may have the same key and another issuer
			owner, known = one.account, named(one.account, err)
		default:
			reasons = append(reasons, named(one.account, err).Error())
		}
	}
	if known != nil {
		return owner, m, known
	}
	return "", m, fmt.Errorf("%w: %s", ErrUnknownToken, strings.Join(reasons, "; "))
}

// bySubject verifies a JWT by the rules that expect its subject, unless one of them has before.
func (v *Verifier) bySubject(t *token, d digest, now int64) (Match, span, error) {
	if e, ok := v.verified.get(&d, now); ok && v.rules[e.value.Index].subject != "" {
		return e.value, e.span, nil
	}
	return v.verify(t, d, now, true)
}

// named returns an error with the account that it is of, nil for nil.
func named(account string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("account %s: %w", account, err)
}

package bearer

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"
)

// TokensMax and RulesMax bound what one account has. A stranger makes us try all of it.
const (
	TokensMax = 16
	RulesMax  = 16
)

// ErrUnknownToken says that a token is none of those of the account, and is signed with none of its
// secrets and keys. Strangers cause it, and so does a peer with the wrong secret.
var ErrUnknownToken = errors.New("unknown token")

// ErrKnownToken says that a token is one of those of the account, or is signed with one of its
// secrets or keys, but is refused, such as for its expiry. The peer causes it, or someone who has
// recorded a token of the peer.
var ErrKnownToken = errors.New("known token")

// errBare is why a token without a scheme is refused.
var errBare = fmt.Errorf("%w: it does not begin with Bearer, and the account does not accept that", ErrHeader)

// Token is a static token that an account accepts: any text in ASCII that begins and ends with no
// blank.
type Token struct {
	Text  string
	Until time.Time // when it ends, by the wall clock, as after a rotation; zero if it does not
}

// Options say what a Verifier accepts.
type Options struct {
	Tokens []Token
	Rules  []Rule
	Bare   bool // accept also tokens without the scheme Bearer, as the plugin does
}

// Match says which of the Options has accepted a token.
type Match struct {
	JWT   bool // one of Rules, not of Tokens
	Index int  // in Rules or Tokens
}

// Verifier checks the requests of one account. It does not change, so for other Options make another
// one. Its methods are safe for concurrent use, and do not block.
//
// A Verifier does not have its static tokens, only digests. It remembers up to 1,024 JWTs that it has
// verified, as digests too, so a request with a token that was seen before pays no signature.
type Verifier struct {
	static   []static
	rules    []rule
	bare     bool
	verified cache[Match]
}

type static struct {
	digest
	until int64 // Unix nanoseconds
}

// NewVerifier returns a Verifier with some Options, which the caller may change afterwards. An error
// says which of them makes no sense and shows no secret. See Warning for secrets that are too short.
func NewVerifier(o Options) (*Verifier, error) {
	v := &Verifier{bare: o.Bare, verified: cache[Match]{most: cacheMost}}
	switch {
	case len(o.Tokens)+len(o.Rules) == 0:
		return nil, errors.New("without a static token and a JWT rule every request would be refused")
	case len(o.Tokens) > TokensMax:
		return nil, fmt.Errorf("there are %d static tokens, more than %d", len(o.Tokens), TokensMax)
	case len(o.Rules) > RulesMax:
		return nil, fmt.Errorf("there are %d JWT rules, more than %d", len(o.Rules), RulesMax)
	}
	for i, t := range o.Tokens {
		if err := checkStatic(t.Text); err != nil {
			return nil, fmt.Errorf("static token %d: %w", i+1, err)
		}
		one := static{digestOf(t.Text), always.until}
		if !t.Until.IsZero() {
			one.until = t.Until.UnixNano()
		}
		for j, other := range v.static {
			if one.digest == other.digest {
				return nil, fmt.Errorf("static tokens %d and %d are the same", j+1, i+1)
			}
		}
		v.static = append(v.static, one)
	}
	for i, o := range o.Rules {
		r, err := newRule(o)
		if err != nil {
			return nil, fmt.Errorf("JWT rule %d: %w", i+1, err)
		}
		v.rules = append(v.rules, r)
	}
	return v, nil
}

// checkStatic returns why a text cannot be a static token, nil if it can.
func checkStatic(text string) error {
	switch {
	case text == "":
		return errEmpty
	case hasScheme(text + " "):
		return errors.New("it begins with Bearer: leave that out")
	case strings.ContainsFunc(text, func(r rune) bool { return r > '~' }):
		return errors.New("it has a character that is not in ASCII, which peers send in different ways")
	}
	return sound(text)
}

// Verify checks the values of the Authorization headers of a request, at a time by the wall clock.
// The error says for the operator which check has failed. It wraps ErrHeader, ErrUnknownToken or
// ErrKnownToken. A peer is told nothing of it: the plugin answers 401 "invalid authorization".
//
// A static token, or a JWT that is remembered, costs no allocation.
func (v *Verifier) Verify(authorization []string, now time.Time) (Match, error) {
	c, err := read(authorization)
	if err != nil {
		return Match{}, err
	}
	at := now.UnixNano()
	if m, done, err := v.quick(&c, at); done {
		return m, err
	}
	if len(v.rules) == 0 {
		return Match{}, fmt.Errorf("%w: it is no static token of the account", ErrUnknownToken)
	}
	t, err := parseJWT(c.token)
	if err != nil {
		return Match{}, fmt.Errorf("%w: it is no static token of the account, and %w", ErrUnknownToken, err)
	}
	m, _, err := v.verify(t, c.digest, at, false)
	return m, err
}

// quick checks a token as far as that needs no signature. done says that nothing remains to check.
func (v *Verifier) quick(c *credentials, now int64) (m Match, done bool, err error) {
	if c.bare && !v.bare {
		return m, true, errBare
	}
	which := 0
	for i := range v.static { // all of them, so that the time says nothing
		which = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(c.digest[:], v.static[i].digest[:]), i+1, which)
	}
	if which == 0 {
		e, done := v.verified.get(&c.digest, now)
		return e.value, done, nil
	}
	if until := v.static[which-1].until; now >= until {
		return m, true, fmt.Errorf("%w: static token %d ended %s ago, at %s", ErrKnownToken, which, about(now-until), instant(until))
	}
	return Match{Index: which - 1}, true, nil
}

// verify tries the rules on a JWT, and remembers it if one accepts it. With subject it tries only
// those that expect the subject of the token.
func (v *Verifier) verify(t *token, d digest, now int64, subject bool) (m Match, valid span, err error) {
	known, reasons := false, make([]string, 0, len(v.rules))
	for i := range v.rules {
		r := &v.rules[i]
		if subject && r.subject != t.subject() {
			continue
		}
		valid, signed, err := r.verify(t, now)
		if err == nil {
			m = Match{JWT: true, Index: i}
			v.verified.put(d, valid, m, now)
			return m, valid, nil
		}
		if signed && !known {
			known, reasons = true, reasons[:0] // the rules before are of other keys
		}
		if signed == known {
			reasons = append(reasons, fmt.Sprintf("JWT rule %d: %v", i+1, err))
		}
	}
	kind := ErrUnknownToken
	if known {
		kind = ErrKnownToken
	}
	return m, valid, fmt.Errorf("%w: %s", kind, strings.Join(reasons, "; "))
}

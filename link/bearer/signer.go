package bearer

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// LifetimeDefault is how long a JWT of a Signer is valid: jwtExpiry of the plugin.
const LifetimeDefault = 30 * time.Second

// lifetimeMin is the shortest time that a JWT can be valid. Its times are whole seconds, and it is
// used for half of that time.
const lifetimeMin = 2 * time.Second

// SignerOptions say how we prove who we are: by a static token or by JWTs.
type SignerOptions struct {
	Token string // the static token, empty for JWTs

	Secret     string // shared with the peer, for HS256, HS384 or HS512
	PrivateKey string // ours, for RS256 or ES256: PEM text, in PKCS #8, PKCS #1 or SEC 1
	Algorithm  string // empty for HS256, or for the one that the private key takes
	Lifetime   time.Duration

	// The claims sub, iss and aud, empty for none. The plugin sends none.
	Subject, Issuer, Audience string

	// Bare leaves out the scheme Bearer, as the plugin does with options of their old names.
	Bare bool
}

// Signer makes the Authorization header of requests. Its methods are safe for concurrent use.
type Signer struct {
	static string // the header, if it is always the same
	scheme string

	head     string // the header of the JWTs, in base64url
	claims   claims // without times
	lifetime int64  // seconds
	using    algorithm
	key      any

	now     atomic.Pointer[signed]
	signing sync.Mutex
}

// claims are those of a JWT, in the order in which the plugin sends them.
type claims struct {
	Subject  string `json:"sub,omitempty"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Audience string `json:"aud,omitempty"`
	Issuer   string `json:"iss,omitempty"`
}

// signed is a header that was made. Its times are Unix nanoseconds.
type signed struct {
	header string
	from   int64
	until  int64 // from here on it is replaced
	last   int64 // until here it may be used while another caller replaces it
}

// NewSigner returns a Signer with some options. An error says which of them makes no sense and shows
// no secret. See Warning for secrets that are too short.
func NewSigner(o SignerOptions) (*Signer, error) {
	s := &Signer{scheme: scheme}
	if o.Bare {
		s.scheme = ""
	}
	given := 0
	for _, secret := range []string{o.Token, o.Secret, o.PrivateKey} {
		if secret != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, errors.New("it needs one of a static token, a shared secret and a private key")
	case o.Token != "" && (o.Algorithm != "" || o.Lifetime != 0 || o.Subject != "" || o.Issuer != "" || o.Audience != ""):
		return nil, errors.New("a static token has no algorithm, lifetime or claims")
	case o.Token != "":
		if err := checkStatic(o.Token); err != nil {
			return nil, fmt.Errorf("static token: %w", err)
		}
		s.static = s.scheme + o.Token
		return s, nil
	}
	if err := s.setJWT(o); err != nil {
		return nil, err
	}
	return s, nil
}

// setJWT prepares the signing of JWTs, and tries it once.
func (s *Signer) setJWT(o SignerOptions) (err error) {
	k := shared
	if o.Secret != "" {
		s.key, err = secretKey(o.Secret)
	} else {
		s.key, k, err = privateKey(o.PrivateKey)
	}
	if err != nil {
		return err
	}
	var names []string
	if o.Algorithm != "" {
		names = []string{o.Algorithm}
	}
	fitting, err := algorithmsOf(k, names)
	if err != nil {
		return err
	}
	if o.Lifetime == 0 {
		o.Lifetime = LifetimeDefault
	}
	if o.Lifetime < lifetimeMin {
		return fmt.Errorf("a lifetime of %s is less than %s", o.Lifetime, lifetimeMin)
	}
	s.using, s.lifetime = fitting[0], int64(o.Lifetime/time.Second)
	s.head = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + s.using.name + `","typ":"JWT"}`))
	s.claims = claims{Subject: o.Subject, Audience: o.Audience, Issuer: o.Issuer}
	one, err := s.sign(0)
	if err == nil && len(one.header) > len(scheme)+TokenBytesMax {
		err = fmt.Errorf("the JWTs would have more than %d bytes", TokenBytesMax)
	}
	return err
}

// Header returns the value of the Authorization header of a request that is sent now, by the wall
// clock. A JWT is used for half of its lifetime. Then one caller signs the next one, which takes 2 ms
// with RSA and less than 0.1 ms otherwise, and the others use the old one meanwhile. They wait for the
// signature only if the old one is about to expire. Otherwise Header does not block or allocate.
//
// An error says that signing failed, which it never does with a key that NewSigner has tried, unless
// the machine is broken.
func (s *Signer) Header(now time.Time) (string, error) {
	if s.static != "" {
		return s.static, nil
	}
	at := now.UnixNano()
	one := s.now.Load()
	if one != nil && one.from <= at && at < one.until {
		return one.header, nil
	}
	if !s.signing.TryLock() {
		if one != nil && one.from <= at && at < one.last {
			return one.header, nil
		}
		s.signing.Lock()
	}
	defer s.signing.Unlock()
	if one := s.now.Load(); one != nil && one.from <= at && at < one.until {
		return one.header, nil
	}
	one, err := s.sign(now.Unix())
	if err != nil {
		return "", fmt.Errorf("sign a JWT: %w", err)
	}
	s.now.Store(one)
	return one.header, nil
}

// sign makes a JWT. It may be used from a second before it was issued, as callers may have read the
// clock in another order. When the clock was set back further, it is replaced.
func (s *Signer) sign(iat int64) (*signed, error) {
	c := s.claims
	c.IssuedAt, c.Expires = iat, iat+s.lifetime
	body, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	text := s.head + "." + base64.RawURLEncoding.EncodeToString(body)
	signature, err := s.using.method.Sign(text, s.key)
	if err != nil {
		return nil, err
	}
	life, second := s.lifetime*int64(time.Second), int64(time.Second)
	return &signed{
		header: s.scheme + text + "." + base64.RawURLEncoding.EncodeToString(signature),
		from:   (iat - 1) * second,
		until:  iat*second + life/2,
		last:   iat*second + life - life/4,
	}, nil
}

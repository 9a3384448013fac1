package connector

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/bearer"
)

// httpKeys are what an account over HTTP accepts of its peer, and what it says to it. They may be
// replaced while it runs.
type httpKeys struct {
	now     atomic.Pointer[httpKeyring]
	since   atomic.Int64           // steady time of the last replacement, 0 for none
	changed atomic.Pointer[func()] // is told of each replacement; nil for nothing
	byOld   atomic.Bool            // the last request that was accepted had the token from before a rotation
}

// httpKeyring are the keys as of one moment.
type httpKeyring struct {
	verifier *bearer.Verifier // nil if no token is accepted
	old      int              // which of its static tokens is the one from before a rotation, -1 for none
	until    time.Time        // when that ends
	client   *clientCheck     // nil if no certificate is asked for
	signer   *bearer.Signer   // nil if nothing goes out, or without a token
}

// newHTTPKeys makes the keys of options.
func newHTTPKeys(o config.HTTPOptions) (*httpKeys, error) {
	ring := &httpKeyring{old: -1}
	if in := o.Incoming; in != nil {
		if err := ring.accept(in); err != nil {
			return nil, fmt.Errorf("options.incoming: %w", err)
		}
	}
	if out := o.Outgoing; out != nil {
		if err := ring.say(out); err != nil {
			return nil, fmt.Errorf("options.outgoing: %w", err)
		}
	}
	k := new(httpKeys)
	k.now.Store(ring)
	return k, nil
}

// accept adds what the peer may show.
func (ring *httpKeyring) accept(in *config.HTTPIncoming) (err error) {
	accepted := bearer.Options{Bare: true}
	for _, token := range in.Tokens {
		accepted.Tokens = append(accepted.Tokens, bearer.Token{Text: token})
	}
	if old := in.OldToken; old.Secret != "" {
		ring.old, ring.until = len(accepted.Tokens), old.Until
		accepted.Tokens = append(accepted.Tokens, bearer.Token{Text: old.Secret, Until: old.Until})
	}
	for _, r := range in.JWT {
		rule := bearer.Rule{
			Secret: r.Secret, Algorithms: r.Algorithms, Subject: r.Subject, Issuer: r.Issuer, Audience: r.Audience,
			RequireExpiry: r.RequireExpiry, MaxAge: r.MaxAge,
		}
		if r.PublicKey != "" {
			text, err := pemText(r.PublicKey)
			if err != nil {
				return fmt.Errorf("jwt.publicKey: %w", err)
			}
			rule.PublicKey = string(text)
		}
		accepted.Rules = append(accepted.Rules, rule)
	}
	if len(accepted.Tokens)+len(accepted.Rules) > 0 {
		if ring.verifier, err = bearer.NewVerifier(accepted); err != nil {
			return err
		}
	}
	if c := in.ClientCertificate; c != nil {
		text, err := pemText(c.CA)
		if err != nil {
			return fmt.Errorf("clientCertificate.ca: %w", err)
		}
		ring.client = &clientCheck{pool: x509.NewCertPool(), name: c.Name}
		if !ring.client.pool.AppendCertsFromPEM(text) {
			return fmt.Errorf("clientCertificate.ca: %s holds no PEM certificate", nameOf(c.CA))
		}
	}
	return nil
}

// say adds what we show to the peer.
func (ring *httpKeyring) say(out *config.HTTPOutgoing) (err error) {
	o := bearer.SignerOptions{Token: out.Token, Bare: out.Bare}
	if j := out.JWT; j != nil {
		o = bearer.SignerOptions{
			Secret: j.Secret, Algorithm: j.Algorithm, Lifetime: j.Expiry, Subject: j.Subject, Issuer: j.Issuer, Audience: j.Audience, Bare: out.Bare,
		}
		if j.PrivateKey != "" {
			text, err := pemText(j.PrivateKey)
			if err != nil {
				return fmt.Errorf("jwt.privateKey: %w", err)
			}
			o.PrivateKey = string(text)
		}
	}
	if o.Token == "" && o.Secret == "" && o.PrivateKey == "" { // the peer knows us by our certificate
		return nil
	}
	ring.signer, err = bearer.NewSigner(o)
	return err
}

// check returns why a request is not one of the peer, nil if it is. What the options name must all
// be there: a certificate, and one of the tokens.
func (k *httpKeys) check(r *http.Request) error {
	ring, now := k.now.Load(), time.Now()
	if ring.client != nil {
		if err := ring.client.check(r, now); err != nil {
			return err
		}
	}
	switch {
	case ring.verifier != nil:
		m, err := ring.verifier.Verify(r.Header["Authorization"], now)
		if isOld := !m.JWT && m.Index == ring.old; err == nil && k.byOld.Load() != isOld {
			k.byOld.Store(isOld)
		}
		return err
	case ring.client == nil:
		return errors.New("the account accepts nothing")
	}
	return nil
}

// authorization returns the header of that name, empty for none.
func (k *httpKeys) authorization(now time.Time) (string, error) {
	signer := k.now.Load().signer
	if signer == nil {
		return "", nil
	}
	return signer.Header(now)
}

// underWay is how long a request may be under way that has the former token.
const underWay = time.Minute

// replaced reports whether the token was replaced so lately that the peer may have refused the former
// one.
func (k *httpKeys) replaced() bool {
	since := k.since.Load()
	return since != 0 && clock.Now().Steady-since < int64(underWay)
}

// become takes the keys of another one.
func (k *httpKeys) become(other *httpKeys) {
	k.now.Store(other.now.Load())
	k.since.Store(clock.Now().Steady)
	if tell := k.changed.Load(); tell != nil {
		(*tell)()
	}
}

//go:build ignore

package connector

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/bearer"
)

// httpKeys are what an account over HTTP accepts of its peer, and what it says to it. They may be
// replaced while it runs.
type httpKeys struct {
	now atomic.Pointer[httpKeyring]
	old atomic.Bool // the peer has refused the new token, and the old one is tried
}

// httpKeyring are the keys as of one moment.
type httpKeyring struct {
	verifier *bearer.Verifier // nil if no token is accepted
	pool     *x509.CertPool   // of client certificates, nil if none is asked for
	name     string
	signer   *bearer.Signer // nil if nothing goes out
	former   *bearer.Signer // of the token from before, nil if there is none
	until    time.Time      // when that ends
}

// newHTTPKeys makes the keys of options.
func newHTTPKeys(o config.HTTPOptions) (*httpKeys, error) {
	ring := new(httpKeyring)
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
		ring.pool, ring.name = x509.NewCertPool(), c.Name
		if !ring.pool.AppendCertsFromPEM(text) {
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
	if ring.signer, err = bearer.NewSigner(o); err != nil {
		return err
	}
	if old := out.OldToken; old.Secret != "" {
		ring.until = old.Until
		ring.former, err = bearer.NewSigner(bearer.SignerOptions{Token: old.Secret, Bare: out.Bare})
	}
	return err
}

// check returns why a request is not one of the peer, nil if it is. What the options name must all
// be there: a certificate, and one of the tokens.
func (k *httpKeys) check(r *http.Request) error {
	ring, now := k.now.Load(), time.Now()
	if ring.pool != nil {
		if err := clientCertificateOf(r, ring.pool, ring.name, now); err != nil {
			return err
		}
	}
	switch {
	case ring.verifier != nil:
		_, err := ring.verifier.Verify(r.Header["Authorization"], now)
		return err
	case ring.pool == nil:
		return errors.New("the account accepts nothing")
	}
	return nil
}

// authorization returns the header of that name, empty for none.
func (k *httpKeys) authorization(now time.Time) (string, error) {
	ring := k.now.Load()
	switch {
	case ring.signer == nil:
		return "", nil
	case ring.former != nil && k.old.Load() && now.Before(ring.until):
		return ring.former.Header(now)
	}
	return ring.signer.Header(now)
}

// tryOld notes that the peer has refused our token. It returns true if the other one of two tokens
// is worth a try.
func (k *httpKeys) tryOld() bool {
	ring := k.now.Load()
	if ring.former == nil || !time.Now().Before(ring.until) {
		return false
	}
	k.old.Store(!k.old.Load())
	return true
}

// become takes the keys of another one.
func (k *httpKeys) become(other *httpKeys) {
	k.now.Store(other.now.Load())
	k.old.Store(false)
}

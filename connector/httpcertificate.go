package connector

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// clientCheck is which certificate the peer of an account over HTTP must show.
type clientCheck struct {
	pool *x509.CertPool // of the authorities
	name string         // that the certificate is for, empty for any
	last atomic.Pointer[seenCertificate]
}

// seenCertificate is a certificate that was found good. Requests come one after the other over the same
// connections, and a signature takes longer to check than a packet to pass.
type seenCertificate struct {
	raw         []byte
	from, until time.Time
}

// seenTime is how long a certificate that was found good is not checked again.
const seenTime = time.Minute

// check returns why a request does not show the certificate, nil if it does.
func (c *clientCheck) check(r *http.Request, now time.Time) error {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return errors.New("it shows no client certificate")
	}
	leaf := r.TLS.PeerCertificates[0]
	if last := c.last.Load(); last != nil && !now.Before(last.from) && now.Before(last.until) && bytes.Equal(last.raw, leaf.Raw) {
		return nil
	}
	if err := c.verify(leaf, r.TLS.PeerCertificates[1:], now); err != nil {
		return fmt.Errorf("its client certificate: %.200q", err.Error()) // which may quote the certificate
	}
	until := now.Add(seenTime)
	if leaf.NotAfter.Before(until) {
		until = leaf.NotAfter
	}
	c.last.Store(&seenCertificate{leaf.Raw, now, until})
	return nil
}

// verify returns why a certificate is not that of the peer, nil if it is. between are those that stand
// between it and an authority.
func (c *clientCheck) verify(leaf *x509.Certificate, between []*x509.Certificate, now time.Time) error {
	pool := x509.NewCertPool()
	for _, one := range between {
		pool.AddCert(one)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: c.pool, Intermediates: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return err
	}
	if c.name == "" || leaf.Subject.CommonName == c.name {
		return nil
	}
	return leaf.VerifyHostname(c.name)
}

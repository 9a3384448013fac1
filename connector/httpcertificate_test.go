package connector

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"
)

// issue returns a certificate that another one has signed, which is itself if parent is nil.
func issue(t *testing.T, name string, from, until time.Time, parent *x509.Certificate, signer *ecdsa.PrivateKey, dns ...string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: dns, NotBefore: from, NotAfter: until,
		IsCA: parent == nil, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// A certificate that was good is not checked again for a minute, but never beyond its end. Another one is
// checked at once.
func TestClientCertificateIsCheckedOncePerMinute(t *testing.T) {
	now := time.Now()
	authority, key := issue(t, "authority", now.Add(-time.Hour), now.Add(time.Hour), nil, nil)
	good, _ := issue(t, "peer", now.Add(-time.Hour), now.Add(30*time.Second), authority, key)
	named, _ := issue(t, "other", now.Add(-time.Hour), now.Add(time.Hour), authority, key)
	forged, _ := issue(t, "peer", now.Add(-time.Hour), now.Add(time.Hour), nil, nil)
	c := &clientCheck{pool: x509.NewCertPool(), name: "peer"}
	c.pool.AddCert(authority)
	check := func(cert *x509.Certificate, at time.Time) error {
		return c.check(&http.Request{TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}}, at)
	}
	for name, wrong := range map[string]*x509.Certificate{"another name": named, "another authority": forged} {
		if check(wrong, now) == nil {
			t.Errorf("a certificate with %s is taken", name)
		}
	}
	if err := check(good, now); err != nil {
		t.Fatal(err)
	}
	if check(forged, now) == nil || check(named, now) == nil {
		t.Error("a certificate is taken because another one was good")
	}
	request := &http.Request{TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{good}}}
	if n := testing.AllocsPerRun(100, func() { _ = c.check(request, now.Add(time.Second)) }); n != 0 {
		t.Errorf("a certificate that was good costs %v allocations", n)
	}
	if err := check(good, now.Add(31*time.Second)); err == nil {
		t.Error("a certificate is taken after its end")
	}
	if err := c.check(&http.Request{}, now); err == nil {
		t.Error("no certificate is taken")
	}
}

// What a stranger has written into certificates does not fill logs and alerts.
func TestErrorsAboutClientCertificatesAreShort(t *testing.T) {
	now := time.Now()
	authority, key := issue(t, "authority", now.Add(-time.Hour), now.Add(time.Hour), nil, nil)
	long := strings.Repeat("\x1b[2J", 10_000)
	stranger, strangerKey := issue(t, long, now.Add(-time.Hour), now.Add(time.Hour), nil, nil)
	forged, _ := issue(t, "peer", now.Add(-time.Hour), now.Add(time.Hour), stranger, strangerKey)
	named, _ := issue(t, "other", now.Add(-time.Hour), now.Add(time.Hour), authority, key, long)
	c := &clientCheck{pool: x509.NewCertPool(), name: "peer"}
	c.pool.AddCert(authority)
	for name, chain := range map[string][]*x509.Certificate{"the name of an authority": {forged, stranger}, "a name of another peer": {named}} {
		err := c.check(&http.Request{TLS: &tls.ConnectionState{PeerCertificates: chain}}, now)
		if err == nil || len(err.Error()) > 1000 || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: the error has %d bytes: %.100q", name, len(fmt.Sprint(err)), err)
		}
	}
}

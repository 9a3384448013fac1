package websocket

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// selfSigned returns a certificate for 127.0.0.1 and the pool that trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestHandshakeOverTLS(t *testing.T) {
	cert, pool := selfSigned(t)
	l := tls.NewListener(loopback(t), &tls.Config{Certificates: []tls.Certificate{cert}})
	ended := serve(t, l, AcceptOptions{Path: "/path"})

	e := dialEnd(t, "wss://"+l.Addr().String()+"/path?q=1", DialOptions{TLS: &tls.Config{RootCAs: pool}})
	wantEcho(t, e, inFragments(Client, pattern(100_000)), Message{Pong, []byte("between")}, Message{Binary, pattern(100_000)})
	if err := e.write(AppendClose(nil, Client, CodeNormal, "")); err != nil {
		t.Fatal(err)
	}
	if got := <-ended; got.err != nil || got.code != CodeNormal || got.req.URL.RawQuery != "q=1" {
		t.Errorf("server ended with %+v", got)
	}
}

func TestDialRefusesAnUntrustedCertificate(t *testing.T) {
	cert, _ := selfSigned(t)
	l := tls.NewListener(loopback(t), &tls.Config{Certificates: []tls.Certificate{cert}})
	ended := serve(t, l, AcceptOptions{})
	_, _, err := Dial(deadline(t), "wss://"+l.Addr().String(), DialOptions{})
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("client: %v", err)
	}
	if got := <-ended; got.err == nil {
		t.Error("server accepted")
	}
}

func TestDialEndsWhenTLSIsNotAnswered(t *testing.T) {
	got := dialTo(t, "wss://example.test", DialOptions{}, nil)
	if got.err == nil || !strings.HasSuffix(got.err.Error(), "deadline exceeded") {
		t.Errorf("error %v", got.err)
	}
}

package connector_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// pemPair returns a certificate for 127.0.0.1 with that name, and its key.
func pemPair(t *testing.T, name string, life time.Duration) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(life),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
}

// pairFiles are the files of a certificate.
type pairFiles struct {
	t         *testing.T
	cert, key string
}

func newPair(t *testing.T, name string, life time.Duration) pairFiles {
	dir := t.TempDir()
	f := pairFiles{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	f.write(name, life)
	return f
}

func (f pairFiles) write(name string, life time.Duration) {
	f.t.Helper()
	cert, key := pemPair(f.t, name, life)
	f.put(f.cert, cert)
	f.put(f.key, key)
}

func (f pairFiles) put(file string, text []byte) {
	f.t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// shown returns the name in the certificate that a port shows.
func shown(t *testing.T, port int) string {
	t.Helper()
	var conn *tls.Conn
	await(t, "the listener", func() bool {
		c, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port)) //nolint:gosec // a test
		if err != nil {
			return false
		}
		conn = c.(*tls.Conn)
		return true
	})
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func wantShown(t *testing.T, port int, want string) {
	t.Helper()
	if got := shown(t, port); got != want {
		t.Errorf("the listener shows %s, want %s", got, want)
	}
}

const year = 365 * 24 * time.Hour

// alertsOf returns the texts of the alerts of a connector.
func alertsOf(c *changeable) (all []string) {
	for _, a := range c.Alerts().All() {
		all = append(all, a.Message)
	}
	return all
}

func TestCertificateIsReadAgainByAReload(t *testing.T) {
	for name, account := range map[string]string{
		"btp":           `{relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {host: 127.0.0.1, port: %d, secret: s, tls: {cert: %s, key: %s}}}}`,
		"of references": `{relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {host: 127.0.0.1, port: %d, secret: s, tls: {cert: {file: %s}, key: {file: %s}}}}}`,
		"mini-accounts": `{relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 2, options: {port: %d, wsOpts: {host: 127.0.0.1}, tls: {cert: %s, key: %s}}}`,
		"children":      `{relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, children: {perChild: {balance: {maximum: "1"}}}, options: {listener: {host: 127.0.0.1, port: %d, tls: {cert: %s, key: %s}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			port, files := freePort(t), newPair(t, "one", year)
			accounts := "\n  alice: " + fmt.Sprintf(account, port, files.cert, files.key) + "\n"
			c := run(t, nil, accounts)
			wantShown(t, port, "one")
			open := btppeer.Join(t, fmt.Sprintf("wss://127.0.0.1:%d", port), "ann", "s")
			files.write("two", year)
			if done, err := c.reload(accounts); err != nil || len(done.Warnings) > 0 {
				t.Fatal(err, done.Warnings)
			}
			wantShown(t, port, "two")
			open.Ping()

			files.put(files.key, []byte("garbage"))
			done, err := c.reload(accounts)
			if err != nil || len(done.Warnings) != 1 || !strings.Contains(done.Warnings[0].String(), files.key) {
				t.Errorf("%v, warnings %v", err, done.Warnings)
			}
			wantShown(t, port, "two")
			if all := strings.Join(alertsOf(c), "\n"); !strings.Contains(all, "the certificate from before stays in use: options.") || !strings.Contains(all, files.key) {
				t.Errorf("alerts: %s", all)
			}
			files.write("three", year)
			if _, err := c.reload(accounts); err != nil {
				t.Fatal(err)
			}
			wantShown(t, port, "three")
			if all := alertsOf(c); len(all) > 0 {
				t.Errorf("alerts stay: %q", all)
			}
			open.Ping()
		})
	}
}

// Without a word of an operator, the files are looked at every few seconds.
func TestCertificateIsReadAgainWhenItsFileChanges(t *testing.T) {
	port, files := freePort(t), newPair(t, "one", year)
	c := run(t, nil, fmt.Sprintf(`
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {host: 127.0.0.1, port: %d, secret: s, tls: {cert: %s, key: %s}}}}
`, port, files.cert, files.key))
	wantShown(t, port, "one")
	files.write("two", year)
	connector.LookAtCertificates(c.Connector)
	wantShown(t, port, "two")
	if _, text := ask(t, c.port, "GET", "/metrics", ""); !strings.Contains(text, `ilp_connector_account_certificate_expiry_timestamp_seconds{account="alice",asset="USD",scale="2"} `) {
		t.Error("there is no metric of the end of the certificate")
	}
}

// heard takes alerts.
type heard []string

func (h *heard) Raise(kind, message string)          { *h = append(*h, "+ "+kind+": "+message) }
func (h *heard) RaiseStrangers(kind, message string) { h.Raise(kind, message) }
func (h *heard) Resolve(kind string)                 { *h = append(*h, "- "+kind) }

// took returns the alerts since the last call, and checks that they begin as wanted.
func (h *heard) took(t *testing.T, what string, want ...string) {
	t.Helper()
	got := *h
	*h = nil
	if len(got) != len(want) {
		t.Errorf("%s: alerts %q, want %q", what, got, want)
		return
	}
	for i, text := range got {
		if !strings.HasPrefix(text, want[i]) {
			t.Errorf("%s: alert %s, want %s", what, text, want[i])
		}
	}
}

// A certificate and its key may be replaced one after the other. What stays wrong is an alert, once.
func TestAlertsOfACertificate(t *testing.T) {
	files, alerts := newPair(t, "one", year), new(heard)
	look, err := connector.ListenerCertificate(files.cert, files.key, alerts)
	if err != nil {
		t.Fatal(err)
	}
	look(false)
	alerts.took(t, "at the start", "- certificate", "- certificate ends", "- client certificate", "- client certificate ends")
	cert, _ := pemPair(t, "two", year)
	files.put(files.cert, cert)
	if faults := look(false); len(faults) != 1 {
		t.Errorf("faults %v", faults)
	}
	alerts.took(t, "between certificate and key")
	for range 3 {
		look(false)
	}
	alerts.took(t, "without a key", "+ certificate: the TLS files in options.listener.tls have changed and cannot be used, "+
		"so the certificate from before stays in use: options.listener.tls: "+files.cert+" with "+files.key)
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	look(false)
	alerts.took(t, "without a file", "+ certificate: ")
	files.write("three", 13*24*time.Hour)
	look(false)
	look(false)
	alerts.took(t, "with a short one", "- certificate", "+ certificate ends: the certificate in options.listener.tls ends at ")
	files.write("four", 15*24*time.Hour)
	look(false)
	alerts.took(t, "with a long one", "- certificate ends")
	files.put(files.key, []byte("garbage"))
	look(true)
	alerts.took(t, "when an operator asks", "+ certificate: ")
}

// The files of a client certificate, and of the authorities it trusts, are read again for the next
// connection.
func TestCertificateOfADialerIsReadAgain(t *testing.T) {
	port, server := freePort(t), newPair(t, "server", year)
	trusted := newPair(t, "another", year)
	c := run(t, nil, fmt.Sprintf(`
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {host: 127.0.0.1, port: %[1]d, secret: s, tls: {cert: %[2]s, key: %[3]s}}}}
  bob: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {server: "btp+wss://127.0.0.1:%[1]d", btpToken: s, reconnectInterval: 1, tls: {ca: %[4]s}}}
`, port, server.cert, server.key, trusted.cert))
	await(t, "bob to refuse the server", func() bool {
		_, text := ask(t, c.port, "GET", "/accounts", "")
		return strings.Contains(text, "certificate signed by unknown authority")
	})
	text, err := os.ReadFile(server.cert)
	if err != nil {
		t.Fatal(err)
	}
	trusted.put(trusted.cert, text)
	connector.LookAtCertificates(c.Connector)
	awaitConnected(t, c.Connector, "bob")
}

// PEM text may be in the options, or in a variable. Another one takes its place without a new
// link.
func TestCertificateOfTextChangesInPlace(t *testing.T) {
	port := freePort(t)
	text := func(name string) string {
		cert, key := pemPair(t, name, year)
		return fmt.Sprintf("\n  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {host: 127.0.0.1, port: %d, secret: s, tls: {cert: %q, key: %q}}}}\n",
			port, cert, key)
	}
	c := run(t, nil, text("one"))
	wantShown(t, port, "one")
	open := btppeer.Join(t, fmt.Sprintf("wss://127.0.0.1:%d", port), "", "s")
	if _, err := c.reload(text("two")); err != nil {
		t.Fatal(err)
	}
	wantShown(t, port, "two")
	open.Ping()
	next := strings.Replace(text("three"), "BEGIN EC PRIVATE KEY-----\\n", "BEGIN EC PRIVATE KEY-----\\nhunter2", 1)
	if _, err := c.reload(next); err == nil || !strings.Contains(err.Error(), "options.listener.tls") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a bad key is taken, or shown: %v", err)
	}
	wantShown(t, port, "two")
}

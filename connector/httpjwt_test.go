package connector_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// keyFiles writes a private key and its public half.
func keyFiles(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public = filepath.Join(dir, "private.pem"), filepath.Join(dir, "public.pem")
	for name, block := range map[string]*pem.Block{private: {Type: "PRIVATE KEY", Bytes: ours}, public: {Type: "PUBLIC KEY", Bytes: theirs}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return private, public
}

// Tokens are signed with a secret or a key. At /ilp, their subject says whose they are.
func TestSignedTokensOverHTTP(t *testing.T) {
	private, public := keyFiles(t)
	_, other := keyFiles(t)
	port, own := freePort(t), freePort(t)
	far, _ := start(t, fmt.Sprintf(`
ilpAddress: test.far
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
accounts:
  keyed: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {jwt: {publicKey: %s, subject: near, issuer: us, audience: far, maxAge: 60000, requireExpiry: true}}}}
  strange: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {jwt: {publicKey: %s, subject: near, requireExpiry: true}}}}
  secret: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [a-static-token-beside], jwt: [{secret: a-secret-of-both-sides, requireExpiry: true}]}}}
  npm: {relation: child, plugin: ilp-plugin-http, assetCode: USD, assetScale: 2, options: {incoming: {host: 127.0.0.1, port: %d, jwtSecret: a-secret-of-both-sides}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`, port, public, other, own), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, far)
	signed := func(claims string) string {
		return fmt.Sprintf("plugin: ilp-http, options: {outgoing: {url: 'http://127.0.0.1:%d%%s', jwt: {privateKey: %s, %s}}}", port, private, claims)
	}
	right, bySecret := signed("subject: near, issuer: us, audience: far"), fmt.Sprintf("plugin: ilp-http, options: {outgoing: {url: 'http://127.0.0.1:%d%%s', jwt: {secret: %%s, algorithm: HS512}}}", port)
	for name, c := range map[string]struct{ account, want string }{
		"its path":           {fmt.Sprintf(right, "/accounts/keyed/ilp"), "fulfilled"},
		"its subject":        {fmt.Sprintf(right, "/ilp"), "fulfilled"},
		"another key":        {fmt.Sprintf(right, "/accounts/strange/ilp"), "F02"},
		"another issuer":     {fmt.Sprintf(signed("subject: near, issuer: them, audience: far"), "/ilp"), "F02"},
		"no subject":         {fmt.Sprintf(signed("issuer: us, audience: far"), "/accounts/keyed/ilp"), "F02"},
		"a secret":           {fmt.Sprintf(bySecret, "/accounts/secret/ilp", "a-secret-of-both-sides"), "fulfilled"},
		"another secret":     {fmt.Sprintf(bySecret, "/accounts/secret/ilp", "a-secret-of-one-side"), "F02"},
		"a secret, no path":  {fmt.Sprintf(bySecret, "/ilp", "a-secret-of-both-sides"), "F02"},
		"ilp-plugin-http":    {fmt.Sprintf("plugin: ilp-plugin-http, options: {incoming: {host: 127.0.0.1, port: %d, staticToken: not-used-in-this-test}, outgoing: {url: 'http://127.0.0.1:%d', jwtSecret: a-secret-of-both-sides}}", freePort(t), own), "fulfilled"},
		"its name of before": {fmt.Sprintf("plugin: ilp-plugin-http, options: {incoming: {host: 127.0.0.1, port: %d, staticToken: not-used-in-this-test}, outgoing: {url: 'http://127.0.0.1:%d', secret: a-secret-of-both-sides}}", freePort(t), own), "fulfilled"},
	} {
		t.Run(name, func(t *testing.T) {
			near, _ := start(t, fmt.Sprintf(`
ilpAddress: test.near
backend: one-to-one
accounts:
  up: {relation: peer, assetCode: USD, assetScale: 2, sendRoutes: false, receiveRoutes: false, %s}
routes: [{targetPrefix: test.far, peerId: up}]
`, c.account))
			awaitReady(t, near)
			if got := sends(t, near, "test.far.bob"); !strings.HasPrefix(got, c.want) {
				t.Errorf("answered with %s, want %s", got, c.want)
			}
		})
	}
}

// The byLogin of the shared listener knows the secrets of accounts as they are after a rotation.
func TestSecretsAtTheSharedListenerAreRotated(t *testing.T) {
	port := freePort(t)
	c := run(t, nil, fmt.Sprintf(`
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-1}}}
  bob: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-of-bob}}}
listen: {host: 127.0.0.1, port: %d}
`, port))
	btppeer.Join(t, fmt.Sprintf("ws://127.0.0.1:%d", port), "", "secret-1")
	c.want(http.StatusOK, "POST", "/accounts/alice/rotate", `{"secret":"secret-2","overlap":"1h"}`, `"side":"listener"`)
	if got := logins(t, port, "secret-2", "secret-1", "secret-3"); got != "secret-2 secret-1" {
		t.Errorf("in the overlap these log in: %s", got)
	}
	goes := btppeer.Join(t, fmt.Sprintf("ws://127.0.0.1:%d/accounts/alice/ilp/btp", port), "", "secret-1")
	c.want(http.StatusOK, "GET", "/accounts/alice", "", `"usesOldSecret":true`)
	c.want(http.StatusOK, "POST", "/accounts/alice/rotate", `{"endOverlap":true}`)
	goes.WantEnd()
	if got := logins(t, port, "secret-2", "secret-1", "secret-of-bob"); got != "secret-2 secret-of-bob" {
		t.Errorf("after the overlap these log in: %s", got)
	}
	c.want(http.StatusOK, "DELETE", "/accounts/alice", "")
	if got := logins(t, port, "secret-2", "secret-of-bob"); got != "secret-of-bob" {
		t.Errorf("after the removal these log in: %s", got)
	}
}

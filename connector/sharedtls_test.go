package connector_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
)

// The certificate of the shared listener is read again when its files change, and its end is an alert.
func TestCertificateOfTheSharedListenerIsReadAgain(t *testing.T) {
	pair, port := newPair(t, "first", year), freePort(t)
	c := run(t, nil, fmt.Sprintf(`
  web: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-web]}}}
listen: {host: 127.0.0.1, port: %d, tls: {cert: %s, key: %s}}
`, port, pair.cert, pair.key))
	wantShown(t, port, "first")
	pair.write("second", time.Hour)
	connector.LookAtCertificates(c.Connector)
	wantShown(t, port, "second")
	if all := alertsOf(c); !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, "the certificate in listen.tls ends at ") }) {
		t.Errorf("alerts %q", all)
	}
	c.want(http.StatusOK, "GET", "/accounts/web", "", `"certificateUntil":"`, fmt.Sprintf(`"listener":"https://127.0.0.1:%d/accounts/web/ilp"`, port))
	pair.put(pair.key, []byte("no key"))
	connector.LookAtCertificates(c.Connector)
	connector.LookAtCertificates(c.Connector)
	wantShown(t, port, "second")
	if all := alertsOf(c); !slices.ContainsFunc(all, func(s string) bool {
		return strings.HasPrefix(s, "the TLS files in listen.tls have changed and cannot be used")
	}) {
		t.Errorf("alerts %q", all)
	}
}

// An account may want a certificate of its peer, alone or beside a token. The peer's certificate is read
// again too.
func TestClientCertificatesOverHTTP(t *testing.T) {
	server, client, other := newPair(t, "server", year), newPair(t, "client", year), newPair(t, "other", year)
	port := freePort(t)
	far, _ := start(t, fmt.Sprintf(`
ilpAddress: test.far
backend: one-to-one
listen: {host: 127.0.0.1, port: %d, tls: {cert: %s, key: %s}}
accounts:
  alone: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {clientCertificate: {ca: %[4]s, name: client}}}}
  both: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-beside-it], clientCertificate: {ca: %[4]s, name: client}}}}
  named: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {clientCertificate: {ca: %[4]s, name: another}}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`, port, server.cert, server.key, client.cert), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, far)
	for name, c := range map[string]struct {
		account, show string
		want          string
	}{
		"the certificate":            {"alone", fmt.Sprintf("tls: {ca: %s, cert: %s, key: %s}", server.cert, client.cert, client.key), "fulfilled"},
		"another certificate":        {"alone", fmt.Sprintf("tls: {ca: %s, cert: %s, key: %s}", server.cert, other.cert, other.key), "F02"},
		"a token":                    {"alone", fmt.Sprintf("token: token-beside-it, tls: {ca: %s}", server.cert), "F02"},
		"both":                       {"both", fmt.Sprintf("token: token-beside-it, tls: {ca: %s, cert: %s, key: %s}", server.cert, client.cert, client.key), "fulfilled"},
		"both over HTTP/2":           {"both", fmt.Sprintf("http2: true, token: token-beside-it, tls: {ca: %s, cert: %s, key: %s}", server.cert, client.cert, client.key), "fulfilled"},
		"the certificate, no token":  {"both", fmt.Sprintf("tls: {ca: %s, cert: %s, key: %s}", server.cert, client.cert, client.key), "F02"},
		"the token, no certificate":  {"both", fmt.Sprintf("token: token-beside-it, tls: {ca: %s}", server.cert), "F02"},
		"a certificate of that name": {"named", fmt.Sprintf("tls: {ca: %s, cert: %s, key: %s}", server.cert, client.cert, client.key), "F02"},
	} {
		t.Run(name, func(t *testing.T) {
			near, _ := start(t, fmt.Sprintf(`
ilpAddress: test.near
backend: one-to-one
accounts:
  up: {relation: peer, plugin: ilp-http, assetCode: USD, assetScale: 2, sendRoutes: false, receiveRoutes: false, options: {outgoing: {url: 'https://127.0.0.1:%d/accounts/%s/ilp', %s}}}
routes: [{targetPrefix: test.far, peerId: up}]
`, port, c.account, c.show))
			awaitReady(t, near)
			if got := sends(t, near, "test.far.bob"); !strings.HasPrefix(got, c.want) {
				t.Errorf("answered with %s, want %s", got, c.want)
			}
		})
	}
}

// The port of the shared listener may be taken. Operators see it once, and accounts come in when it is
// free.
func TestSharedListenerWhosePortIsTaken(t *testing.T) {
	port := freePort(t)
	taken, err := new(net.ListenConfig).Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
initialConnectTimeout: 100
listen: {host: 127.0.0.1, port: %d}
accounts:%s`, port, sharedAccounts), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitAlerts(t, c, 1)
	want := "the shared listener cannot listen: "
	if reasons := connector.Unready(c); len(reasons) != 1 || !strings.HasPrefix(reasons[0], want) {
		t.Errorf("%q, want %q", reasons, want)
	}
	await(t, "the link to run", func() bool { return connector.LinkOf(c, "web").State != "disabled" })
	if l := connector.LinkOf(c, "web"); l.State != "degraded" || l.Listener != "" || !strings.HasPrefix(l.Problems[0].Reason, want) {
		t.Errorf("%+v", l)
	}
	_ = taken.Close()
	awaitAlerts(t, c, 0)
	awaitReady(t, c)
	if got := posts(t, fmt.Sprintf("http://127.0.0.1:%d/ilp", port), "token-of-the-web", "test.us.bob"); got != "fulfilled" {
		t.Errorf("answered with %s", got)
	}
}

// The listener itself takes a restart. Accounts that need one that is not there are refused.
func TestReloadOfTheSharedListenerTakesARestart(t *testing.T) {
	port := freePort(t)
	web := `
  web: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-web]}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`
	listens := func(port int) string { return fmt.Sprintf("listen: {host: 127.0.0.1, port: %d}", port) }
	c := run(t, nil, web+listens(port)+"\n")
	done, err := c.reload(strings.Replace(web, "token-of-the-web", "token-of-the-web-2", 1), listens(freePort(t)))
	if err != nil || !slices.Equal(done.Restart, []string{"listen"}) {
		t.Errorf("%+v, %v", done, err)
	}
	for token, want := range map[string]string{"token-of-the-web": "401", "token-of-the-web-2": "fulfilled"} {
		if got := posts(t, fmt.Sprintf("http://127.0.0.1:%d/accounts/web/ilp", port), token, "test.us.bob"); got != want {
			t.Errorf("%s: %s, want %s", token, got, want)
		}
	}
	without := run(t, nil, "\n  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}\n")
	if _, err := without.reload(web, listens(freePort(t))); err == nil || !strings.Contains(err.Error(), "accounts.web.options.incoming: is set, and there is no shared listener") {
		t.Errorf("an account that nothing serves is added: %v", err)
	}
}

// The admin API is at the shared listener only if it is to be.
func TestAdminAPIAtTheSharedListener(t *testing.T) {
	for _, offered := range []bool{false, true} {
		port := freePort(t)
		c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
adminApi: true
adminApiPort: %d
adminApiToken: token-of-the-operator
listen: {host: 127.0.0.1, port: %d, adminApi: %v}
accounts:%s`, freePort(t), port, offered, sharedAccounts), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
		awaitReady(t, c)
		base := fmt.Sprintf("http://127.0.0.1:%d", port)
		want := map[bool][2]int{false: {404, 404}, true: {200, 401}}[offered]
		for i, header := range [][]string{{"Authorization", "Bearer token-of-the-operator"}, {"Authorization", "Bearer wrong"}} {
			if got, body := statusOf(t, http.MethodGet, base+"/accounts/web", header...); got != want[i] {
				t.Errorf("offered %v: %d %s, want %d", offered, got, body, want[i])
			}
		}
		says := map[bool][2]string{false: {"ok\n", "ok\n"}, true: {`{"alive":true}`, `{"ready":true}`}}[offered]
		for i, path := range []string{"/livez", "/readyz"} {
			if got, body := statusOf(t, http.MethodGet, base+path); got != 200 || body != says[i] {
				t.Errorf("offered %v: %s says %d %q, want %q", offered, path, got, body, says[i])
			}
		}
		if got, _ := statusOf(t, http.MethodGet, base+"/accounts/none/ilp"); got != 404 {
			t.Errorf("an account that is not there answers %d", got)
		}
	}
}

// A certificate of the listener that cannot be read is found by check, and names the setting.
func TestCheckNamesTheCertificateOfTheSharedListener(t *testing.T) {
	pair := newPair(t, "server", year)
	if err := os.Remove(pair.key); err != nil {
		t.Fatal(err)
	}
	_, faults := drafted(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
listen: {host: 127.0.0.1, port: %d, tls: {cert: %s, key: %s}}
accounts: {}
`, freePort(t), pair.cert, pair.key))
	if len(faults) != 1 || faults[0].Path != "listen.tls.key" {
		t.Errorf("%v", faults)
	}
}

package connector_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// Before the links run, and while one is exchanged, a peer is told to come again: with 404 or 401 it would
// give its packets up.
func TestPeersAreToldToComeAgainWhileTheConnectorStarts(t *testing.T) {
	up, port := newParentLink(), freePort(t)
	c, _ := start(t, fmt.Sprintf(`
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
accounts:
  up: {relation: parent, plugin: up, assetCode: USD, assetScale: 2}
  web: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-web]}}}
  btp: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-of-btp}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`, port), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}), plugin("up", up))
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	await(t, "the parent to be asked", func() bool { return len(up.asked) > 0 })
	wants := func(path, token, want string) {
		t.Helper()
		if got := posts(t, base+path, token, "test.p.us.bob"); got != want {
			t.Errorf("%s with %q: %s, want %s", path, token, got, want)
		}
	}
	wants("/accounts/web/ilp", "token-of-the-web", "503")
	wants("/ilp", "token-of-the-web", "503")
	wants("/ilp", "token-of-nobody", "401")
	wants("/accounts/none/ilp", "token-of-the-web", "404")
	if status, body := statusOf(t, http.MethodGet, base+"/readyz"); status != 503 || body != "not ready\n" {
		t.Errorf("/readyz says %d %q", status, body)
	}
	if status, _ := statusOf(t, http.MethodGet, base+"/livez"); status != 200 {
		t.Errorf("/livez says %d", status)
	}
	p := btppeer.Dial(t, fmt.Sprintf("ws://127.0.0.1:%d", port))
	if p.LetIn("secret-of-btp") {
		t.Error("a connection is let in whose link does not run")
	}
	up.answer(t, "test.p.us", "USD", 2)
	awaitReady(t, c)
	wants("/ilp", "token-of-the-web", "fulfilled")
	if again := btppeer.Dial(t, fmt.Sprintf("ws://127.0.0.1:%d", port)); !again.LetIn("secret-of-btp") {
		t.Error("a connection is not let in")
	}
}

// plugin makes each account of a plugin use one link.
func plugin(name string, l connector.Link) connector.Option {
	return connector.WithPlugin(name, func(config.Account, *slog.Logger) (connector.Link, error) { return l, nil })
}

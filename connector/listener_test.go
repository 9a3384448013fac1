package connector_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
)

// The port of an account's listener may be taken. Operators see it at once, and it ends by
// itself.
func TestListenerWhosePortIsTakenIsNamedUntilItIsOurs(t *testing.T) {
	port := freePort(t)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
initialConnectTimeout: 100
accounts:
  alice:
    relation: child
    plugin: ilp-plugin-btp
    assetCode: USD
    assetScale: 2
    options: {listener: {host: 127.0.0.1, port: %d, secret: s3cret}}
`, port))
	awaitAlerts(t, c, 1)
	raised := c.Alerts().All()[0]
	if raised.AccountID != "alice" || !strings.Contains(raised.Message, "cannot listen") || strings.Contains(raised.Message, "s3cret") {
		t.Errorf("%+v", raised)
	}
	want := fmt.Sprintf("account alice cannot listen: listen tcp 127.0.0.1:%d: ", port)
	named := func(reason string) bool { return strings.HasPrefix(reason, want) }
	if reasons := connector.Unready(c); len(reasons) != 1 || !named(reasons[0]) { // and not that it starts
		t.Errorf("%q, want %q", reasons, want)
	}
	_ = taken.Close()
	awaitAlerts(t, c, 0)
	awaitReady(t, c)
	if reasons := connector.Unready(c); len(reasons) != 0 {
		t.Errorf("%q", reasons)
	}
}

// awaitAlerts waits until there are so many alerts.
func awaitAlerts(t *testing.T, c *connector.Connector, n int) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); len(c.Alerts().All()) != n; <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute: %+v", c.Alerts().All())
		}
	}
}

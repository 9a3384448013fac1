package connector_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
)

// A proxy may send the requests of several peers over one connection. At the path that names no account,
// each is one of the account that its token says, and none is a failed login of another.
func TestPeersShareAConnectionOfAProxy(t *testing.T) {
	port := freePort(t)
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
accounts:
  alice: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-alice-for-us]}}}
  carol: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-carol-for-us]}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`, port), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, c)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for i := range 20 {
		id := []string{"alice", "carol"}[i%2]
		prepare := ilptest.Prepare("test.us.bob", 1, ilptest.Data([]byte{byte(i)}))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/ilp", port), bytes.NewReader(prepare.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer token-of-"+id+"-for-us")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if fulfill := ilptest.Fulfill(); answer.StatusCode != 200 || !bytes.Equal(body, fulfill.Bytes()) {
			t.Fatalf("packet %d of %s got %d %x", i, id, answer.StatusCode, body)
		}
	}
}

// So a link must not take the connection over, and may still bound how long a body and an answer take.
func TestLinkCannotTakeOverAConnectionOfSeveralAccounts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(connector.OneRequest(w))
		if _, _, err := control.Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("taking it over: %v", err)
		}
		if err := errors.Join(control.SetReadDeadline(time.Now().Add(time.Minute)), control.SetWriteDeadline(time.Now().Add(time.Minute))); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	answer, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}

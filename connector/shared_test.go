package connector_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
)

// statusOf returns the status of the answer to a request, and its body.
func statusOf(t *testing.T, method, url string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// sharedAccounts are accounts that the shared listener serves, in each way.
const sharedAccounts = `
  path: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-of-the-path}}}
  user: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-of-the-user}}}
  token: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-of-the-token}}}
  mini: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 2, options: {shared: true, generateAccount: false}}
  web: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-web]}}}
  webtoken: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-webtoken]}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`

// All accounts come in at one port: by the path of their account, by what their first message says,
// or by the token of their requests.
func TestAccountsShareOneListener(t *testing.T) {
	port := freePort(t)
	far, _ := start(t, fmt.Sprintf(`
ilpAddress: test.far
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
accounts:%s`, port, sharedAccounts), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, far)
	for name, entry := range map[string]string{
		"path":     fmt.Sprintf(`plugin: ilp-plugin-btp, options: {server: 'btp+ws://any:secret-of-the-path@127.0.0.1:%d/accounts/path/ilp/btp'}`, port),
		"user":     fmt.Sprintf(`plugin: ilp-plugin-btp, options: {server: 'btp+ws://user:secret-of-the-user@127.0.0.1:%d'}`, port),
		"token":    fmt.Sprintf(`plugin: ilp-plugin-btp, options: {server: 'btp+ws://:secret-of-the-token@127.0.0.1:%d/'}`, port),
		"mini":     fmt.Sprintf(`plugin: ilp-plugin-btp, options: {server: 'btp+ws://carl:token-of-carl@127.0.0.1:%d/accounts/mini/ilp/btp'}`, port),
		"web":      fmt.Sprintf(`plugin: ilp-http, options: {outgoing: {url: 'http://127.0.0.1:%d/accounts/web/ilp', token: token-of-the-web}}`, port),
		"webtoken": fmt.Sprintf(`plugin: ilp-http, options: {outgoing: {url: 'http://127.0.0.1:%d/ilp', token: token-of-the-webtoken}}`, port),
	} {
		t.Run(name, func(t *testing.T) {
			near, _ := start(t, fmt.Sprintf(`
ilpAddress: test.near
backend: one-to-one
accounts:
  up: {relation: peer, assetCode: USD, assetScale: 2, sendRoutes: false, receiveRoutes: false, %s}
routes: [{targetPrefix: test.far, peerId: up}]
`, entry))
			awaitReady(t, near)
			if got := sends(t, near, "test.far.bob"); got != "fulfilled" {
				t.Errorf("answered with %s", got)
			}
			if n := connector.Counters(far, name).Incoming.Of(account.Fulfilled); n != 1 {
				t.Errorf("%d packets are from %s", n, name)
			}
		})
	}
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	for path, want := range map[string]int{
		"/": http.StatusUpgradeRequired, "/ilp": 200, "/livez": 200, "/readyz": 200, "/accounts/web/ilp": 200, "/accounts/path/ilp/btp": http.StatusUpgradeRequired,
		"/accounts/path/ilp": 404, "/accounts/web/ilp/btp": 404, "/accounts/web": 404, "/accounts/none/ilp": 404, "/accounts/web/ilp/x": 404, "/accounts/bob/ilp": 404, "/status": 404,
	} {
		if got, body := statusOf(t, http.MethodGet, base+path); got != want {
			t.Errorf("GET %s: %d %s, want %d", path, got, body, want)
		}
	}
	for path, want := range map[string]int{"/ilp": 401, "/accounts/web/ilp": 401, "/accounts/none/ilp": 404} {
		if got, body := statusOf(t, http.MethodPost, base+path, "Authorization", "Bearer token-of-nobody"); got != want || strings.Contains(body, "token") {
			t.Errorf("POST %s: %d %s, want %d", path, got, body, want)
		}
	}
	if err := far.RemoveAccount("web"); err != nil {
		t.Fatal(err)
	}
	if got, _ := statusOf(t, http.MethodPost, base+"/accounts/web/ilp", "Authorization", "Bearer token-of-the-web"); got != 404 {
		t.Errorf("a removed account answers %d", got)
	}
	if got, _ := statusOf(t, http.MethodPost, base+"/ilp", "Authorization", "Bearer token-of-the-web"); got != 401 {
		t.Errorf("the token of a removed account is answered with %d", got)
	}
}

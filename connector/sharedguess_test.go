package connector_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"
)

// asker returns what asks the shared listener of a connector, each time over another socket.
func asker(t *testing.T, settings, base string) func(method, path, token string) int {
	t.Helper()
	c, _ := start(t, `
ilpAddress: test.us
backend: one-to-one
`+settings+`
accounts:
  web: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-web]}}}
`)
	awaitReady(t, c)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	return func(method, path, token string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
}

// loginsMax is above the failed logins that bar an address.
const loginsMax = 100

// The token of the admin API cannot be guessed at the shared listener for ever. Probes of a machine from
// whose address strangers come are answered all the same.
func TestGuessesOfTheAdminTokenBarTheirAddress(t *testing.T) {
	pair, port := newPair(t, "server", year), freePort(t)
	ask := asker(t, fmt.Sprintf(`
adminApi: true
adminApiPort: %d
adminApiToken: token-of-the-operators
listen: {host: 127.0.0.1, port: %d, adminApi: true, tls: {cert: %s, key: %s}}
`, freePort(t), port, pair.cert, pair.key), fmt.Sprintf("https://127.0.0.1:%d", port))
	if got := ask("GET", "/status", "token-of-the-operators"); got != http.StatusOK {
		t.Fatalf("an operator gets %d", got)
	}
	guesses := 0
	for guesses < loginsMax && ask("GET", "/status", "guess") == http.StatusUnauthorized {
		guesses++
	}
	if guesses == loginsMax {
		t.Error("any number of guesses is answered")
	}
	if got := ask("GET", "/status", "token-of-the-operators"); got != http.StatusTooManyRequests {
		t.Errorf("a right guess gets %d", got)
	}
	for _, probe := range []string{"/livez", "/readyz"} {
		if got := ask("GET", probe, ""); got == http.StatusTooManyRequests {
			t.Errorf("%s gets %d", probe, got)
		}
	}
}

// Behind a proxy all have its address. A stranger who fails there bars no peer.
func TestFailedLoginsBehindAProxyBarNobody(t *testing.T) {
	for name, listen := range map[string]string{
		"of this machine": "host: 127.0.0.1",
		"elsewhere":       "host: 0.0.0.0, publicUrl: 'https://connector.example'",
	} {
		t.Run(name, func(t *testing.T) {
			port := freePort(t)
			ask := asker(t, fmt.Sprintf("listen: {%s, port: %d}", listen, port), fmt.Sprintf("http://127.0.0.1:%d", port))
			for range loginsMax {
				ask("POST", "/accounts/web/ilp", "guess")
			}
			if got := ask("POST", "/accounts/web/ilp", "token-of-the-web"); got != http.StatusOK {
				t.Errorf("the peer gets %d", got)
			}
		})
	}
}

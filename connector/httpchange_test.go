package connector_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// posts sends a packet over HTTP, and returns the status of the answer, or the code of the packet in it.
func posts(t *testing.T, url, token, destination string) string {
	t.Helper()
	prepare := ilptest.Prepare(destination, amounts.Add(1))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(prepare.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := ilp.ParseReply(body)
	switch {
	case answer.StatusCode != http.StatusOK:
		return fmt.Sprint(answer.StatusCode)
	case err != nil:
		t.Fatalf("%q: %v", body, err)
	case reply.Fulfilled():
		return "fulfilled"
	}
	return reply.Code().String()
}

// Each token is replaced with the link as it is. The old one of the peer is good for a while, by the path
// and by the token alone, and operators see that it is in use.
func TestTokensOverHTTPAreRotated(t *testing.T) {
	far, port := newFar(t), freePort(t)
	c := run(t, nil, fmt.Sprintf(`
  web: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-in-number-1]}, outgoing: {url: '%s', token: token-out-number-1}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
listen: {host: 127.0.0.1, port: %d}
`, far.url, port))
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	wants := func(token, want string) {
		t.Helper()
		for _, path := range []string{"/accounts/web/ilp", "/ilp"} {
			if got := posts(t, base+path, token, "test.us.bob"); got != want {
				t.Errorf("%s with %q: %s, want %s", path, token, got, want)
			}
		}
	}
	wants("token-in-number-1", "fulfilled")
	wants("token-in-number-2", "401")
	c.want(http.StatusOK, "POST", "/accounts/web/rotate", `{"side":"incoming","secret":"token-in-number-2","overlap":"1h"}`, `"oldSecretUntil":"`)
	wants("token-in-number-2", "fulfilled")
	c.want(http.StatusOK, "GET", "/accounts/web", "", `"oldSecretUntil":"`, `"refusedLogins":1`, `"listener":"`+base+`/accounts/web/ilp"`, `"server":"`+far.url)
	wants("token-in-number-1", "fulfilled")
	c.want(http.StatusOK, "GET", "/accounts/web", "", `"usesOldSecret":true`)
	c.want(http.StatusOK, "POST", "/accounts/web/rotate", `{"side":"incoming","endOverlap":true}`)
	wants("token-in-number-1", "401")
	wants("token-in-number-2", "fulfilled")

	awaitConnected(t, c.Connector, "web")
	sendsWith := func(want string) {
		t.Helper()
		if got := sends(t, c.Connector, "test.us.web"); got != "fulfilled" || far.token() != "Bearer "+want {
			t.Errorf("%s, with %q", got, far.token())
		}
	}
	sendsWith("token-out-number-1")
	c.want(http.StatusOK, "POST", "/accounts/web/rotate", `{"side":"outgoing","secret":"token-out-number-2","overlap":"0s"}`)
	sendsWith("token-out-number-2")
	far.refuse.Store(true) // a request with the token from before may be under way
	if got := sends(t, c.Connector, "test.us.web"); !strings.HasPrefix(got, "T00") {
		t.Errorf("a token that was replaced and refused is answered with %s", got)
	}
}

// Operators do with accounts over HTTP what they do with all others.
func TestAccountsOverHTTPAreChangedWhileTheyRun(t *testing.T) {
	port, own := freePort(t), freePort(t)
	c := run(t, nil, fmt.Sprintf(`
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
listen: {host: 127.0.0.1, port: %d}
`, port))
	shared, alone := fmt.Sprintf("http://127.0.0.1:%d/accounts/web/ilp", port), fmt.Sprintf("http://127.0.0.1:%d/any/path", own)
	wants := func(url, token, want string) {
		t.Helper()
		if got := posts(t, url, token, "test.us.bob"); got != want {
			t.Errorf("%s with %q: %s, want %s", url, token, got, want)
		}
	}
	c.want(http.StatusOK, "POST", "/accounts", `{"id":"web","options":{"relation":"child","plugin":"ilp-http","assetCode":"USD","assetScale":2,"options":{"incoming":{"tokens":["token-of-the-web-1"]}}}}`)
	awaitConnected(t, c.Connector, "web")
	wants(shared, "token-of-the-web-1", "fulfilled")
	c.want(http.StatusOK, "PATCH", "/accounts/web", `{"options":{"incoming":{"tokens":["token-of-the-web-1","token-of-the-web-2"]}}}`)
	wants(shared, "token-of-the-web-1", "fulfilled")
	wants(shared, "token-of-the-web-2", "fulfilled")
	c.want(http.StatusOK, "POST", "/accounts/web/pause", `{}`)
	wants(shared, "token-of-the-web-1", "T03")
	c.want(http.StatusOK, "POST", "/accounts/web/resume", `{}`)
	wants(shared, "token-of-the-web-1", "fulfilled")

	c.want(http.StatusOK, "PATCH", "/accounts/web", fmt.Sprintf(`{"plugin":"ilp-plugin-http","options":{"incoming":{"host":"127.0.0.1","port":%d,"tokens":null,"staticToken":"token-of-the-web-3"}}}`, own))
	await(t, "the port", func() bool { return connector.LinkOf(c.Connector, "web").Listener != "" })
	wants(shared, "token-of-the-web-1", "404")
	wants(alone, "token-of-the-web-1", "401")
	wants(alone, "token-of-the-web-3", "fulfilled")
	c.want(http.StatusOK, "GET", "/accounts/web", "", fmt.Sprintf(`"listener":"127.0.0.1:%d"`, own), `"refusedLogins":1`)
	c.want(http.StatusOK, "DELETE", "/accounts/web", "")
	wants(shared, "token-of-the-web-3", "404")
}

// One reload gives two accounts each the token of the other one. Afterwards each is found by its own.
func TestAccountsOverHTTPExchangeTheirTokens(t *testing.T) {
	port := freePort(t)
	accounts := func(first, second string) string {
		return fmt.Sprintf(`
  first: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [%s]}}}
  second: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [%s]}}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`, first, second)
	}
	listens := fmt.Sprintf("listen: {host: 127.0.0.1, port: %d}", port)
	c := run(t, nil, accounts("token-number-one", "token-number-two")+listens+"\n")
	wants := func(token, from string) {
		t.Helper()
		n := connector.Counters(c.Connector, from).Incoming.Of(account.Fulfilled)
		if got := posts(t, fmt.Sprintf("http://127.0.0.1:%d/ilp", port), token, "test.us.bob"); got != "fulfilled" {
			t.Errorf("%s: %s", token, got)
		}
		if connector.Counters(c.Connector, from).Incoming.Of(account.Fulfilled) != n+1 {
			t.Errorf("%s is not that of %s", token, from)
		}
	}
	wants("token-number-one", "first")
	wants("token-number-two", "second")
	if _, err := c.reload(accounts("token-number-two", "token-number-one"), listens); err != nil {
		t.Fatal(err)
	}
	wants("token-number-two", "first")
	wants("token-number-one", "second")
	if err := c.RemoveAccount("first"); err != nil {
		t.Fatal(err)
	}
	if got := posts(t, fmt.Sprintf("http://127.0.0.1:%d/ilp", port), "token-number-two", "test.us.bob"); got != "401" {
		t.Errorf("the token of a removed account: %s", got)
	}
}

package admin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ilp-go/connector/admin"
)

const token = "correct-horse-battery-staple"

// attempt is a request from somewhere, with headers.
type attempt struct {
	name    string
	method  string // GET if empty
	host    string // of the Host header, 127.0.0.1:7780 if empty
	remote  string // 127.0.0.1:50000 if empty
	headers string // "name: value" by line
	status  int
}

// make makes the attempt: it reads the state, or edits a balance.
func (a attempt) make(t *testing.T, api *admin.API) {
	t.Helper()
	r := call(http.MethodGet, "/status", "")
	if a.method == http.MethodPost {
		r = call(http.MethodPost, "/balance", `{"accountId":"alice","amountDiff":"0"}`)
	} else if a.method != "" {
		r = call(a.method, "/alerts/1", "")
	}
	if a.host != "" {
		r.Host = a.host
	}
	if a.remote != "" {
		r.RemoteAddr = a.remote
	}
	for line := range strings.Lines(a.headers) {
		name, value, _ := strings.Cut(line, ":")
		r.Header.Add(name, strings.TrimSpace(value))
	}
	w := answer(api, r)
	if w.Code != a.status {
		t.Errorf("%s: %d %s, want %d", a.name, w.Code, w.Body, a.status)
	}
	if w.Code >= 400 && (!strings.HasPrefix(w.Body.String(), "Error: ") || w.Header().Get("Content-Type") != "text/plain") {
		t.Errorf("%s: %s %s", a.name, w.Header().Get("Content-Type"), w.Body)
	}
	if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (w.Code == 401) {
		t.Errorf("%s: %d with the challenge %q", a.name, w.Code, challenge)
	}
}

func TestLoopbackIsForLocalProgramsOnly(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	for _, a := range []attempt{
		{name: "curl", status: 200},
		{name: "by name", host: "localhost:7780", status: 200},
		{name: "by name in capitals", host: "LOCALHOST", status: 200},
		{name: "an absolute name", host: "LocalHost.:7780", status: 200},
		{name: "an absolute name without a port", host: "localhost.", status: 200},
		{name: "without a port", host: "127.0.0.1", status: 200},
		{name: "through another port", host: "localhost:1", status: 200},
		{name: "IPv6", host: "[::1]:7780", remote: "[::1]:50000", status: 200},
		{name: "IPv6 without a port", host: "[::1]", status: 200},
		{name: "mapped remote", remote: "[::ffff:127.0.0.1]:50000", status: 200},
		{name: "a token nobody asked for", headers: "Authorization: Bearer x", status: 200},

		{name: "DNS rebinding", host: "evil.example:7780", status: 403},
		{name: "DNS rebinding, no port", host: "evil.example", status: 403},
		{name: "a name that begins like ours", host: "localhost.evil.example", status: 403},
		{name: "an absolute name that begins like ours", host: "localhost..", status: 403},
		{name: "a name that ends like ours", host: "evil.localhost", status: 403},
		{name: "another loopback address", host: "127.0.0.2:7780", status: 403},
		{name: "our address in another form", host: "2130706433", status: 403},
		{name: "a private address", host: "192.168.0.1:7780", status: 403},
		{name: "a port alone", host: ":7780", status: 403},
		{name: "two hosts", host: "localhost,evil.example", status: 403},
		{name: "user in the host", host: "localhost@evil.example", status: 403},

		{name: "a page of our own", headers: "Origin: http://127.0.0.1:7780", status: 200},
		{name: "a local page", headers: "Origin: http://localhost:3000", status: 200},
		{name: "a foreign page", headers: "Origin: https://evil.example", status: 403},
		{name: "a sandboxed page", headers: "Origin: null", status: 403},
		{name: "a page with an odd origin", headers: "Origin: localhost", status: 403},
		{name: "a page with an empty origin", headers: "Origin:", status: 403},
		{name: "two origins", headers: "Origin: http://localhost\nOrigin: https://evil.example", status: 403},
		{name: "a foreign page with our name as user", headers: "Origin: http://localhost@evil.example", status: 403},
		{name: "a foreign page on our port", headers: "Origin: http://evil.example:7780", status: 403},
		{name: "a rebound page", host: "evil.example:7780", headers: "Origin: http://evil.example:7780", status: 403},

		{name: "somebody from outside", remote: "192.168.0.7:50000", status: 401},
		{name: "somebody from nowhere", remote: "@", status: 401},
	} {
		a.make(t, api)
	}
}

func TestChangesMayNotComeAsBrowsersSendToAnybody(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	const typed = "Content-Type: "
	for _, a := range []attempt{
		{name: "JSON", method: "POST", headers: typed + "application/json", status: 204},
		{name: "JSON with a charset", method: "POST", headers: typed + "Application/JSON; charset=utf-8", status: 204},
		{name: "no type", method: "POST", status: 204},
		{name: "text", method: "POST", headers: typed + "text/plain", status: 403},
		{name: "text that looks like JSON", method: "POST", headers: typed + "text/plain; application/json", status: 403},
		{name: "a form of a browser", method: "POST", headers: typed + "application/x-www-form-urlencoded\nSec-Fetch-Site: cross-site", status: 403},
		{name: "a form of an old browser", method: "POST", headers: typed + "application/x-www-form-urlencoded\nReferer: http://evil.example/", status: 403},
		{name: "curl -d", method: "POST", headers: typed + "application/x-www-form-urlencoded", status: 204},
		{name: "a form with files", method: "POST", headers: typed + "multipart/form-data; boundary=x", status: 403},
		{name: "nonsense", method: "POST", headers: typed + "/", status: 403},
		{name: "an empty type", method: "POST", headers: "Content-Type:", status: 403},
		{name: "two types", method: "POST", headers: typed + "application/json\n" + typed + "text/plain", status: 403},
		{name: "JSON from a foreign page", method: "POST", headers: typed + "application/json\nOrigin: https://evil.example", status: 403},
		{name: "deletion", method: "DELETE", status: 204},
		{name: "deletion as text", method: "DELETE", headers: typed + "text/plain", status: 403},
		{name: "reading as text", headers: typed + "text/plain", status: 200},
	} {
		a.make(t, api)
	}
}

func TestTokenIsTheOnlyWayInFromOutside(t *testing.T) {
	o := loopback()
	o.Host, o.Token = "0.0.0.0", token
	api := newAPI(t, newNode(t), o)
	const remote, host = "192.0.2.7:50000", "connector.example:7780"
	for _, a := range []attempt{
		{name: "the token", remote: remote, host: host, headers: "Authorization: Bearer " + token, status: 200},
		{name: "the scheme in capitals", remote: remote, host: host, headers: "Authorization: BEARER  " + token, status: 200},
		{name: "a change", method: "POST", remote: remote, host: host, headers: "Authorization: Bearer " + token, status: 204},
		{name: "our own page", remote: remote, host: host, headers: "Authorization: Bearer " + token + "\nOrigin: https://connector.example:7780", status: 200},

		{name: "nothing", remote: remote, host: host, status: 401},
		{name: "nothing, from loopback", status: 401},
		{name: "another token", remote: remote, host: host, headers: "Authorization: Bearer " + token + "r", status: 401},
		{name: "half the token", remote: remote, host: host, headers: "Authorization: Bearer " + token[:10], status: 401},
		{name: "an empty token", remote: remote, host: host, headers: "Authorization: Bearer", status: 401},
		{name: "another scheme", remote: remote, host: host, headers: "Authorization: Basic " + token, status: 401},
		{name: "no scheme", remote: remote, host: host, headers: "Authorization: " + token, status: 401},
		{name: "a foreign page", remote: remote, host: host, headers: "Authorization: Bearer " + token + "\nOrigin: https://evil.example", status: 403},
		{name: "text", method: "POST", remote: remote, host: host, headers: "Authorization: Bearer " + token + "\nContent-Type: text/plain", status: 403},
	} {
		a.make(t, api)
	}
}

func TestConfiguredTokenIsAskedForOnLoopbackToo(t *testing.T) {
	o := loopback()
	o.Token = token
	api := newAPI(t, newNode(t), o)
	for _, a := range []attempt{
		{name: "nothing", status: 401},
		{name: "the token", headers: "Authorization: Bearer " + token, status: 200},
	} {
		a.make(t, api)
	}
}

func TestOnlyLoopbackNeedsNoToken(t *testing.T) {
	for host, open := range map[string]bool{
		"127.0.0.1": true, "127.0.0.2": true, "::1": true, "localhost": true, "::ffff:127.0.0.1": true,
		"[::1]": true, "LOCALHOST": true, "localhost.": true, "[::]": false, "[localhost]": false,
		"": false, "0.0.0.0": false, "::": false, "192.168.0.1": false, "connector.example": false, "localhost.example": false,
	} {
		_, err := admin.New(newNode(t), admin.Options{Host: host})
		if (err == nil) != open {
			t.Errorf("%q: %v", host, err)
		}
		if err != nil && !strings.Contains(err.Error(), "CONNECTOR_ADMIN_API_TOKEN") {
			t.Errorf("%q: the error does not say what to do: %v", host, err)
		}
	}
}

func TestConfiguredHostIsOurs(t *testing.T) {
	o := loopback()
	for host, header := range map[string]string{"127.0.0.2": "127.0.0.2:7780", "::FFFF:127.0.0.1": "[::ffff:127.0.0.1]", "[::1]": "[::1]:7780"} {
		o.Host = host
		attempt{name: host, host: header, status: 200}.make(t, newAPI(t, newNode(t), o))
	}
}

func TestStrangersLearnNothingOfWhatIsThere(t *testing.T) {
	o := loopback()
	o.Token = token
	api := newAPI(t, newNode(t), o)
	for _, path := range []string{"/status", "/metrics", "/version", "/nothing", "/alerts/1", "/livez/", "/readyz/x", "//readyz"} {
		if w := answer(api, call(http.MethodGet, path, "not json")); w.Code != 401 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// A host may be written as in a URL, or in capitals.
func TestLoopbackIsListenedOnInAllSpellings(t *testing.T) {
	for _, host := range []string{"[::1]", "LOCALHOST", "localhost.", "[127.0.0.1]"} {
		o := loopback()
		o.Host = host
		server, err := admin.Listen(newNode(t), o)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := server.Serve(ctx); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// Kubernetes sends probes without a token, from an address of its own. It learns the status
// and no reasons, and none of its probes is logged. A wrong token is refused as everywhere.
func TestProbesNeedNoToken(t *testing.T) {
	var log bytes.Buffer
	o := loopback()
	o.Host, o.Token, o.Log = "0.0.0.0", token, slog.New(slog.NewTextHandler(&log, nil))
	n := newNode(t)
	api := newAPI(t, n, o)
	for _, test := range []struct {
		method, path, given, unready string
		status                       int
		body                         string
	}{
		{"GET", "/livez", "", "", 200, `{"alive":true}`},
		{"HEAD", "/livez", "", "", 200, `{"alive":true}`},
		{"GET", "/readyz", "", "", 200, `{"ready":true}`},
		{"GET", "/livez", "", "a secret", 200, `{"alive":true}`},
		{"GET", "/readyz", "", "a secret", 503, `{"ready":false}`},
		{"HEAD", "/readyz", "", "a secret", 503, `{"ready":false}`},
		{"GET", "/readyz", "Bearer " + token, "a secret", 503, `{"ready":false,"reasons":["a secret"]}`},
		{"GET", "/readyz", "Bearer " + token, "", 200, `{"ready":true,"reasons":[]}`},
		{"GET", "/readyz", "Bearer x", "", 401, ""},
		{"GET", "/livez", "Bearer", "", 401, ""},
		{"POST", "/livez", "", "", 401, ""},
		{"GET", "/metrics", "", "", 401, ""},
	} {
		log.Reset()
		n.Reasons = nil
		if test.unready != "" {
			n.Reasons = []string{test.unready}
		}
		r := call(test.method, test.path, "")
		r.RemoteAddr, r.Host = "192.0.2.7:50000", "10.0.0.1:7780"
		if test.given != "" {
			r.Header.Set("Authorization", test.given)
		}
		w := answer(api, r)
		if w.Code != test.status || test.body != "" && w.Body.String() != test.body {
			t.Errorf("%s %s with %q: %d %s, want %d %s", test.method, test.path, test.given, w.Code, w.Body, test.status, test.body)
		}
		if (log.Len() > 0) != (w.Code == 401) {
			t.Errorf("%s %s with %q is logged as %q", test.method, test.path, test.given, log.String())
		}
	}
	attemptOfPage := call(http.MethodGet, "/readyz", "")
	attemptOfPage.Header.Set("Origin", "https://evil.example")
	if w := answer(api, attemptOfPage); w.Code != 403 {
		t.Errorf("a foreign page gets %d %s", w.Code, w.Body)
	}
}

// A stranger that sends the body of a probe slowly, or never, holds no slot of the probes.
func TestProbesOfStrangersAreNotRead(t *testing.T) {
	o := loopback()
	o.Token = token
	api := newAPI(t, newNode(t), o)
	r := call(http.MethodGet, "/livez", "")
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("the body is read")))
	if w := answer(api, r); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

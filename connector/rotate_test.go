package connector_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// listeningAccount is an account whose peer logs in at a port with a secret.
func listeningAccount(port int, secret string) string {
	return fmt.Sprintf(`
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}, options: {listener: {host: 127.0.0.1, port: %d, secret: %s}}}
`, port, secret)
}

// logins returns which of the tokens log in at a port.
func logins(t *testing.T, port int, tokens ...string) string {
	t.Helper()
	await(t, "the listener", func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	var let []string
	for _, token := range tokens {
		p := btppeer.Dial(t, fmt.Sprintf("ws://127.0.0.1:%d", port))
		if p.LetIn(token) {
			let = append(let, token)
		}
		p.Close()
	}
	return strings.Join(let, " ")
}

func TestSecretIsRotatedWithAnOverlap(t *testing.T) {
	port := freePort(t)
	accounts := listeningAccount(port, "secret-1")
	c := run(t, nil, accounts)
	stays := btppeer.Join(t, fmt.Sprintf("ws://127.0.0.1:%d", port), "", "secret-1")
	c.want(http.StatusOK, "POST", "/accounts/alice/rotate", `{"secret":"secret-2","overlap":"1h","reason":"yearly"}`, `"side":"listener"`, `"oldSecretUntil":"`)
	stays.Send(btppeer.Request(2, ilptest.Prepare("test.nobody", 1)))
	stays.WantReply(2)
	if got := logins(t, port, "secret-2", "secret-1", "secret-3"); got != "secret-2 secret-1" {
		t.Errorf("in the overlap these log in: %s", got)
	}
	c.want(http.StatusOK, "GET", "/accounts", "", `"oldSecretUntil":"`)
	c.want(http.StatusConflict, "POST", "/accounts/alice/rotate", `{"secret":"secret-3"}`, "end its overlap first")

	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, accounts)
	if got := logins(t, port, "secret-2", "secret-1", "secret-3"); got != "secret-2 secret-1" {
		t.Errorf("after a restart these log in: %s", got)
	}
	goes := btppeer.Join(t, fmt.Sprintf("ws://127.0.0.1:%d", port), "", "secret-1")
	c.want(http.StatusOK, "GET", "/accounts", "", `"usesOldSecret":true`)
	c.want(http.StatusOK, "POST", "/accounts/alice/rotate", `{"endOverlap":true}`)
	goes.WantEnd()
	if got := logins(t, port, "secret-2", "secret-1", "secret-3"); got != "secret-2" {
		t.Errorf("after the overlap these log in: %s", got)
	}
	_, text := ask(t, c.port, "GET", "/audit", "")
	for _, want := range []string{`"what":"rotate secret"`, `"overlap":"1h0m0s"`, `"overlap":"ended"`, `"reason":"yearly"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit log lacks %s: %s", want, text)
		}
	}
	if strings.Contains(text, "secret-2") || strings.Contains(text, "secret-1") {
		t.Errorf("the audit log has a secret: %s", text)
	}
}

// The rotation is there whole or not at all after a kill, whenever it comes, and the audit log
// says which.
func TestRotationSurvivesAKillAtAnyMoment(t *testing.T) {
	port := freePort(t)
	accounts := listeningAccount(port, "secret-1")
	for body, after := range map[string]string{
		`{"secret":"secret-2","overlap":"1h"}`: "secret-1 secret-2",
		`{"secret":"secret-2","overlap":"0s"}`: "secret-2",
	} {
		c := run(t, nil, accounts)
		first := len(c.disk.states)
		c.want(http.StatusOK, "POST", "/accounts/alice/rotate", body)
		if got := logins(t, port, "secret-1", "secret-2"); got != after {
			t.Errorf("%s: now %s log in", body, got)
		}
		c.stop()
		var seen []string
		for _, state := range c.disk.states[max(first-1, 0):] {
			again := run(t, state, accounts)
			got := logins(t, port, "secret-1", "secret-2")
			_, text := ask(t, again.port, "GET", "/audit", "")
			logged := strings.Contains(text, `"what":"rotate secret"`) && strings.Contains(text, `"outcome":"done"`)
			if logged != (got == after) || got != after && got != "secret-1" {
				t.Errorf("%s: a kill leaves %s, and the audit log says done: %v", body, got, logged)
			}
			seen = append(seen, got)
			again.stop()
		}
		if !slices.Contains(seen, "secret-1") || seen[len(seen)-1] != after {
			t.Errorf("%s: the kills left %q", body, seen)
		}
	}
}

// A start after the time does not know the old secret any more.
func TestOverlapEndsAtItsTimeAlsoOverARestart(t *testing.T) {
	port := freePort(t)
	accounts := listeningAccount(port, "secret-1")
	c := run(t, nil, accounts)
	c.want(http.StatusOK, "POST", "/accounts/alice/rotate", `{"secret":"secret-2","overlap":"1h"}`)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	for key, value := range state { // as if it had been stored earlier
		if strings.HasPrefix(key, "config/account/") {
			i := strings.Index(value, `"until":"`) + len(`"until":"`)
			state[key] = value[:i] + time.Now().Add(-time.Second).UTC().Format(time.RFC3339) + value[i+len("2026-01-01T00:00:00Z"):]
		}
	}
	run(t, state, accounts)
	if got := logins(t, port, "secret-1", "secret-2"); got != "secret-2" {
		t.Errorf("these log in: %s", got)
	}
}

// A change without an overlap ends the old secret at once, as do a patch and a reload.
func TestSecretsChangeWithoutAnOverlap(t *testing.T) {
	port := freePort(t)
	url := fmt.Sprintf("ws://127.0.0.1:%d", port)
	c := run(t, nil, listeningAccount(port, "secret-1"))
	p := btppeer.Join(t, url, "", "secret-1")
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"options":{"listener":{"secret":"secret-2"}}}`)
	p.WantEnd()
	if got := logins(t, port, "secret-1", "secret-2"); got != "secret-2" {
		t.Errorf("after a patch these log in: %s", got)
	}
	p = btppeer.Join(t, url, "", "secret-2")
	if _, err := c.reload(listeningAccount(port, "secret-3")); err != nil {
		t.Fatal(err)
	}
	p.WantEnd()
	if got := logins(t, port, "secret-1", "secret-2", "secret-3"); got != "secret-3" {
		t.Errorf("after a reload these log in: %s", got)
	}
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	p = btppeer.Join(t, url, "", "secret-3")
	if _, err := c.reload(listeningAccount(port, `secret-4, oldSecret: {secret: secret-3, until: "`+until+`"}`)); err != nil {
		t.Fatal(err)
	}
	p.Send(btppeer.Request(2, ilptest.Prepare("test.nobody", 1)))
	p.WantReply(2) // the connection stays
	if got := logins(t, port, "secret-3", "secret-4"); got != "secret-3 secret-4" {
		t.Errorf("after a reload with an overlap these log in: %s", got)
	}
}

// The secret of a file changes with the file, and so does an old one that the configuration names.
func TestSecretOfAFileIsRotatedByAReload(t *testing.T) {
	port, file := freePort(t), filepath.Join(t.TempDir(), "secret")
	write := func(secret string) {
		if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret-1")
	c := run(t, nil, listeningAccount(port, "{file: "+file+"}"))
	c.want(http.StatusConflict, "POST", "/accounts/alice/rotate", `{"secret":"secret-2"}`, "its secret comes from the file "+file)
	write("secret-2")
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	p := btppeer.Join(t, fmt.Sprintf("ws://127.0.0.1:%d", port), "", "secret-1")
	if _, err := c.reload(listeningAccount(port, "{file: "+file+`}, oldSecret: {secret: secret-1, until: "`+until+`"}`)); err != nil {
		t.Fatal(err)
	}
	p.Send(btppeer.Request(2, ilptest.Prepare("test.nobody", 1)))
	p.WantReply(2)
	if got := logins(t, port, "secret-1", "secret-2"); got != "secret-1 secret-2" {
		t.Errorf("these log in: %s", got)
	}
	write("secret-3")
	if _, err := c.reload(listeningAccount(port, "{file: "+file+"}")); err != nil {
		t.Fatal(err)
	}
	if got := logins(t, port, "secret-1", "secret-2", "secret-3"); got != "secret-3" {
		t.Errorf("after the second reload these log in: %s", got)
	}
}

func TestProgramRotatesASecret(t *testing.T) {
	port := freePort(t)
	c := run(t, nil, listeningAccount(port, "secret-1"))
	done, err := c.RotateSecret("alice", config.Rotation{Secret: "secret-2", Until: time.Now().Add(time.Hour)})
	if err != nil || done.Side != config.ListenerSide || done.OldUntil.IsZero() {
		t.Errorf("%+v, %v", done, err)
	}
	if got := logins(t, port, "secret-1", "secret-2"); got != "secret-1 secret-2" {
		t.Errorf("these log in: %s", got)
	}
	if _, err := c.RotateSecret("carl", config.Rotation{Secret: "secret-2"}); err == nil {
		t.Error("an account that is not there is rotated")
	}
}

// A rotated token goes to no other server by a later patch.
func TestPatchOfTheServerNeedsItsTokenOrForce(t *testing.T) {
	c := run(t, nil, `
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}, options: {server: "btp+ws://127.0.0.1:1", btpToken: secret-1}}
initialConnectTimeout: 0
`)
	const patch = `{"options":{"server":"btp+ws://127.0.0.1:2"}}`
	c.want(http.StatusBadRequest, "PATCH", "/accounts/alice", patch, "another server would get the secret in btpToken")
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"options":{"server":"btp+ws://127.0.0.1:2","btpToken":"secret-1"}}`)
	c.want(http.StatusOK, "PATCH", "/accounts/alice?force=true", `{"options":{"server":"btp+ws://127.0.0.1:3"}}`)
	c.want(http.StatusOK, "GET", "/audit", "", `"force":"true"`, `"outcome":"refused"`)
}

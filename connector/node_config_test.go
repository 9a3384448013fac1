package connector_test

import (
	"net/http"
	"strings"
	"testing"
)

// wantChanges checks what GET /config/changes says, with a dash for each time.
func (c *changeable) wantChanges(want string) {
	c.t.Helper()
	_, text := ask(c.t, c.port, "GET", "/config/changes", "")
	text = strings.TrimSuffix(strings.TrimPrefix(text, `{"changes":[`), `]}`)
	for {
		before, rest, found := strings.Cut(text, `"at":"`)
		if !found {
			break
		}
		_, after, _ := strings.Cut(rest, `",`)
		text = before + after
	}
	if text != want {
		c.t.Errorf("the changes are\n%s\nwant\n%s", text, want)
	}
}

func TestChangesSinceTheConfigurationAreListed(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantChanges(``)
	const carl = `{"id":"carl","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"7"}}}`
	c.want(http.StatusOK, "POST", "/accounts", carl)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"},"options":{"secret":"s3cret"},"maxPacketAmount":"5"}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	c.want(http.StatusOK, "DELETE", "/accounts/bob", ``)
	const all = `{"account":"alice","what":"changed","settings":["balance.maximum","maxPacketAmount","options"],"kept":true,"inForce":true},` +
		`{"account":"alice","what":"paused","kept":true,"inForce":true},` +
		`{"account":"bob","what":"removed","kept":true,"inForce":true},` +
		`{"account":"carl","what":"added","kept":true,"inForce":true}`
	c.wantChanges(all)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, changeableAccounts)
	c.wantChanges(all)

	c.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", `{"maxPacketAmount":"6"}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/resume?ephemeral=true", ``)
	c.want(http.StatusOK, "POST", "/accounts/carl/pause?ephemeral=true", ``)
	const passes = `"kept":true,"inForce":false,"reason":"until the next start a change counts that is not kept"},`
	c.wantChanges(`{"account":"alice","what":"changed","settings":["balance.maximum","maxPacketAmount","options"],` + passes +
		`{"account":"alice","what":"paused","kept":true,"inForce":false,"reason":"until the next start the account takes packets, since it was resumed or has connected anew"},` +
		`{"account":"bob","what":"removed","kept":true,"inForce":true},` +
		`{"account":"carl","what":"added","kept":true,"inForce":true},` +
		`{"account":"carl","what":"paused","kept":false,"inForce":true}`)
}

// A change back to what the configuration says is none.
func TestUndoneChangeIsNotListed(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"1000"}}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	c.want(http.StatusOK, "POST", "/accounts/alice/resume", ``)
	c.wantChanges(``)
}

func TestDiscardedChangeIsForgottenAtTheNextStart(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	c.want(http.StatusOK, "DELETE", "/config/changes/alice", ``, `"account":"alice","what":"changed"`, `"inForce":true`)
	c.want(http.StatusOK, "GET", "/audit", ``, `"what":"discard change","accountId":"alice"`, `"change":"changed"`)
	c.wantSent("T03 account is paused.", "alice", "test.us.bob", 1)
	c.wantChanges(`{"account":"alice","what":"changed","settings":["balance.maximum"],"kept":false,"inForce":true},` +
		`{"account":"alice","what":"paused","kept":true,"inForce":true}`)
	c.want(http.StatusConflict, "DELETE", "/config/changes/alice", ``, "accounts resume alice")
	c.want(http.StatusNotFound, "DELETE", "/config/changes/bob", ``, "no change of an account")
	c.want(http.StatusNotFound, "DELETE", "/config/changes/a%2fb", ``, "no change of an account")
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, changeableAccounts)
	if got := maxima(c); got != "alice=1000 bob=1000" {
		t.Errorf("the accounts have %s", got)
	}
	c.wantChanges(`{"account":"alice","what":"paused","kept":true,"inForce":true}`)
}

// What is left out is listed with its cause, and is there again when the operator adds it or
// discards the change.
func TestChangeThatIsLeftOutCanBeDiscarded(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"},"ilpAddressSegment":"carl"}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	const carl = `  carl: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "3"}}
`
	c = run(t, state, changeableAccounts+carl)
	c.want(http.StatusOK, "GET", "/config/changes", "", `"inForce":false,"reason":"left out: accounts.alice`, "same address",
		`{"account":"alice","what":"paused",`, `"reason":"the account is not there"`)
	c.want(http.StatusOK, "DELETE", "/config/changes/alice", ``, `"inForce":false`, `"left out: `)
	discarded := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, discarded, changeableAccounts+carl)
	if got := maxima(c); got != "alice=1000 bob=1000 carl=3" {
		t.Errorf("the accounts have %s", got)
	}
	c.wantSent("T03 account is paused.", "alice", "test.us.bob", 1)
	c.stop()

	c = run(t, state, changeableAccounts+carl)
	c.want(http.StatusOK, "POST", "/accounts", `{"id":"alice","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"9"}}}`)
	c.want(http.StatusOK, "GET", "/alerts", "", `{"alerts":[]}`)
	c.want(http.StatusOK, "GET", "/config/changes", "", `{"account":"alice","what":"changed","settings":["balance.maximum"],`)
	c.stop()

	// A pause of an account that is not configured any more is all that is left of it.
	c = run(t, map[string]string{"config/pause/gone": `{"at":"2026-01-02T03:04:05Z"}`}, changeableAccounts)
	c.wantChanges(`{"account":"gone","what":"paused","kept":true,"inForce":false,"reason":"the account is not there"}`)
	c.want(http.StatusOK, "DELETE", "/config/changes/gone", ``)
	c.wantChanges(``)
}

func TestPausedAccountIsShownAsSuch(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	c.want(http.StatusOK, "GET", "/accounts", ``, `"connected":false,"adminInfo":false,"state":"paused"`)
	c.want(http.StatusOK, "GET", "/status", ``, `"outages":{"alice":{"state":"paused","since":"`)
	c.want(http.StatusOK, "GET", "/metrics", ``, `ilp_connector_account_paused{account="alice",asset="USD",scale="2"} 1`)
	c.want(http.StatusOK, "POST", "/accounts/alice/resume", ``)
	c.want(http.StatusOK, "GET", "/status", ``, `"outages":{}`)
}

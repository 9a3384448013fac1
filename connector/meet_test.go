package connector_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/peering"
)

// A change that a restart forgets stays so, also if another change of the account is kept.
func TestKeptChangeDoesNotKeepAnEphemeralOne(t *testing.T) {
	const maximum = `{"balance":{"maximum":"9"}}`
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", maximum)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"maxPacketAmount":"7"}`, `"maximum":"9"`)
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"balance":{"maximum":"8"}}`)
	c.want(http.StatusOK, "PATCH", "/accounts/bob?ephemeral=true", maximum)
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"maxPacketAmount":"7"}`)
	c.want(http.StatusOK, "GET", "/config/changes", "", "until the next start a change counts that is not kept")
	if got := maxima(c); got != "alice=9 bob=9" {
		t.Errorf("now the accounts are %s", got)
	}
	c.stop()
	again := run(t, c.disk.states[len(c.disk.states)-1], changeableAccounts)
	if got := maxima(again); got != "alice=1000 bob=8" {
		t.Errorf("after a restart the accounts are %s", got)
	}
	for _, id := range []string{"alice", "bob"} {
		again.want(http.StatusOK, "GET", "/config/changes", "", fmt.Sprintf(`"account":"%s"`, id), `"maxPacketAmount"],`)
	}
}

// What fits an ephemeral change alone cannot be kept: a restart could not make it again.
func TestKeptChangeThatNeedsAnEphemeralOneIsRefused(t *testing.T) {
	c := run(t, nil, `
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
`)
	c.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", `{"balance":{"maximum":"9","minimum":"-9"}}`)
	c.want(http.StatusConflict, "PATCH", "/accounts/alice", `{"balance":{"settleThreshold":"-5"}}`, "ephemeral")
	c.want(http.StatusOK, "PATCH", "/accounts/alice?ephemeral=true", `{"balance":{"settleThreshold":"-5"}}`)
}

// A change comes while another operator discards the one from before. If it is kept, no reload
// undoes it.
func TestChangeAndDiscardMeet(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	for n := range 40 {
		c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"9"}}`)
		var asking sync.WaitGroup
		asking.Go(func() { ask(t, c.port, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`) })
		asking.Go(func() { ask(t, c.port, "DELETE", "/config/changes/alice", "") })
		asking.Wait()
		c.disk.mu.Lock()
		_, kept := c.disk.states[len(c.disk.states)-1]["config/account/alice"]
		c.disk.mu.Unlock()
		if kept && connector.Discarded(c.Connector, "alice") {
			t.Fatalf("round %d: a change is kept that the next reload undoes", n)
		}
	}
}

// The removal of an account is certain, and its packets have not ended. A file that is saved then
// does not declare it.
func TestSavedFileLacksAnAccountThatGoes(t *testing.T) {
	f := write(t, changeableAccounts)
	slow := newTestLink(ilptest.NewLink())
	f.start(nil, connector.WithPlugin("slow", func(config.Account, *slog.Logger) (connector.Link, error) { return slow, nil }))
	f.want(http.StatusOK, "POST", "/accounts", `{"id":"carl","options":{"relation":"child","plugin":"slow","assetCode":"USD","assetScale":2}}`)
	r := ilptest.NewRecorder()
	f.handler("alice").HandlePrepare(r, ilptest.Prepare("test.us.carl", 1))
	sent := slow.Take()
	gone := make(chan int, 1)
	go func() {
		status, _ := ask(t, f.port, "DELETE", "/accounts/carl?force=true", "")
		gone <- status
	}()
	await(t, "the account to have no route", func() bool { return connector.Goes(f.Connector, "carl") })
	if _, text := ask(t, f.port, "POST", "/config/export", ""); strings.Contains(text, "carl") {
		t.Errorf("it is saved: %s", text)
	}
	if _, text := ask(t, f.port, "GET", "/config", ""); strings.Contains(text, "carl") {
		t.Errorf("it is shown: %s", text)
	}
	sent.Up.WriteReply(ilptest.Fulfill())
	r.Reply()
	if status := <-gone; status != http.StatusOK {
		t.Errorf("the removal is answered %d", status)
	}
}

// Two operators accept one invitation at once. One of them makes the account.
func TestInvitationIsAcceptedByOneAccount(t *testing.T) {
	alice, bob := startHost(t, "alice", newDisk()), startHost(t, "bob", newDisk())
	text := alice.invite().Text()
	alice.stop()
	var accepting sync.WaitGroup
	errs := make(chan error, 4)
	for n := range cap(errs) {
		accepting.Go(func() {
			choices := loopback
			choices.ID = fmt.Sprint("a", n)
			_, err := bob.AcceptInvitation(text, choices)
			errs <- err
		})
	}
	accepting.Wait()
	close(errs)
	made := 0
	for err := range errs {
		if err == nil {
			made++
		} else if !strings.Contains(err.Error(), "accepted already") {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d accounts accept it", made)
	}
}

// The peer accepts an invitation while a file is saved that declares it open. The file is older
// than the login, so the invitation stays accepted: by a reload, and by a start.
func TestSavedFileOpensNoAcceptedInvitation(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	i, _, err := f.Invite(peering.Offer{
		ID: "carl", Endpoint: fmt.Sprintf("btp+ws://127.0.0.1:%d", freePort(t)), AllowLoopback: true, AssetCode: "XRP", AssetScale: &nine,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out admin.ConfigExport
	_, text := ask(t, f.port, "POST", "/config/export", "")
	if err := json.Unmarshal([]byte(text), &out); err != nil || !strings.Contains(out.Text, "carl") {
		t.Fatalf("%v %s", err, text)
	}
	login := func(name string) error {
		return connector.Admits(f.Connector, "carl", btplink.Login{User: name, Token: i.Token}, time.Now())
	}
	check := func(when string) {
		t.Helper()
		if err := login("mallory"); err == nil || !strings.Contains(err.Error(), "used already") {
			t.Errorf("after %s a stranger gets %v", when, err)
		}
		if err := login("carl"); err != nil {
			t.Errorf("after %s the peer gets %v", when, err)
		}
	}
	if err := login("carl"); err != nil {
		t.Fatal(err)
	}
	f.edit(out.Text + "\ninitialConnectTimeout: 1\n") // milliseconds
	state := f.now()
	if done, _, err := f.Reread(false); err != nil || done.Dropped != nil {
		t.Errorf("%+v %v", done, err)
	}
	check("a reload")
	reloaded := f.now()
	f.stop()
	f.start(state)
	check("a start")
	f.stop()
	f.start(reloaded)
	check("a reload and a start")
	f.want(http.StatusOK, "GET", "/config/changes", "", `"account":"carl"`, `"inForce":true`)

	// Who discards the acceptance wants the invitation open.
	f.want(http.StatusOK, "DELETE", "/config/changes/carl", "")
	if _, _, err := f.Reread(false); err != nil {
		t.Error(err)
	}
	if err := login("dave"); err != nil {
		t.Error(err)
	}
}

// A pause that the store keeps can be ended for good after it was ended until a restart.
func TestPauseThatIsEndedUntilARestartCanBeEnded(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"node"}`)
	c.want(http.StatusOK, "DELETE", "/pauses?scope=node&ephemeral=true", "")
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	c.want(http.StatusOK, "DELETE", "/pauses?scope=node", "")
	c.want(http.StatusNotFound, "DELETE", "/pauses?scope=node", "")
	c.stop()
	again := run(t, c.disk.states[len(c.disk.states)-1], pausableAccounts)
	again.wantSent("fulfilled", "alice", "test.us.bob", 1)
}

// The pause of an account that a reload has removed is discarded. The account comes back without it.
func TestDiscardedPauseIsForgotten(t *testing.T) {
	f := write(t, changeableAccounts)
	f.start(nil)
	text := f.text()
	f.want(http.StatusOK, "POST", "/accounts/bob/pause", "")
	f.edit(text[:strings.Index(text, "  bob:")])
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusOK, "DELETE", "/config/changes/bob", "", `"what":"paused"`)
	f.edit(text)
	if _, _, err := f.Reread(false); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusOK, "GET", "/pauses", "", `{"pauses":[]}`)
	if got := outcome(f.send("alice", "test.us.bob", 1)); got != "fulfilled" {
		t.Error(got)
	}
}

// An invitation expires while we do not run, and was paused. Another one under its id is not.
func TestPauseGoesWithAnExpiredInvitation(t *testing.T) {
	alice := startHost(t, "alice", newDisk())
	alice.invite(func(o *peering.Offer) { o.ExpiresIn = 3600 })
	alice.want(http.StatusOK, "POST", "/accounts/bob/pause", "")
	left := alice.disk.copy()
	kept := left.text("config/account/bob")
	at := strings.Index(kept, `"expires":"`) + len(`"expires":"`)
	left.set("config/account/bob", kept[:at]+"2026-01-01T00:00:00Z"+kept[at+len("2026-01-01T00:00:00Z"):])
	alice = alice.again(left)
	alice.invite()
	alice.want(http.StatusOK, "GET", "/accounts", "", `"state":"invited"`)
}

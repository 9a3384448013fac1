package connector_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/connector"
)

const pausableAccounts = `
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  xenia: {relation: child, plugin: test, assetCode: XRP, assetScale: 9, balance: {maximum: "100000000000"}}
`

const (
	pausedSender   = "T03 account is paused."
	pausedReceiver = "T01 no connection to account. account="
	pausedPrefix   = "T01 no connection to destination."
)

// The node, an asset and a prefix are paused one by one, and each pause ends alone. What they
// concern stays paused as long as one of them holds.
func TestNodeAssetAndPrefixArePaused(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	c.want(http.StatusOK, "GET", "/pauses", "", `{"pauses":[]}`)
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"asset","of":"USD","reason":"the bank"}`,
		`"scope":"asset","of":"USD","at":"`, `"reason":"the bank","accounts":2,"kept":true}`)
	c.wantSent(pausedSender, "alice", "test.us.xenia", 1)
	c.wantSent(pausedReceiver+"alice", "xenia", "test.us.alice", 1)
	c.wantSent("fulfilled", "xenia", "test.us.xenia", 1)
	c.want(http.StatusOK, "GET", "/accounts", "", `"state":"paused"`)
	c.want(http.StatusOK, "GET", "/metrics", "", `ilp_connector_account_paused{account="bob",asset="USD",scale="2"} 1`,
		`ilp_connector_pauses{scope="asset"} 1`, `ilp_connector_pauses{scope="node"} 0`)

	// One that comes later is paused too, and so is one that comes back.
	c.want(http.StatusOK, "POST", "/accounts", `{"id":"carl","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2}}`)
	c.wantSent(pausedSender, "carl", "test.us.xenia", 1)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"ilpAddressSegment":"anna"}`)
	c.wantSent(pausedSender, "alice", "test.us.xenia", 1)

	c.want(http.StatusOK, "POST", "/accounts/alice/pause", "")
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"node"}`, `"accounts":4`)
	c.wantSent(pausedSender, "xenia", "test.us.xenia", 1)
	c.want(http.StatusOK, "GET", "/pauses", "",
		`{"pauses":[{"scope":"node",`, `{"scope":"asset","of":"USD",`, `{"scope":"account","of":"alice",`)
	c.want(http.StatusOK, "GET", "/accounts/alice", "",
		`"pausedBy":[{"scope":"node"},{"scope":"asset","of":"USD"},{"scope":"account","of":"alice"}]`)
	c.want(http.StatusOK, "DELETE", "/pauses?scope=asset&of=USD", "", `"of":"USD"`)
	c.wantSent(pausedSender, "bob", "test.us.xenia", 1)
	c.want(http.StatusOK, "DELETE", "/pauses?scope=node", "")
	c.wantSent("fulfilled", "bob", "test.us.xenia", 1)
	c.wantSent(pausedSender, "alice", "test.us.xenia", 1)
	c.want(http.StatusOK, "POST", "/accounts/alice/resume", "")
	c.wantSent("fulfilled", "alice", "test.us.xenia", 1)
	if _, answer := ask(t, c.port, "GET", "/accounts/alice", ""); strings.Contains(answer, "pausedBy") {
		t.Errorf("although nothing pauses it: %s", answer)
	}

	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"prefix","of":"test.us.bob"}`)
	c.wantSent(pausedPrefix, "alice", "test.us.bob.x", 1)
	c.wantSent("fulfilled", "bob", "test.us.xenia", 1)
	c.want(http.StatusOK, "GET", "/rejections", "", `"cause":"prefix_paused"`)
	c.want(http.StatusOK, "DELETE", "/pauses?scope=prefix&of=test.us.bob", "")
	c.wantSent("fulfilled", "alice", "test.us.bob.x", 1)
}

// An account that is paused with others stays so when its own pause ends, and the answer says why.
// The reason of a pause is where operators look for it.
func TestTheEndOfOnePauseSaysWhatStillPauses(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"node"}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", `{"reason":"a stolen token"}`)
	c.want(http.StatusOK, "GET", "/pauses", "", `"of":"alice","at":"`, `"reason":"a stolen token"`)
	c.want(http.StatusOK, "GET", "/audit", "", `"what":"pause account","accountId":"alice"`, `"reason":"a stolen token"`)
	c.want(http.StatusOK, "POST", "/accounts/alice/resume", `{"reason":"it has a new one"}`, `"pausedBy":[{"scope":"node"}]`)
	c.want(http.StatusBadRequest, "POST", "/accounts/alice/pause", `{"why":"it loops"}`, `unknown member "why"`)
}

// Without a store a restart forgets that an account is paused, and the answer says so.
func TestAPauseWithoutAStoreIsEphemeral(t *testing.T) {
	port := freePort(t)
	c, _ := start(t, fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\nadminApi: true\nadminApiPort: %d\naccounts:\n"+
		"  alice: {relation: child, plugin: loopback, assetCode: USD, assetScale: 2}\n", port))
	awaitReady(t, c)
	if status, answer := ask(t, port, "POST", "/accounts/alice/pause", ""); status != http.StatusOK || !strings.Contains(answer, `"ephemeral":true`) {
		t.Errorf("%d %s", status, answer)
	}
}

func TestPausesThatMakeNoSenseAreRefused(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	c.want(http.StatusConflict, "POST", "/pauses", `{"scope":"asset","of":"usd"}`, "those of the accounts are USD, XRP")
	c.want(http.StatusOK, "POST", "/pauses?force=true", `{"scope":"asset","of":"usd"}`, `"kept":true`)
	c.want(http.StatusNotFound, "DELETE", "/pauses?scope=asset&of=USD", "", "asset USD is not paused")
	for body, words := range map[string]string{
		`{}`:                                   `needs a "scope"`,
		`{"scope":"account","of":"alice"}`:     "/accounts/ID/pause",
		`{"scope":"asset"}`:                    "write the asset code",
		`{"scope":"prefix"}`:                   "no address prefix",
		`{"scope":"prefix","of":"g.acme."}`:    "without a dot at the end",
		`{"scope":"prefix","of":"bob"}`:        `no address begins with "bob"`,
		`{"scope":"prefix","of":"bob.x"}`:      `no address begins with "bob"`,
		`{"scope":"prefix","of":"peer"}`:       "for neighbors only",
		`{"scope":"prefix","of":"peer.route"}`: "for neighbors only",
		`{"scope":"node","of":"alice"}`:        "leave out of",
	} {
		c.want(http.StatusBadRequest, "POST", "/pauses", body, words)
	}
	for scope, of := range map[string]string{"asset": "A", "prefix": "g."} {
		of += strings.Repeat("a", 1001-len(of))
		c.want(http.StatusBadRequest, "POST", "/pauses?force=true", `{"scope":"`+scope+`","of":"`+of+`"}`, "of has 1001 bytes, more than 1000")
		c.want(http.StatusOK, "POST", "/pauses?force=true", `{"scope":"`+scope+`","of":"`+of[:1000]+`"}`, `"kept":true`) // the longest that the store takes
	}
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
}

// A client of the API cannot make each packet, each change and the store pay for ever more pauses.
func TestPausesAreBounded(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	for i := range 1000 {
		if err := c.Pause(admin.PauseOf{Scope: admin.PausedPrefix, Of: fmt.Sprintf("g.a%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	const words = "there can be no more: end some"
	if err := c.Pause(admin.PauseOf{Scope: admin.PausedPrefix, Of: "g.b"}); err == nil || !strings.Contains(err.Error(), words) {
		t.Error(err)
	}
	c.want(http.StatusConflict, "POST", "/pauses", `{"scope":"prefix","of":"test.us.bob"}`, words)
	c.want(http.StatusConflict, "POST", "/pauses", `{"scope":"asset","of":"USD"}`, words)
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"prefix","of":"g.a5"}`) // which is there
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"node"}`)
	c.wantSent(pausedSender, "alice", "test.us.bob", 1)
}

// Whenever the process dies, the next one has paused what the audit log says is paused.
func TestPausesSurviveAKillAtAnyMoment(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"node"}`)
	c.want(http.StatusOK, "POST", "/pauses?ephemeral=true", `{"scope":"asset","of":"XRP"}`, `"kept":false`)
	c.want(http.StatusOK, "POST", "/pauses", `{"scope":"prefix","of":"test.us.bob"}`)
	c.want(http.StatusOK, "DELETE", "/pauses?scope=node", "")
	c.stop()
	seen := make(map[string]bool)
	for _, state := range c.disk.states {
		done := make(map[string]bool)
		for _, key := range slices.Sorted(maps.Keys(state)) {
			if text := state[key]; strings.HasPrefix(key, "audit/") && strings.Contains(text, `"outcome":"done"`) && !strings.Contains(text, "ephemeral") {
				_, rest, _ := strings.Cut(text, `"scope":"`)
				scope, _, _ := strings.Cut(rest, `"`)
				done[scope] = strings.Contains(text, `"what":"pause"`)
			}
		}
		want := "fulfilled"
		switch {
		case done["node"]:
			want = pausedSender
		case done["prefix"]:
			want = pausedPrefix
		}
		seen[want] = true
		again := run(t, state, pausableAccounts)
		again.wantSent(want, "alice", "test.us.bob", 1)
		again.stop()
	}
	if len(seen) != 3 {
		t.Errorf("only these were seen: %v", seen)
	}
}

// A pause and its end may come at once. Whichever counts, it counts after a restart too.
func TestPausesAtOnceAgreeWithTheStore(t *testing.T) {
	c := run(t, nil, pausableAccounts)
	for n := range 40 {
		var asking sync.WaitGroup
		for i := range 4 {
			asking.Go(func() {
				if i%2 == 0 {
					ask(t, c.port, "POST", "/pauses", `{"scope":"node"}`)
				} else {
					ask(t, c.port, "DELETE", "/pauses?scope=node", "")
				}
			})
		}
		asking.Wait()
		c.disk.mu.Lock()
		_, kept := c.disk.states[len(c.disk.states)-1]["config/pauses/node/"]
		c.disk.mu.Unlock()
		got := outcome(c.send("alice", "test.us.bob", 0))
		if paused := strings.HasPrefix(got, "T03"); paused != kept {
			t.Fatalf("round %d: %s, and in the store it is paused: %v", n, got, kept)
		}
	}
}

// A pause of the node and its end meet in the middle of each account. No account stays as the
// former of the two has left it.
func TestPauseAndItsEndMeet(t *testing.T) {
	var accounts strings.Builder
	accounts.WriteString("\n")
	for i := range 50 {
		fmt.Fprintf(&accounts, "  a%d: {relation: child, plugin: test, assetCode: USD, assetScale: 2}\n", i)
	}
	c := run(t, nil, accounts.String())
	of := admin.PauseOf{Scope: admin.PausedNode}
	for n := range 1000 {
		var asking sync.WaitGroup
		asking.Go(func() { _ = c.Pause(of) })
		asking.Go(func() { _ = c.Resume(of) })
		asking.Wait()
		if wrong := connector.WronglyPaused(c.Connector); len(wrong) > 0 {
			t.Fatalf("round %d: %v", n, wrong)
		}
	}
}

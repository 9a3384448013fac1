package connector_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// kids returns a configuration of an account whose clients are accounts, and where they connect.
func kids(t *testing.T, more string) (yaml, url string) {
	t.Helper()
	port := freePort(t)
	return fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
accounts:
  mini:
    relation: child
    plugin: ilp-plugin-mini-accounts
    assetCode: USD
    assetScale: 2
    options: {port: %d, wsOpts: {host: 127.0.0.1}}
    children:
      perChild: {balance: {minimum: "-1000", maximum: "1000"}, maxPacketAmount: "600"}
%s`, port, more), fmt.Sprintf("ws://127.0.0.1:%d", port)
}

// payFrom sends a packet from one client to another, and returns the answer. The receiver fulfills
// what arrives, if anything should.
func payFrom(t *testing.T, from, to *btppeer.Peer, destination string, amount uint64) ilp.Reply {
	t.Helper()
	from.Send(btppeer.Request(77, ilptest.Prepare(destination, amount, ilptest.Data([]byte(t.Name()+destination+fmt.Sprint(amount))))))
	if to != nil {
		id, _ := to.WantPrepare()
		to.Send(btppeer.Response(id, ilptest.Fulfill()))
	}
	return from.WantReply(77)
}

func TestChildrenAreAccounts(t *testing.T) {
	yaml, url := kids(t, "")
	c, _ := start(t, yaml)
	awaitReady(t, c)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	alice.Send(btppeer.Request(7, ilptest.Prepare("peer.config", 0, ilptest.WithCondition(ilp.PeerCondition))))
	told, err := ildcp.ParseResponse(alice.WantReply(7))
	if err != nil || told.ClientAddress != "test.us.mini.alice" || told.AssetCode != "USD" || told.AssetScale != 2 {
		t.Errorf("told %+v, %v", told, err)
	}
	if reply := payFrom(t, alice, bob, "test.us.mini.bob.x", 500); !reply.Fulfilled() {
		t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
	for id, want := range map[string]string{"mini.alice": "500", "mini.bob": "-500"} {
		a, there := c.Account(id)
		if !there || a.Balance == nil || a.Balance.Posted.String() != want || !a.Connected {
			t.Errorf("%s: %+v, want a balance of %s", id, a, want)
		}
	}
	// Each limit is the child's own.
	if reply := payFrom(t, alice, nil, "test.us.mini.bob.x", 601); reply.Code() != ilp.F08 {
		t.Errorf("a large packet gets %s", reply.Code())
	}
	if reply := payFrom(t, alice, nil, "test.us.mini.bob.x", 501); reply.Code() != ilp.T04 {
		t.Errorf("a packet over the maximum gets %s", reply.Code())
	}
	if reply := payFrom(t, bob, alice, "test.us.mini.alice", 600); !reply.Fulfilled() {
		t.Errorf("the other child is refused with %s", reply.Code())
	}
	if len(c.Accounts()) != 1 {
		t.Errorf("the list of accounts has %d", len(c.Accounts()))
	}
}

func TestPacketForAnAbsentChildIsRefused(t *testing.T) {
	yaml, url := kids(t, "")
	c, _ := start(t, yaml)
	awaitReady(t, c)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	bob.Leave()
	if reply := payFrom(t, alice, nil, "test.us.mini.bob", 1); reply.Code() != ilp.T01 || string(reply.Message()) != "no connection to account. account=mini.bob" {
		t.Errorf("one that has left: %s %s", reply.Code(), reply.Message())
	}
	if reply := payFrom(t, alice, nil, "test.us.mini.carl", 1); reply.Code() != ilp.F02 {
		t.Errorf("one that never came: %s %s", reply.Code(), reply.Message())
	}
	again := btppeer.Join(t, url, "bob", "b")
	if reply := payFrom(t, alice, again, "test.us.mini.bob", 2); !reply.Fulfilled() {
		t.Errorf("one that is back: %s %s", reply.Code(), reply.Message())
	}
}

// A child has its balance whether it is connected or not, and after a restart.
func TestBalancesOfChildrenSurviveARestart(t *testing.T) {
	yaml, url := kids(t, "store: bolt\nstorePath: "+filepath.Join(t.TempDir(), "store"))
	c, stop := start(t, yaml)
	awaitReady(t, c)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 300); !reply.Fulfilled() {
		t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
	stop()
	c, _ = start(t, yaml)
	awaitReady(t, c)
	for id, want := range map[string]string{"mini.alice": "300", "mini.bob": "-300"} {
		if a, there := c.Account(id); !there || a.Connected || a.Balance.Posted.String() != want {
			t.Errorf("%s after the restart: %v, %+v", id, there, a)
		}
	}
	impostor := btppeer.Dial(t, url)
	impostor.Send(btppeer.Auth(1, "alice", "x"))
	impostor.WantRefused("incorrect token for account.")
	alice = btppeer.Join(t, url, "alice", "a")
	if reply := payFrom(t, alice, nil, "test.us.mini.bob", 1); reply.Code() != ilp.T01 || string(reply.Message()) != "no connection to account. client=bob" {
		t.Errorf("one that has not come back: %s %s", reply.Code(), reply.Message())
	}
	bob = btppeer.Join(t, url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 550); !reply.Fulfilled() {
		t.Errorf("rejected with %s %s", reply.Code(), reply.Message())
	}
	if a, _ := c.Account("mini.alice"); a.Balance.Posted.String() != "850" {
		t.Errorf("alice owes us %s", a.Balance.Posted)
	}
}

// The clients of a BTP listener are accounts in the same way.
func TestChildrenOfABTPListener(t *testing.T) {
	port := freePort(t)
	url := fmt.Sprintf("ws://127.0.0.1:%d", port)
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
accounts:
  shop:
    relation: child
    plugin: ilp-plugin-btp
    assetCode: USD
    assetScale: 2
    options: {listener: {port: %d, host: 127.0.0.1}}
    children: {perChild: {balance: {maximum: "1000"}}, names: ["a*"]}
`, port))
	awaitReady(t, c)
	alice, ann := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "ann", "b")
	if reply := payFrom(t, alice, ann, "test.us.shop.ann", 5); !reply.Fulfilled() {
		t.Errorf("rejected with %s %s", reply.Code(), reply.Message())
	}
	if a, there := c.Account("shop.ann"); !there || a.Balance.Posted.String() != "-5" {
		t.Errorf("ann: %+v", a)
	}
	p := btppeer.Dial(t, url)
	p.Send(btppeer.Auth(1, "bob", "x"))
	p.WantRefused("auth_username is not allowed here")
}

// Without children all clients share the account.
func TestClientsShareTheAccount(t *testing.T) {
	port := freePort(t)
	url := fmt.Sprintf("ws://127.0.0.1:%d", port)
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
accounts:
  mini: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}, options: {port: %d}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`, port), links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, c)
	alice, ann := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "ann", "b")
	for _, p := range []*btppeer.Peer{alice, ann} {
		if reply := payFrom(t, p, nil, "test.us.bob.for."+map[bool]string{true: "alice", false: "ann"}[p == alice], 400); !reply.Fulfilled() {
			t.Errorf("rejected with %s %s", reply.Code(), reply.Message())
		}
	}
	if a, _ := c.Account("mini"); a.Balance.Posted.String() != "800" {
		t.Errorf("they owe us %s", a.Balance.Posted)
	}
	if reply := payFrom(t, ann, nil, "test.us.bob", 201); reply.Code() != ilp.T04 {
		t.Errorf("over the maximum: %s", reply.Code())
	}
	if _, there := c.Account("mini.alice"); there {
		t.Error("a client is an account")
	}
	alice.Send(btppeer.Request(1, ilptest.Prepare("peer.settle", 0)))
	if reply := alice.WantReply(1); reply.Code() != ilp.F02 {
		t.Errorf("a message about settlement gets %s", reply.Code())
	}
}

// An operator who pauses the account with the listener pauses its clients too, those that come
// later as well.
func TestPauseOfAHostPausesItsClients(t *testing.T) {
	yaml, url := kids(t, "")
	c, _ := start(t, yaml)
	awaitReady(t, c)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	if err := c.PauseAccount("mini"); err != nil {
		t.Fatal(err)
	}
	carl := btppeer.Join(t, url, "carl", "c")
	for _, p := range []*btppeer.Peer{alice, carl} {
		if reply := payFrom(t, p, nil, "test.us.mini.bob", 1); reply.Code() != ilp.T03 || string(reply.Message()) != "account is paused." {
			t.Errorf("got %s %s", reply.Code(), reply.Message())
		}
	}
	if err := c.PauseAccount("mini.alice"); err == nil || !strings.Contains(err.Error(), "children block") {
		t.Errorf("the pause of a client: %v", err)
	}
	if err := c.ResumeAccount("mini"); err != nil {
		t.Fatal(err)
	}
	for i, p := range []*btppeer.Peer{alice, carl} {
		if reply := payFrom(t, p, bob, "test.us.mini.bob", uint64(10+i)); !reply.Fulfilled() {
			t.Errorf("got %s %s", reply.Code(), reply.Message())
		}
	}
}

// Clients may have a settlement engine where the accounts of the configuration have none.
func TestEnginesOfClientsReachUs(t *testing.T) {
	port := freePort(t)
	yaml, url := kids(t, fmt.Sprintf("settlementApiPort: %d", port))
	yaml = strings.Replace(yaml, `maxPacketAmount: "600"`, `maxPacketAmount: "600", settlementEngine: {url: "http://127.0.0.1:1", scale: 2}`, 1)
	c, _ := start(t, yaml)
	awaitReady(t, c)
	btppeer.Join(t, url, "alice", "a")
	if status, text := ask(t, port, "POST", "/accounts/mini.alice/settlements", `{"amount":"5","scale":2}`); status == http.StatusNotFound {
		t.Errorf("the settlement API answers %d %s", status, text)
	}
	if status, text := ask(t, port, "POST", "/accounts/mini.bob/settlements", `{"amount":"5","scale":2}`); status != http.StatusNotFound {
		t.Errorf("of one that is no client it says %d %s", status, text)
	}
}

package connector_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Secrets of two accounts on the simulated ledger.
var (
	xrpSecretA = "sahNtietWCRzmX7Z2Zy7Z3EsvFDjv"
	xrpSecretB = xrpl.Ed25519Seed([16]byte{7}).Reveal()
)

// xrpAddress returns the address of a secret.
func xrpAddress(t *testing.T, secret string) xrpl.AccountID {
	t.Helper()
	seed, err := xrpl.ParseSeed(secret)
	if err != nil {
		t.Fatal(err)
	}
	return seed.Key().Public().Account()
}

// xrpPair is two connectors that are peers and settle over channels on a simulated ledger. A client of a
// pays one of b.
type xrpPair struct {
	t      *testing.T
	ledger *xrplsim.Ledger
	port   int
	adminA int
	adminB int
	disks  map[string]*disk
	a, b   *connector.Connector
	stopA  func()
	stopB  func()
	alice  *testLink
	bob    *testLink
}

func newXRPPair(t *testing.T) *xrpPair {
	t.Helper()
	p := &xrpPair{
		t: t, ledger: xrplsim.New(xrplsim.Options{CloseEvery: 100 * time.Millisecond}), port: freePort(t), adminA: freePort(t), adminB: freePort(t),
		disks: map[string]*disk{"a": newDisk(), "b": newDisk()},
	}
	t.Cleanup(p.ledger.Close)
	for _, secret := range []string{xrpSecretA, xrpSecretB} {
		p.ledger.Fund(xrpAddress(t, secret), 100_000_000)
	}
	p.startB()
	p.startA()
	return p
}

func (p *xrpPair) yaml(name, client, link, secret, extra string) string {
	port := map[string]int{"a": p.adminA, "b": p.adminB}[name]
	return fmt.Sprintf(`
ilpAddress: test.%s
adminApi: true
adminApiPort: %d
initialConnectTimeout: 100
backend: one-to-one
spread: 0
store: disk
routes: [{targetPrefix: test.b, peerId: peer}]
accounts:
  %s: {relation: child, plugin: test, assetCode: XRP, assetScale: 9, balance: {maximum: "1000000000000"}}
  peer:
    relation: peer
    plugin: ilp-plugin-xrp-paychan
    assetCode: XRP
    assetScale: 9
    balance: {maximum: "10000000000", minimum: "-10000000000", settleThreshold: "-1000000", settleTo: "0"}
    options: {%s, xrpServer: "%s", secret: %s, assetScale: 9, claimInterval: 500 %s}
`, name, port, client, link, p.ledger.URL(), secret, extra)
}

func (p *xrpPair) startA() {
	p.t.Helper()
	p.alice = newTestLink(ilptest.NewLink())
	yaml := p.yaml("a", "alice", fmt.Sprintf(`server: "btp+ws://:tok@127.0.0.1:%d"`, p.port), xrpSecretA, "")
	p.a, p.stopA = start(p.t, yaml, links(map[string]*testLink{"alice": p.alice}), p.disks["a"].option())
	awaitReady(p.t, p.a)
	awaitConnected(p.t, p.a, "peer")
}

func (p *xrpPair) startB() {
	p.t.Helper()
	p.bob = newTestLink(ilptest.Fulfilling())
	yaml := p.yaml("b", "bob", fmt.Sprintf(`listener: {port: %d, host: 127.0.0.1, secret: tok}`, p.port), xrpSecretB, "")
	p.b, p.stopB = start(p.t, yaml, links(map[string]*testLink{"bob": p.bob}), p.disks["b"].option())
	awaitReady(p.t, p.b)
}

// send sends a packet of alice's to bob.
func (p *xrpPair) send(amount uint64) {
	p.t.Helper()
	h := <-p.alice.handler
	p.alice.handler <- h
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.b.bob.x", amount, ilptest.Data([]byte(fmt.Sprint(time.Now().UnixNano())))))
	if reply := r.Reply(); !reply.Fulfilled() {
		p.t.Fatalf("answered %v %s", reply.Code(), reply.Message())
	}
}

// settled waits until both books say that nothing is owed.
func (p *xrpPair) settled() {
	p.t.Helper()
	await(p.t, "both books to be even", func() bool {
		a, b := snapshot(p.a, "peer"), snapshot(p.b, "peer")
		return a.Posted.Sign() == 0 && b.Posted.Sign() == 0 && a.Settling.Sign() == 0
	})
}

func TestTwoConnectorsSettleOnTheXRPLedger(t *testing.T) {
	p := newXRPPair(t)
	var sent uint64
	for range 5 { // 0.3 XRP each: the channel of 1 XRP is funded on the way
		p.send(300_000_000)
		sent += 300_000_000
		p.settled()
	}
	p.stopB() // and takes its claim to the ledger
	channels := p.ledger.Channels(xrpAddress(t, xrpSecretA))
	if len(channels) != 1 || uint64(channels[0].Balance)*1000 != sent || channels[0].Amount < 2_000_000 {
		t.Errorf("%+v", channels)
	}
	p.startB()
	awaitConnected(t, p.a, "peer")
	p.send(50_000_000)
	p.settled()
	p.stopA()
	p.startA()
	p.send(50_000_000)
	p.settled()
	if channels := p.ledger.Channels(xrpAddress(t, xrpSecretA)); len(channels) != 1 {
		t.Errorf("%d channels", len(channels))
	}
}

func TestXRPOptionsAreChecked(t *testing.T) {
	for options, want := range map[string]string{
		`secret: sahNtietWCRzmX7Z2Zy7Z3EsvFDjw`:                                                  "options.secret",
		`secret: sahNtietWCRzmX7Z2Zy7Z3EsvFDjv, address: rX`:                                     "options.address",
		`secret: sahNtietWCRzmX7Z2Zy7Z3EsvFDjv, peerAddress: rX`:                                 "options.peerAddress",
		`secret: sahNtietWCRzmX7Z2Zy7Z3EsvFDjv, peerAddress: ra3h9tzcipHTZCdQesMthfx4iBZNEEuHXG`: "our own address",
	} {
		cfg, _, err := config.Parse("test.yaml", []byte(`
ilpAddress: test.us
backend: one-to-one
accounts:
  bob: {relation: peer, plugin: ilp-plugin-xrp-paychan, assetCode: XRP, assetScale: 6, balance: {maximum: "1000"}, options: {server: "btp+ws://:t@127.0.0.1:1", xrpServer: "ws://127.0.0.1:1", `+options+`}}
`), nil, connector.Known())
		if err == nil {
			_, err = connector.New(cfg)
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sahNtiet") {
			t.Errorf("%s: %v", options, err)
		}
	}
}

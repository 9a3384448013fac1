package test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"
)

// debtor is a connector of ours that owes bob for packets of its client, and pays through an engine that fails.
type debtor struct {
	*station
	t     *testing.T
	peers *Peers
	bob   *Peer
	payer *payer
	api   string // where engines ask
	store string
	sent  int
}

// What alerts say, docs/settlement.md.
const (
	alertUnknown = "the outcome of a settlement is unknown: nothing else is paid to the account until it is known"
	alertNotSent = "a settlement was not sent: the debt remains and will be settled again"
)

// startDebtor starts one that pays as soon as it owes 500.
func startDebtor(t *testing.T, k kind) *debtor {
	t.Helper()
	n := newTopology(t, cast{k}, "hub")
	n.client("hub")
	d := &debtor{station: n.node("hub"), t: t, peers: n.peers, payer: startPayer(t), store: t.TempDir()}
	port := freePort(t)
	d.api = fmt.Sprintf("http://127.0.0.1:%d/accounts/bob/settlements", port)
	d.config.env["SETTLEMENT_API_PORT"] = strconv.Itoa(port)
	d.config.env["STORE_PATH"] = d.store
	d.listen(t, child("bob", 9))
	d.adjust("bob", func(a account) account {
		a.more = map[string]any{
			"settlementEngine": map[string]any{"url": d.payer.URL, "scale": 9},
			"balance":          map[string]any{"minimum": "-1000000", "maximum": "1000000", "settleThreshold": "-499"},
		}
		return a
	})
	n.start()
	d.bob = d.peers.dial(t, "bob", d.URL("bob"))
	d.bob.connected(t)
	d.awaitTogether()
	return d
}

func (d *debtor) awaitTogether() {
	d.t.Helper()
	d.awaitConnected(d.t, "bob", clientID)
}

// owe sends a packet to bob.
func (d *debtor) owe(amount int64) {
	d.t.Helper()
	d.sent++
	preimage := preimageOf(fmt.Sprintf("packet %d of %s", d.sent, d.t.Name()))
	d.peers.script(d.t, []string{"bob"}, answer{}.with(preimage))
	var heard reply
	d.peers.ask(d.t, "prepare", d.client.name, map[string]any{"packet": map[string]any{
		"amount": fmt.Sprint(amount), "destination": "test.hub.bob", "expiresIn": 10_000, "preimage": preimage,
	}}, &heard)
	if heard.Type != "fulfill" {
		d.t.Fatalf("a packet to bob: %s", inLine(d.t, heard))
	}
}

// heard waits until the engine was asked.
func (d *debtor) heard() {
	d.t.Helper()
	select {
	case <-d.payer.heard:
	case <-time.After(patience):
		d.t.Fatal("the engine is not asked")
	}
}

// restart ends the connector, by kill -9 or as an operator does, and starts it again.
func (d *debtor) restart(end func()) {
	d.t.Helper()
	end()
	d.launch(d.t)
	d.awaitListening(d.t)
	d.awaitTogether()
}

// stands waits for a balance of bob, with so much of it on its way.
func (d *debtor) stands(balance, settling string) {
	d.t.Helper()
	var now standing
	poll(d.t, fmt.Sprintf("bob to stand at %s with %s settling", balance, settling), d.exited, func() bool {
		now = d.Admin.standing(d.t, "bob")
		return now == standing{balance, balance, settling}
	})
}

// awaitAlert waits for an alert about bob.
func (d *debtor) awaitAlert(text string) {
	d.t.Helper()
	poll(d.t, "alert: "+text, d.exited, func() bool { return slices.Contains(d.Admin.alertsSoFar(d.t, "bob"), text) })
}

// paidOnce checks that the engine was asked for nothing but these settlements, and paid them.
func (d *debtor) paidOnce(amounts ...int64) {
	d.t.Helper()
	var want []string
	for _, amount := range amounts {
		want = append(want, fmt.Sprintf(`{"amount":"%d","scale":9}`, amount))
	}
	keys, paid := d.payer.seen()
	if !slices.Equal(paid, want) {
		d.t.Errorf("paid %q under the keys %q, want %q", paid, keys, want)
	}
}

// TestSettlementFaults has an engine answer as badly as it can. The same settlement is asked for until it says yes,
// under one key, and paid once.
func TestSettlementFaults(t *testing.T) {
	t.Parallel()
	eachFault(t, map[string]func(d *debtor){
		"answers 500 after paying": func(d *debtor) {
			d.payer.fail(false, answering(500), answering(500))
			d.owe(600)
			d.awaitAlert(alertUnknown)
		},
		"dies after paying":          func(d *debtor) { d.payer.fail(false, paidDying); d.owe(600) },
		"dies before it has read":    func(d *debtor) { d.payer.fail(false, dying); d.owe(600) },
		"answers twice":              func(d *debtor) { d.payer.fail(false, twice); d.owe(600) },
		"answers twice that it paid": func(d *debtor) { d.payer.fail(false, twiceWell); d.owe(600) },
		"says conflict":              func(d *debtor) { d.payer.fail(false, answering(http.StatusConflict)); d.owe(600) },
		"never answers": func(d *debtor) {
			d.payer.fail(false, paidMute, answered)
			d.owe(600)
			d.heard()
			d.stands("-600", "600")
			select {
			case <-d.payer.heard: // after the 30 s that an answer has
				d.awaitAlert(alertUnknown)
			case <-time.After(2 * patience):
				d.t.Error("the engine is not asked again")
			}
		},
		"we die before it pays":       func(d *debtor) { d.dieIn(mute) },
		"we die after it has paid":    func(d *debtor) { d.dieIn(paidMute) },
		"we die when it has answered": func(d *debtor) { d.dieIn(answered) },
		"we die twice": func(d *debtor) {
			d.payer.fail(false, mute, paidMute)
			d.owe(600)
			for range 2 {
				d.heard()
				d.stands("-600", "600")
				d.restart(d.Kill)
			}
		},
		"loses its memory while we die": func(d *debtor) {
			d.payer.fail(false, paidMute, forgetful, forgetful)
			d.owe(600)
			d.heard()
			d.restart(d.Kill)
			d.awaitAlert(alertUnknown)
		},
	})
}

// eachFault runs a test for each of the faults, at whose end 600 have to be paid once and a later 700 as well.
func eachFault(t *testing.T, faults map[string]func(d *debtor)) {
	for _, k := range kinds(t) {
		if k != ours {
			continue
		}
		for name, fault := range faults {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := startDebtor(t, k)
				fault(d)
				d.stands("0", "0")
				d.owe(700)
				d.stands("0", "0")
				d.paidOnce(600, 700)
				d.Stop()
				if k := keptOf(t, d.store, "bob"); k.open != 0 || k.settled != 1300 {
					t.Errorf("kept are %+v", k)
				}
			})
		}
	}
}

// dieIn kills the connector when the engine was asked, and starts it again.
func (d *debtor) dieIn(fault payerFault) {
	d.t.Helper()
	d.payer.fail(false, fault)
	d.owe(600)
	d.heard()
	d.restart(d.Kill)
}

package test

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// pair is two connectors that settle with each other, each through an engine of its own, all on one ledger in units
// of 10^-6. Both count in 10^-9. Alice pays by a threshold and asks for whole units of the ledger; bob pays every
// second and leaves the rounding to his engine.
type pair struct {
	*topology
	bank   *bank
	stores map[string]string
	urls   map[string]string // where engines ask
	owed   int64             // by alice to bob for packets
}

const (
	settleThreshold = 2_000_000 // when alice pays
	slowness        = 40 * time.Millisecond
)

func startPair(t *testing.T, c cast) *pair {
	t.Helper()
	p := &pair{topology: newTopology(t, c, "alice", "bob"), bank: startBank(t), stores: map[string]string{}, urls: map[string]string{}}
	p.peer("alice", "bob")
	p.client("alice", "bob")
	p.settles("alice", "bob", 6, "settleThreshold", fmt.Sprint(-settleThreshold))
	p.settles("bob", "alice", 9, "settleEvery", 1000)
	p.start()
	p.awaitTogether()
	return p
}

// settles has an account settle through an engine, by a threshold or by the clock.
func (p *pair) settles(name, with string, scale int, when string, value any) {
	p.t.Helper()
	s, port, token := p.node(name), freePort(p.t), "token-of-"+name
	p.stores[name] = p.t.TempDir()
	p.urls[name] = fmt.Sprintf("http://engine:%s@127.0.0.1:%d", token, port)
	for key, value := range map[string]string{
		"STORE_PATH":              p.stores[name],
		"SETTLEMENT_API_PORT":     strconv.Itoa(port),
		"SETTLEMENT_API_TOKEN":    token,
		"ROUTE_BROADCAST_ENABLED": "false",
		"ROUTES":                  fmt.Sprintf(`[{"targetPrefix":"test.%s","peerId":%[1]q}]`, with),
	} {
		s.config.env[key] = value
	}
	engine := slowly(p.t, p.bank.open(p.t, name, p.urls[name]))
	s.adjust(with, func(a account) account {
		a.more = map[string]any{
			"settlementEngine": map[string]any{"url": engine, "scale": scale},
			"balance":          map[string]any{"minimum": "-1000000000", "maximum": "1000000000", when: value},
		}
		return a
	})
}

// slowly is a way to an engine on which answers take some time, so that a connector can die before it has them. It
// gives the address of the near end.
func slowly(t *testing.T, engine string) string {
	t.Helper()
	at, err := url.Parse(engine)
	if err != nil {
		t.Fatal(err)
	}
	way := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(at) },
		Transport: &http.Transport{DisableKeepAlives: true},
		ModifyResponse: func(*http.Response) error {
			pause(rand.N(slowness))
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0),
	})
	t.Cleanup(way.Close)
	return way.URL
}

func (p *pair) awaitTogether() {
	p.t.Helper()
	p.node("alice").awaitConnected(p.t, "bob", clientID)
	p.node("bob").awaitConnected(p.t, "alice", clientID)
}

// owes sends a packet that leaves a debt.
func (p *pair) owes(from, to string, amount int64) {
	p.t.Helper()
	p.mustPay(from, to, fmt.Sprint(amount), fmt.Sprint(amount))
	if from == "bob" {
		amount = -amount
	}
	p.owed += amount
}

// crash kills a connector and starts it again.
func (p *pair) crash(name string) {
	p.t.Helper()
	s := p.node(name)
	s.Kill()
	s.launch(p.t)
	s.awaitListening(p.t)
}

// restartEngine stops an engine and starts it again.
func (p *pair) restartEngine(name string) {
	p.t.Helper()
	p.bank.close(p.t, name)
	p.bank.open(p.t, name, p.urls[name])
}

// quiet reports whether everything that is due is paid, and both have heard of it.
func (p *pair) quiet() bool {
	alice, bob := p.node("alice").Admin.standing(p.t, "bob"), p.node("bob").Admin.standing(p.t, "alice")
	byAlice, _ := p.bank.paid(p.t, "alice")
	byBob, _ := p.bank.paid(p.t, "bob")
	a, b := number(p.t, alice.Balance), number(p.t, bob.Balance)
	kept := b - (p.owed - byAlice + byBob) // by the engine of bob, as it is no unit of the ledger
	return alice.Settling == "0" && bob.Settling == "0" &&
		a == -p.owed+byAlice-byBob && a >= -settleThreshold && b >= 0 && kept >= 0 && kept < 1000
}

// TestSettlementConserves lets debts arise by packets and be settled, in both directions, while connectors are killed
// and engines restarted at any moment. In the end each unit that has left a balance is on the ledger, and each unit on
// the ledger is in the other balance, once.
func TestSettlementConserves(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"oo"}, func(t *testing.T, c cast) {
		p := startPair(t, c)
		p.owes("alice", "bob", settleThreshold+1777) // 777 is no unit of the ledger
		poll(t, "the first settlement", nil, func() bool { return p.node("alice").Admin.standing(t, "bob").Balance == "-777" && p.quiet() })
		p.owes("bob", "alice", 1_001_001)
		poll(t, "the first settlement by the clock", nil, func() bool {
			_, transfers := p.bank.paid(t, "bob")
			return transfers == 1 && p.quiet()
		})

		kill := map[string]func(string){"connector": p.crash, "engine": p.restartEngine}
		for _, victim := range []struct{ what, name string }{
			{"connector", "alice"}, {"connector", "bob"}, {"engine", "alice"}, {"connector", "alice"}, {"engine", "bob"},
			{"connector", "alice"}, {"connector", "bob"}, {"connector", "alice"}, {"connector", "bob"}, {"connector", "alice"},
		} {
			for range 3 {
				p.owes("alice", "bob", settleThreshold/2+rand.Int64N(settleThreshold))
			}
			if rand.N(2) == 0 {
				p.owes("bob", "alice", 1+rand.Int64N(4*settleThreshold))
			}
			pause(rand.N(slowness))
			kill[victim.what](victim.name)
			p.awaitTogether()
		}
		p.owes("alice", "bob", settleThreshold)
		poll(t, "all debts to be paid", nil, p.quiet)
		p.conserved()
	})
}

// pause gives what happens some time to come as far as it may.
func pause(d time.Duration) { <-time.After(d) }

// conserved compares the engines' ledger with both balances.
func (p *pair) conserved() {
	t := p.t
	t.Helper()
	for _, name := range []string{"alice", "bob"} {
		p.node(name).Stop()
	}
	alice, bob := keptOf(t, p.stores["alice"], "bob"), keptOf(t, p.stores["bob"], "alice")
	byAlice, transfersOfAlice := p.bank.paid(t, "alice")
	byBob, transfersOfBob := p.bank.paid(t, "bob")
	t.Logf("alice has paid %d in %d transfers for %d settlements, bob %d in %d for %d",
		byAlice, transfersOfAlice, alice.settlements, byBob, transfersOfBob, bob.settlements)
	if alice.open != 0 || bob.open != 0 {
		t.Errorf("%d settlements of alice are open, and %d of bob", alice.open, bob.open)
	}
	if alice.settled != byAlice {
		t.Errorf("debts of alice went down by %d, and her engine paid %d", alice.settled, byAlice)
	}
	if kept := bob.settled - byBob; kept < 0 || kept >= 1000 {
		t.Errorf("debts of bob went down by %d, and his engine paid %d", bob.settled, byBob)
	}
	if alice.credited != byBob || alice.receipts != transfersOfBob || bob.credited != byAlice || bob.receipts != transfersOfAlice {
		t.Errorf("credited are %d of %d, and %d of %d", alice.credited, byBob, bob.credited, byAlice)
	}
	if want := fmt.Sprintf("%d 9 XRP", -p.owed+alice.settled-alice.credited); alice.balance != want {
		t.Errorf("the balance of bob with alice is %s, want %s", alice.balance, want)
	}
	if want := fmt.Sprintf("%d 9 XRP", p.owed+bob.settled-bob.credited); bob.balance != want {
		t.Errorf("the balance of alice with bob is %s, want %s", bob.balance, want)
	}
}

package test

import (
	"cmp"
	"slices"
	"testing"
	"time"
)

// bench is a connector under test with a JavaScript account at the other end of each of its accounts.
type bench struct {
	t         *testing.T
	subject   subject
	connector *Connector
	peers     *Peers
	present   []string // the accounts that have another end, in order
	start     time.Time
	hold      time.Duration // maxHoldTime
	window    time.Duration // minMessageWindow
	sent      packet        // the packet of the scenario that runs

	neighbors map[string]*neighbor // those who exchange routes, by account
	tables    []string             // the ids of the connector's routing tables that they have heard of
	address   string               // of the connector
	expiry    uint32               // routeExpiry, in milliseconds
}

// packet is one that the connector may take: what a scenario sends, or spoils and sends.
type packet struct {
	amount      uint64
	expiresAt   time.Time
	condition   string
	destination string
	data        string
}

// newBench starts a connector of that kind with the configuration of the subject and connects its accounts.
func newBench(t *testing.T, k kind, s subject) *bench {
	t.Helper()
	b := &bench{t: t, subject: s, peers: startPeers(t), hold: 30 * time.Second, window: time.Second}
	b.neighbors, b.address = make(map[string]*neighbor), s.config.ownAddress()
	setting := func(key string, into *time.Duration) {
		if text, ok := s.config.env[key]; ok {
			d, err := time.ParseDuration(text + "ms")
			if err != nil {
				t.Fatal(err)
			}
			*into = d
		}
	}
	setting("MAX_HOLD_TIME", &b.hold)
	setting("MIN_MESSAGE_WINDOW", &b.window)
	expiry := routeExpiry
	setting("ROUTE_EXPIRY", &expiry)
	b.expiry = uint32(expiry.Milliseconds())

	c := s.config
	c.accounts = slices.Clone(c.accounts)
	b.present = []string{}
	others := make(map[string]*Peer)
	for i, a := range c.accounts {
		c.accounts[i] = a.of(k)
		if slices.Contains(s.absent, a.id) || a.plugin != "" {
			continue
		}
		b.present = append(b.present, a.id)
		if a.server != "" { // the URL is a pattern for the port
			others[a.id] = b.peers.open(t, a.id, map[string]any{"secret": a.token(), "gives": a.childInfo()})
			c.accounts[i].server = others[a.id].fill(a.server)
		}
	}
	b.connector = startConnector(t, k, c)
	for _, id := range b.present {
		if others[id] == nil {
			others[id] = b.peers.dial(t, id, b.connector.URL(id))
		}
	}
	for _, id := range b.present {
		others[id].connected(t)
	}
	b.connector.awaitConnected(t, b.present...)
	for _, c := range s.clients {
		b.peers.dial(t, c.user, b.connector.clientURL(c)).connected(t)
		b.present = append(b.present, c.user)
	}
	b.start = time.Now().Truncate(time.Millisecond)
	return b
}

// run does one scenario and tells what came of it.
func (b *bench) run(s scenario) outcome {
	b.t.Helper()
	if s.label == "" {
		s.label = s.name
	}
	b.sent = packet{}
	preimage := preimageOf(s.label)
	b.peers.script(b.t, b.present, s.answer.with(preimage))
	began := time.Now()
	result := outcome{Reply: s.do.perform(b, s)}
	for i, requests := range b.peers.received(b.t, b.present) {
		for _, r := range requests {
			result.Received = append(result.Received, b.delivery(b.present[i], r, began))
		}
	}
	slices.SortStableFunc(result.Received, func(x, y delivery) int { return cmp.Compare(x.At, y.At) })
	return b.normalize(result, preimage)
}

// good is a packet that reaches the account bob of the connector.
func (b *bench) good(s scenario) packet {
	b.sent = packet{
		amount:      100,
		expiresAt:   time.Now().Add(10 * time.Second).Truncate(time.Millisecond),
		condition:   conditionOf(preimageOf(s.label)),
		destination: b.subject.config.address + ".bob.wallet",
		data:        hexOf([]byte("data")),
	}
	return b.sent
}

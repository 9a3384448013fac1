package test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crashWorld is a connector that ends in the middle of things, again and again, and the accounts around it, which
// know what they have been promised.
type crashWorld struct {
	t         *testing.T
	random    *rand.Rand
	argv      []string // the connector
	dir       string   // of its store
	env       []string
	ports     map[string]int
	adminPort int
	address   string
	senders   []*crashSender
	receivers []*crashReceiver
	disk      *crashDisk // if the power goes with the connector

	total        audit
	lives, kills int
	stops        atomic.Bool // the connector, so that it may refuse packets
}

// crashOptions is what differs between the tests.
type crashOptions struct {
	argv       []string          // the connector
	spread     int64             // in thousandths
	durability string            // of the store, in JSON
	senders    int               // to accounts of their own scale, besides the one to another
	settings   map[string]string // further ones, without CONNECTOR_
	accounts   []account         // further ones, which listen
}

// Four senders of a scale have one receiver, and one account sends to another scale, so that there is something to
// round down.
const (
	sendersPerReceiver = 4
	scaleOfMost        = 9
	scaleOfOne         = 6
	unitToOne          = 1999 // one base unit of that scale, and 999 thousandths
	slotsToOne         = 4
)

// What is at random is how many packets there are between two kills, when they come after that, and what a disk has
// made of what was not synced. The same seed does not make the same run: it takes two to run into each other.
var crashSeed = flag.Uint64("crash-seed", 0, "the seed of the tests that kill the connector; at random if 0")

// newCrashWorld prepares everything, and starts nothing.
func newCrashWorld(t *testing.T, o crashOptions) *crashWorld {
	t.Helper()
	seed := cmp.Or(*crashSeed, rand.Uint64())
	t.Logf("-crash-seed %d", seed)
	w := &crashWorld{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), argv: o.argv, dir: t.TempDir(), ports: make(map[string]int),
		adminPort: freePort(t), address: "test.conn",
	}
	c := config{address: w.address, env: map[string]string{
		"SPREAD": fmt.Sprintf("0.%03d", o.spread), "STORE_PATH": w.dir, "STORE_CONFIG": `{"durability":` + o.durability + `}`,
	}}
	maps.Copy(c.env, o.settings)
	for _, a := range o.accounts {
		c.accounts = append(c.accounts, a)
		w.ports[a.id] = freePort(t)
	}
	add := func(id string, scale int) {
		unlimited := map[string]string{"minimum": "-Infinity", "maximum": "Infinity"}
		c.accounts = append(c.accounts, child(id, scale).with("balance", unlimited))
		w.ports[id] = freePort(t)
	}
	var r *crashReceiver
	for i := range o.senders + 1 {
		s := &crashSender{id: fmt.Sprintf("sender%d", i), index: i, unit: 1, slots: make([]crashSlot, slotsMax)}
		scale := scaleOfMost
		if i == o.senders {
			scale, s.unit, s.slots = scaleOfOne, unitToOne, s.slots[:slotsToOne]
		}
		if i%sendersPerReceiver == 0 || i == o.senders {
			r = &crashReceiver{id: fmt.Sprintf("receiver%d", len(w.receivers)), answered: make(map[[2]int]int)}
			r.want = func(sender, slot int) uint64 {
				return deliveredOf(crashAmount(w.senders[sender].unit, slot), scaleOfMost, scale, o.spread)
			}
			w.receivers = append(w.receivers, r)
			add(r.id, scale)
		}
		s.to = r
		w.senders = append(w.senders, s)
		add(s.id, scaleOfMost)
	}
	var err error
	if w.env, err = c.environment(w.ports, w.adminPort); err != nil {
		t.Fatal(err)
	}
	return w
}

// kill ends the connector, and the power of its disk if that may go. It tells when, and what the store synced last.
func (w *crashWorld) kill(c *Connector) (synced, crashed time.Time) {
	if c.Alive() { // it may have had the time to stop
		w.kills++
	}
	c.Kill()
	if crashed = time.Now(); w.disk != nil {
		synced = w.disk.cut()
	}
	return synced, crashed
}

// start starts the connector, which has nobody to talk to yet.
func (w *crashWorld) start() *Connector {
	w.t.Helper()
	w.lives++
	w.stops.Store(false)
	return &Connector{
		Process: startProcess(w.t, fmt.Sprintf("life %d", w.lives), "peers", w.env, nil, w.argv...),
		kind:    ours, ports: w.ports, adminPort: w.adminPort,
		Admin: admin{url: fmt.Sprintf("http://127.0.0.1:%d", w.adminPort)},
	}
}

// balances waits until the connector knows its balances.
func (w *crashWorld) balances(c *Connector) map[string]string {
	w.t.Helper()
	awaitPort(w.t, w.adminPort, c.exited)
	poll(w.t, "the balances", c.exited, func() bool {
		status, _, body := c.Admin.exchange(w.t, http.MethodGet, "/balance", "")
		if status != http.StatusOK && status != http.StatusServiceUnavailable {
			w.t.Fatalf("GET /balance: %d %s", status, body)
		}
		return status == http.StatusOK
	})
	return c.Admin.balances(w.t)
}

// carry connects everybody, and sends until so many packets have been fulfilled. Then it calls end, which ends the
// connector while packets are on their way, and waits until everybody has noticed it. If they shall rest, nobody
// sends any more when there have been that many, and end is called when nothing is on its way.
func (w *crashWorld) carry(c *Connector, packets int, rest bool, end func()) {
	w.t.Helper()
	clients := make(map[string]*crashClient)
	for id := range w.ports {
		awaitPort(w.t, w.ports[id], c.exited)
		client, err := dialCrash(w.ports[id], id)
		if err != nil {
			w.t.Fatalf("%s: %v", id, err)
		}
		defer client.conn.Close()
		clients[id] = client
	}

	var (
		count, waiting atomic.Int64
		reached        = make(chan struct{})
		rested         = make(chan struct{})
		everybody      sync.WaitGroup
	)
	faults := make(chan error, len(clients))
	run := func(what func() error) {
		everybody.Go(func() {
			if err := what(); err != nil {
				faults <- err
			}
		})
	}
	for _, s := range w.senders {
		waiting.Add(int64(len(s.slots)))
	}
	fulfilled := func() (goOn bool) {
		if count.Add(1) == int64(packets) {
			close(reached)
		}
		goOn = !rest || count.Load() < int64(packets)
		if !goOn && waiting.Add(-1) == 0 {
			close(rested)
		}
		return goOn
	}
	for _, r := range w.receivers {
		run(func() error { return r.run(clients[r.id]) })
	}
	for _, s := range w.senders {
		run(func() error { return s.run(clients[s.id], w.address, fulfilled, &w.stops) })
	}
	awaited := reached
	if rest {
		awaited = rested
	}
	var fault error
	select {
	case <-awaited:
	case fault = <-faults:
	case <-c.exited:
		fault = fmt.Errorf("it ended by itself")
	case <-time.After(patience):
		fault = fmt.Errorf("only %d packets of %d were fulfilled", count.Load(), packets)
	}
	end()
	everybody.Wait()
	close(faults)
	for err := range faults {
		w.t.Error(err)
	}
	if fault != nil {
		w.t.Fatal(fault)
	}
}

// look starts the connector, and compares what is in its ledger with what the peers hold.
func (w *crashWorld) look(synced, crashed time.Time) *Connector {
	w.t.Helper()
	c := w.start()
	w.total.add(w.audit(w.balances(c), synced, crashed))
	return c
}

// pause waits for a moment at random, so that what comes then may come at any point of what goes on.
func (w *crashWorld) pause(most time.Duration) {
	<-time.After(time.Duration(w.random.Int64N(int64(most))))
}

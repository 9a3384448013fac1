package test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/store/disk"
)

// asyncWorld is two connectors whose answers are requests of their own (RFC 35), with a network between them that can
// lose, double and hold each message. Packets go from the front to bob:
//
//	front --HTTP-- near ==HTTP, through the test== far --HTTP-- bob
//
// The test is the front, the network and bob.
type asyncWorld struct {
	t         *testing.T
	random    *rand.Rand
	binary    string
	near, far *asyncNode
	network   *httptest.Server
	bob       *httptest.Server
	client    *http.Client    // of the front
	between   *http.Transport // of the network
	kills     int
	before    *big.Int // what far had of near when the round began

	fault    atomic.Pointer[func(asyncMessage) asyncFault] // what happens to messages, nil for nothing
	passing  atomic.Int64                                  // messages on their way
	asking   atomic.Int64                                  // packets at bob
	messages atomic.Int64                                  // so far, where they are counted
	ended    atomic.Int64                                  // packets of the round that are answered at the front
	sent     int                                           // packets

	mu      sync.Mutex // guards what follows
	packets []*asyncPacket
	open    chan struct{} // bob answers when it is closed
}

// asyncNode is one of the two connectors. It has several lives.
type asyncNode struct {
	world       *asyncWorld
	name, other string
	env         []string
	dir, steps  string // of its store, and of testdata/crash/steps.go
	port        int
	*Connector
}

// asyncOptions is what differs between the tests.
type asyncOptions struct {
	binary  string
	maximum string // of the balance that near may owe far, no bound if empty
}

// The life of a packet of these tests. One that is lost costs the test that time.
const asyncLife = 2 * time.Second

func newAsyncWorld(t *testing.T, o asyncOptions) *asyncWorld {
	t.Helper()
	seed := rand.Uint64()
	if *crashSeed != 0 {
		seed = *crashSeed
	}
	t.Logf("-crash-seed %d", seed)
	w := &asyncWorld{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), binary: o.binary, open: closedChannel(), before: new(big.Int),
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		between: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	w.near = &asyncNode{world: w, name: "near", other: "far"}
	w.far = &asyncNode{world: w, name: "far", other: "near"}
	w.network = httptest.NewUnstartedServer(http.HandlerFunc(w.pass)) // which reads what configure sets
	w.bob = httptest.NewServer(http.HandlerFunc(w.answerAsBob))
	t.Cleanup(w.bob.Close)
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		w.between.CloseIdleConnections()
	})
	w.near.configure(o)
	w.far.configure(o)
	w.network.Start()
	t.Cleanup(w.network.Close)
	w.near.start()
	w.far.start()
	w.awaitUp()
	return w
}

// closedChannel returns a channel that is closed: bob answers at once.
func closedChannel() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// configure makes the configuration of a connector.
func (n *asyncNode) configure(o asyncOptions) {
	w := n.world
	n.dir, n.steps, n.port = filepath.Join(w.t.TempDir(), "store"), w.t.TempDir(), freePort(w.t)
	unlimited := map[string]string{"minimum": "-Infinity", "maximum": "Infinity"}
	bounded := map[string]string{"minimum": "-Infinity", "maximum": "Infinity"}
	if o.maximum != "" && n == w.far {
		bounded["maximum"] = o.maximum
	}
	entry := func(relation string, balance map[string]string, options map[string]any) map[string]any {
		return map[string]any{
			"relation": relation, "plugin": pluginOurHTTP, "assetCode": "XRP", "assetScale": 9, "balance": balance, "options": options,
			"sendRoutes": false, "receiveRoutes": false, "rateLimit": map[string]any{"capacity": 1_000_000, "refillCount": 1_000_000},
		}
	}
	url := func(to, of string) string {
		return fmt.Sprintf("http://%s/%s/accounts/%s/ilp", w.network.Listener.Addr(), to, of)
	}
	async := func(other string) map[string]any {
		return map[string]any{
			"incoming": map[string]any{"tokens": []string{tokenFrom(other, n.name)}},
			"outgoing": map[string]any{"url": url(other, n.name), "token": tokenFrom(n.name, other)},
			"async":    map[string]any{"callbackHosts": []string{"127.0.0.1"}, "callbackUrl": url(n.name, other) + "/reply"},
		}
	}
	accounts := map[string]any{n.other: entry("peer", bounded, async(n.other))}
	variables := map[string]string{
		"ILP_ADDRESS": "test." + n.name, "BACKEND": "one-to-one", "SPREAD": "0", "STORE_PATH": n.dir, "ADMIN_API": "true",
		"LISTEN": fmt.Sprintf(`{"host":"127.0.0.1","port":%d}`, n.port), "MIN_MESSAGE_WINDOW": "300", "INITIAL_CONNECT_TIMEOUT": "10",
	}
	if n == w.near {
		accounts["front"] = entry("child", unlimited, map[string]any{"incoming": map[string]any{"tokens": []string{tokenFrom("front", n.name)}}})
		accounts["eve"] = entry("peer", unlimited, async("eve"))
		variables["ROUTES"] = `[{"targetPrefix":"test.far","peerId":"far"}]`
	} else {
		accounts["bob"] = entry("child", unlimited, map[string]any{"outgoing": map[string]any{"url": w.bob.URL, "token": tokenFrom(n.name, "bob")}})
	}
	text, err := json.Marshal(accounts)
	if err != nil {
		w.t.Fatal(err)
	}
	admin := freePort(w.t)
	variables["ACCOUNTS"], variables["ADMIN_API_PORT"] = string(text), fmt.Sprint(admin)
	n.env = []string{"TEST_STEPS=" + n.steps}
	for k, v := range variables {
		n.env = append(n.env, "CONNECTOR_"+k+"="+v)
	}
	n.Connector = &Connector{kind: ours, adminPort: admin, Admin: adminAt(admin)}
}

// adminAt returns the admin API at a port.
func adminAt(port int) admin { return admin{url: fmt.Sprintf("http://127.0.0.1:%d", port)} }

// start begins a life, and waits until it can be asked.
func (n *asyncNode) start() {
	n.world.t.Helper()
	n.Process = startProcess(n.world.t, n.name, ".", n.env, nil, n.world.binary)
	awaitPort(n.world.t, n.adminPort, n.exited)
}

// kill ends the lives of connectors at once.
func (w *asyncWorld) kill(victims ...*asyncNode) {
	for _, n := range victims {
		w.kills++
		n.Kill()
	}
	w.between.CloseIdleConnections()
	w.client.CloseIdleConnections()
}

// killAndStart ends the lives of connectors, and begins the next ones.
func (w *asyncWorld) killAndStart(victims ...*asyncNode) {
	w.t.Helper()
	w.kill(victims...)
	for _, n := range victims {
		n.start()
	}
}

// awaitUp waits until both connectors have each other for connected, so that packets pass.
func (w *asyncWorld) awaitUp() {
	w.t.Helper()
	for _, n := range []*asyncNode{w.near, w.far} {
		n.awaitState(w.t, n.other, "established")
	}
	w.far.awaitState(w.t, "bob", "established")
}

// balance returns what a connector has of an account, and whether it knows that already.
func (n *asyncNode) balance(id string) (posted *big.Int, known bool) {
	n.world.t.Helper()
	status, _, body := n.Admin.exchange(n.world.t, http.MethodGet, "/balance", "")
	if status != http.StatusOK {
		return new(big.Int), false
	}
	var all struct {
		Accounts map[string]struct {
			Balance string `json:"balance"`
		} `json:"accounts"`
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		n.world.t.Fatal(err)
	}
	return new(big.Int).SetString(all.Accounts[id].Balance, 10)
}

// awaitQuiet waits until no message is on its way.
func (w *asyncWorld) awaitQuiet() {
	w.t.Helper()
	poll(w.t, "messages to have passed", w.near.exited, func() bool { return w.passing.Load() == 0 && w.asking.Load() == 0 })
}

// agree waits until no answer is left to deliver, and both connectors have the same, to the last unit. It returns how
// much near owes far more than before the round. Nothing may be sent meanwhile.
func (w *asyncWorld) agree() (moved *big.Int) {
	w.t.Helper()
	w.awaitQuiet()
	var owes, owed *big.Int
	same := func() bool {
		var known, too bool
		owes, known = w.near.balance("far")
		owed, too = w.far.balance("near")
		return known && too && new(big.Int).Neg(owes).Cmp(owed) == 0
	}
	last := time.Now().Add(patience - time.Second)
	poll(w.t, "both to agree", nil, func() bool {
		done := same() && w.far.undelivered() == 0 && same()
		if !done && time.Now().After(last) {
			w.t.Fatalf("near has %s of far, and far %s of near; %d answers are to be delivered", owes, owed, w.far.undelivered())
		}
		return done
	})
	if of, _ := w.near.balance("front"); of.Cmp(owed) != 0 {
		w.t.Errorf("front owes near %s, and near owes far %s", of, owed)
	}
	moved = new(big.Int).Sub(owed, w.before)
	w.before = owed
	return moved
}

// finish waits until no answer is left to deliver, stops both connectors, and compares what their stores have.
func (w *asyncWorld) finish() {
	w.t.Helper()
	poll(w.t, "all answers to be delivered", w.far.exited, func() bool { return w.far.undelivered() == 0 })
	w.awaitQuiet()
	w.near.Stop()
	w.far.Stop()
	owes, _ := inStore(w.t, w.near.dir, "balances/far")
	owed, _ := inStore(w.t, w.far.dir, "balances/near")
	if cmp.Or(strings.TrimPrefix(owes, "-"), "0") != cmp.Or(owed, "0") {
		w.t.Errorf("the store of near has %q of far, and that of far %q of near", owes, owed)
	}
}

// undelivered returns how many answers of a connector are still to be delivered, or -1 if it does not know yet.
func (n *asyncNode) undelivered() (count int) {
	t := n.world.t
	t.Helper()
	status, _, backup := n.Admin.exchange(t, http.MethodPost, "/store/backup", "")
	if status != http.StatusOK {
		return -1 // it is starting
	}
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "store.db"), backup)
	_, count = inStore(t, dir, "answers/")
	return count
}

// inStore returns the first word of the entries of a store with a prefix, and how many there are.
func inStore(t *testing.T, dir, prefix string) (word string, count int) {
	t.Helper()
	s, err := disk.Open(dir, disk.Options{})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	must(t, s.Load(prefix, func(_ string, value []byte) error {
		word, _, _ = strings.Cut(string(value), " ")
		count++
		return nil
	}))
	return word, count
}

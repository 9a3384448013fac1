package connector_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// changeable is a connector with a store of a test, whose accounts may change.
type changeable struct {
	t     *testing.T
	port  int
	disk  *recorded
	links map[string]*testLink
	made  atomic.Int64 // links so far
	mu    sync.Mutex   // guards links
	*connector.Connector
	stop func()
}

// recorded is a store that keeps a copy of itself after each write that is no balance.
type recorded struct {
	store.Store
	mu     sync.Mutex
	states []map[string]string
	refuse error          // of Apply, nil to let it pass
	writes map[string]int // how often each key was written
}

func newRecorded(state map[string]string) *recorded {
	r := &recorded{Store: memory.New(slog.New(slog.DiscardHandler)), writes: make(map[string]int)}
	for key, value := range state {
		_ = r.Store.Apply(store.Batch{{Key: key, Value: []byte(value)}})
	}
	return r
}

func (r *recorded) Apply(b store.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	err := r.Store.Apply(b)
	for _, change := range b {
		r.writes[change.Key]++
	}
	if !slices.ContainsFunc(b, func(c store.Change) bool { return !strings.HasPrefix(c.Key, "balances/") }) {
		return err
	}
	state := make(map[string]string)
	_ = r.Load("", func(key string, value []byte) error {
		state[key] = string(value)
		return nil
	})
	r.states = append(r.states, state)
	return err
}

// last returns the state as a kill leaves it now, also while the connector writes.
func (r *recorded) last() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.states[len(r.states)-1])
}

func (*recorded) Close() error { return nil }

const changeableAccounts = `
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`

// run starts a connector of a stored state.
func run(t *testing.T, state map[string]string, accounts string) *changeable {
	t.Helper()
	c := &changeable{t: t, port: freePort(t), disk: newRecorded(state), links: make(map[string]*testLink)}
	mu := &c.mu
	plugin := connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		mu.Lock()
		defer mu.Unlock()
		if a.Options["broken"] == true {
			return nil, fmt.Errorf("options.broken is true")
		}
		c.made.Add(1)
		c.links[a.ID] = newTestLink(ilptest.Fulfilling())
		return c.links[a.ID], nil
	})
	c.Connector, c.stop = start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
store: disk
adminApi: true
adminApiPort: %d
accounts:%s`, c.port, accounts), plugin, connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return c.disk, nil }))
	awaitReady(t, c)
	t.Cleanup(func() {
		if kept, fresh := connector.IndexOf(c.Connector); !reflect.DeepEqual(kept, fresh) {
			t.Errorf("accounts are checked by %+v, and there are %+v", kept, fresh)
		}
		if kept, fresh := connector.RoutesOf(c.Connector); !reflect.DeepEqual(kept, fresh) {
			t.Errorf("the routes are %+v, and should be %+v", kept, fresh)
		}
	})
	return c
}

// handlers are those that links have got, by link: a channel gives each only once.
var handlers sync.Map

// send sends a packet from an account over its present link.
func (c *changeable) send(from, to string, amount uint64) ilp.Reply {
	c.t.Helper()
	h := c.handler(from)
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare(to, amount, ilptest.Data(fmt.Append(nil, sequence.Add(1)))))
	return r.Reply()
}

// handler returns what takes packets of an account over its present link.
func (c *changeable) handler(id string) ilp.Handler {
	c.mu.Lock()
	l := c.links[id]
	c.mu.Unlock()
	h, known := handlers.Load(l)
	if !known {
		h = <-l.handler
		handlers.Store(l, h)
	}
	return h.(ilp.Handler)
}

var sequence atomic.Int64

func (c *changeable) want(status int, method, path, body string, words ...string) {
	c.t.Helper()
	got, text := ask(c.t, c.port, method, path, body)
	for _, word := range words {
		if !strings.Contains(text, word) {
			c.t.Errorf("%s %s is answered %s, without %q", method, path, text, word)
		}
	}
	if got != status {
		c.t.Errorf("%s %s %s is answered %d %s, want %d", method, path, body, got, text, status)
	}
}

// outcome returns what came of a packet.
func outcome(reply ilp.Reply) string {
	if reply.Fulfilled() {
		return "fulfilled"
	}
	return reply.Code().String() + " " + string(reply.Message())
}

func (c *changeable) wantSent(want, from, to string, amount uint64) {
	c.t.Helper()
	if got := outcome(c.send(from, to, amount)); got != want {
		c.t.Errorf("%d from %s to %s: %s, want %s", amount, from, to, got, want)
	}
}

func TestLimitsChangeWhileItRuns(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 600)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"maxPacketAmount":"500"}`, `"maxPacketAmount":"500"`, `"maximum":"1000"`)
	c.wantSent("F08 packet size too large. maxAmount=500 actualAmount=501", "alice", "test.us.bob", 501)
	c.wantSent("fulfilled", "alice", "test.us.bob", 300)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"maxPacketAmount":null,"balance":{"maximum":"950"}}`)
	c.wantSent("T04 exceeded maximum balance.", "alice", "test.us.bob", 51)
	c.wantSent("fulfilled", "alice", "test.us.bob", 50)
	if got := snapshot(c.Connector, "alice").Posted.String(); got != "950" {
		t.Errorf("alice owes us %s", got)
	}
	if got := c.made.Load(); got != 2 {
		t.Errorf("%d links were made: the connection did not stay", got)
	}
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"rateLimit":{"refillCount":1}}`)
	c.wantSent("fulfilled", "bob", "test.us.alice", 1)
	c.wantSent("T05 too many requests, throttling.", "bob", "test.us.alice", 1)
}

// What the check of another account asks of one is as the one was changed last: run looks at the end.
func TestChecksKnowAnAccountThatWasChangedInPlace(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	made := c.made.Load()
	c.want(http.StatusOK, http.MethodPatch, "/accounts/alice", `{"deduplicate":{"cleanupInterval":1000}}`)
	if c.made.Load() != made {
		t.Error("it has another link")
	}
}

func TestOtherOptionsTakeAnotherLink(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 600)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"options":{"speed":"high"},"ilpAddressSegment":"anna"}`)
	if got := c.made.Load(); got != 3 {
		t.Errorf("%d links were made", got)
	}
	c.wantSent("fulfilled", "alice", "test.us.bob", 400)
	c.wantSent("T04 exceeded maximum balance.", "alice", "test.us.bob", 1)
	c.wantSent("fulfilled", "bob", "test.us.anna", 1)
	c.wantSent("F02 no route found. source=bob destination=test.us.alice", "bob", "test.us.alice", 1)
}

// A limit that the present balance is beyond is no fault, but refuses packets at once.
func TestLimitsBelowTheBalanceAreWarnedOf(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 5)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"4"}}`,
		`"warnings":["accounts.alice.balance.maximum: is 4, and the balance is 5: packets of value from the account are refused with T04; settle, or choose another limit"]`)
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"balance":{"minimum":"-4"}}`, `"accounts.bob.balance.minimum: is -4, and the balance is -5: packets of value to the account`)
	done, err := c.reload(strings.ReplaceAll(changeableAccounts, `"1000"`, `"2"`))
	if err != nil || len(done.Warnings) != 1 || done.Warnings[0].Path != "accounts.alice.balance.maximum" {
		t.Errorf("%+v, %v", done, err)
	}
	if _, answer := ask(t, c.port, "PATCH", "/accounts/alice", `{"balance":{"maximum":"5"}}`); strings.Contains(answer, "warnings") {
		t.Error(answer)
	}
}

// The balance of an account that takes another link belongs to it all the time, so no alert says
// otherwise.
func TestAnotherLinkMakesNoFormerBalance(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 5)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"options":{"path":"/other"}}`)
	c.want(http.StatusOK, "GET", "/balance?account=alice", "", `"posted":"5"`)
	c.want(http.StatusOK, "GET", "/alerts?all=true", "", `{"alerts":[]}`)
}

func TestChangesThatCannotBeChangeNothing(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 10)
	for _, tt := range []struct {
		status             int
		method, path, body string
		words              string
	}{
		{http.StatusNotFound, "PATCH", "/accounts/carl", `{}`, "no account"},
		{http.StatusNotFound, "DELETE", "/accounts/a%2fb", ``, "no account"},
		{http.StatusBadRequest, "PATCH", "/accounts/alice", ``, "body is empty"},
		{http.StatusBadRequest, "PATCH", "/accounts/alice", `[]`, "by no object"},
		{http.StatusBadRequest, "PATCH", "/accounts/alice", `{"maxPacketAmount":5,"rateLimt":{}}`, "rateLimit"},
		{http.StatusBadRequest, "PATCH", "/accounts/alice", `{"ilpAddressSegment":"bob"}`, "same address"},
		{http.StatusBadRequest, "PATCH", "/accounts/alice?ephemeral=perhaps", `{}`, "not true or false"},
		{http.StatusConflict, "PATCH", "/accounts/alice", `{"options":{"broken":true}}`, "options.broken is true"},
		{http.StatusConflict, "PATCH", "/accounts/alice", `{"balance":null}`, "in nobody's view"},
		{http.StatusConflict, "PATCH", "/accounts/alice", `{"assetScale":3}`, "settle it before"},
		{http.StatusConflict, "DELETE", "/accounts/alice", ``, "has a balance of"},
		{http.StatusConflict, "POST", "/accounts", `{"id":"alice","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2}}`, "already there"},
	} {
		c.want(tt.status, tt.method, tt.path, tt.body, tt.words)
		c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	}
	if a, _ := c.Account("alice"); a.Balance.Maximum.String() != "1000" {
		t.Errorf("alice has a maximum of %s", a.Balance.Maximum)
	}
	keys := slices.Sorted(maps.Keys(c.disk.states[len(c.disk.states)-1]))
	if slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, "config/") }) {
		t.Errorf("the store has %q", keys)
	}
}

func TestPausedAccountTakesNoPackets(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	for range 2 {
		c.wantSent("T03 account is paused.", "alice", "test.us.bob", 1)
		c.wantSent("T01 no connection to account. account=alice", "bob", "test.us.alice", 1)
		c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"maxPacketAmount":"5"}`) // stays paused
	}
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"options":{"another":"link"}}`)
	c.wantSent("T03 account is paused.", "alice", "test.us.bob", 1)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, changeableAccounts)
	c.wantSent("T03 account is paused.", "alice", "test.us.bob", 1)
	c.want(http.StatusOK, "POST", "/accounts/alice/resume", ``)
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	c.wantSent("F08 packet size too large. maxAmount=5 actualAmount=6", "alice", "test.us.bob", 6)
}

// Each change is there whole or not at all after a kill, whenever it comes, and the audit log
// says which.
func TestChangesSurviveAKillAtAnyMoment(t *testing.T) {
	const carl = `{"id":"carl","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"7"}}}`
	for _, tt := range []struct {
		what               string
		method, path, body string
		before, after      string
	}{
		{"add account", "POST", "/accounts", carl, "alice=1000 bob=1000", "alice=1000 bob=1000 carl=7"},
		{"change account", "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`, "alice=1000 bob=1000", "alice=8 bob=1000"},
		{"change account", "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"},"options":{"x":"y"}}`, "alice=1000 bob=1000", "alice=8 bob=1000"},
		{"remove account", "DELETE", "/accounts/bob", ``, "alice=1000 bob=1000", "alice=1000"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			c := run(t, nil, changeableAccounts)
			first := len(c.disk.states)
			c.want(http.StatusOK, tt.method, tt.path, tt.body)
			if got := maxima(c); got != tt.after {
				t.Errorf("now: %s, want %s", got, tt.after)
			}
			c.stop()
			var seen []string
			for _, state := range c.disk.states[max(first-1, 0):] {
				again := run(t, state, changeableAccounts)
				got := maxima(again)
				_, text := ask(t, again.port, "GET", "/audit", "")
				logged := strings.Contains(text, `"what":"`+tt.what+`"`) && strings.Contains(text, `"outcome":"done"`)
				if logged != (got == tt.after) || got != tt.after && got != tt.before {
					t.Errorf("a kill leaves %s, and the audit log says done: %v", got, logged)
				}
				seen = append(seen, got)
				again.stop()
			}
			if !slices.Contains(seen, tt.before) || seen[len(seen)-1] != tt.after {
				t.Errorf("the kills left %q", seen)
			}
		})
	}
}

// maxima returns the maximum of each account.
func maxima(c *changeable) string {
	var all []string
	for _, a := range c.Accounts() {
		all = append(all, a.ID+"="+a.Balance.Maximum.String())
	}
	return strings.Join(all, " ")
}

// The operator's latest word counts: an entry of the configuration that was edited since.
func TestEditedEntryDropsWhatWasKept(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"balance":{"maximum":"9"}}`)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, strings.Replace(changeableAccounts, `"1000"`, `"500"`, 1))
	if got := maxima(c); got != "alice=500 bob=9" {
		t.Errorf("the accounts have %s", got)
	}
}

// A change that does not fit the configuration any more leaves its account out: with the
// settings of the file it could owe us more than the operator wanted.
func TestKeptChangeThatDoesNotFitLeavesTheAccountOut(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"},"ilpAddressSegment":"carl"}`)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, changeableAccounts+`  carl: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "3"}}
`)
	if got := maxima(c); got != "bob=1000 carl=3" {
		t.Errorf("the accounts have %s", got)
	}
	c.want(http.StatusOK, "GET", "/alerts", "", "is left out because", "same address")
}

func TestChangesNeedAStoreOrToBeEphemeral(t *testing.T) {
	port := freePort(t)
	alice := newTestLink(ilptest.Fulfilling())
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
adminApi: true
adminApiPort: %d
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`, port), links(map[string]*testLink{"alice": alice}))
	awaitReady(t, c)
	if status, text := ask(t, port, "PATCH", "/accounts/alice", `{"maxPacketAmount":"5"}`); status != http.StatusConflict || !strings.Contains(text, "ephemeral") {
		t.Errorf("answered %d %s", status, text)
	}
	if status, text := ask(t, port, "PATCH", "/accounts/alice?ephemeral=true", `{"maxPacketAmount":"5"}`); status != http.StatusOK || !strings.Contains(text, `"ephemeral":true`) {
		t.Errorf("answered %d %s", status, text)
	}
}

// A thousand changes of all kinds while packets flow between two other accounts: none of those
// is refused, and the books agree at the end.
func TestChangesDisturbNoOtherAccount(t *testing.T) {
	c := run(t, nil, `
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000000000"}, rateLimit: {refillCount: 1000000000}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000000000"}}
`)
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	h := c.handler("alice")
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		for n := 1; ; n++ {
			select {
			case <-stop:
				sent <- n
				return
			default:
			}
			r := ilptest.NewRecorder()
			h.HandlePrepare(r, ilptest.Prepare("test.us.bob", 1, ilptest.Data(fmt.Append(nil, sequence.Add(1)))))
			if reply := r.Reply(); !reply.Fulfilled() {
				t.Errorf("packet %d: %s", n, outcome(reply))
				<-stop
				sent <- n
				return
			}
		}
	}()
	const account = `{"id":"x%d","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"7"}}}`
	for i := range 6 {
		c.want(http.StatusOK, "POST", "/accounts", fmt.Sprintf(account, i))
		c.want(http.StatusOK, "PATCH", fmt.Sprintf("/accounts/x%d", i), `{"maxPacketAmount":"5"}`)
		c.want(http.StatusOK, "POST", fmt.Sprintf("/accounts/x%d/pause", i), ``)
		c.want(http.StatusOK, "PATCH", fmt.Sprintf("/accounts/x%d", i), `{"options":{"a":"b"}}`)
		c.want(http.StatusOK, "POST", fmt.Sprintf("/accounts/x%d/resume", i), ``)
		c.want(http.StatusOK, "PATCH", "/accounts/alice", fmt.Sprintf(`{"maxPacketAmount":"%d"}`, i+5))
		if i%2 == 0 {
			c.want(http.StatusOK, "DELETE", fmt.Sprintf("/accounts/x%d", i), ``)
		}
	}
	close(stop)
	n := <-sent
	if a, b := snapshot(c.Connector, "alice").Posted.String(), snapshot(c.Connector, "bob").Posted.String(); a != fmt.Sprint(n) || b != "-"+fmt.Sprint(n) {
		t.Errorf("after %d packets alice owes us %s and bob %s", n, a, b)
	}
}

// While an account waits for its packets, because another link takes the place of its own, a sender is
// told to try again.
func TestPacketToAnAccountThatChangesMayBeTriedAgain(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	c.mu.Lock()
	bob := c.links["bob"]
	c.mu.Unlock()
	held := make(chan struct{})
	answer := bob.Answer
	bob.Answer = func(p ilp.Prepare) ilp.Reply { <-held; return answer(p) }
	under := make(chan ilp.Reply)
	go func() { under <- c.send("alice", "test.us.bob.held", 1) }()
	for connector.Counters(c.Connector, "bob").Outstanding.Load() == 0 {
		runtime.Gosched()
	}
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"options":{"new":true}}`)
	}()
	for connector.LinkOf(c.Connector, "bob").State != "draining" {
		runtime.Gosched()
	}
	c.wantSent("T03 account is being removed. account=bob", "alice", "test.us.bob", 1)
	close(held)
	if got := outcome(<-under); got != "fulfilled" {
		t.Errorf("the packet under way: %s", got)
	}
	<-changed
	c.wantSent("fulfilled", "alice", "test.us.bob", 1)
}

package connector_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// modelSteps is how many calls the model is compared after, at least.
const modelSteps = 10_000

// TestMemoryAndLedgerAgree makes random sequences of calls of the embedding API and of
// operators, counterparties and engines: packets from accounts and of our own, answers,
// accounts that are removed and added again with a balance, without or in another unit,
// edits, settlements and receipts, restarts. After each call the balances in memory and
// those in the store are what a model of sums says.
func TestMemoryAndLedgerAgree(t *testing.T) {
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	}))
	defer engine.Close()
	defer http.DefaultClient.CloseIdleConnections()
	steps := 0
	for steps < modelSteps {
		before := steps
		rapid.Check(t, func(rt *rapid.T) {
			m := newModel(t, rt, engine.URL)
			defer m.stop()
			for range rapid.IntRange(1, 120).Draw(rt, "steps") {
				m.step()
				m.compare()
				steps++
			}
		})
		if t.Failed() || steps == before {
			return
		}
	}
	t.Logf("%d steps", steps)
}

// kinds are the ways in which an account may be configured. In all of them it has room for
// any amount.
var kinds = map[string]string{
	"cents":     `"assetScale":2,"balance":{"minimum":"-Infinity","maximum":"Infinity"}`,
	"mills":     `"assetScale":3,"balance":{"minimum":"-Infinity","maximum":"Infinity"}`,
	"unlimited": `"assetScale":2`,
	"paper":     `"assetScale":2,"balance":{"minimum":"-Infinity","maximum":"Infinity","settleThreshold":"-300"}`,
	"engine":    `"assetScale":2,"balance":{"minimum":"-Infinity","maximum":"Infinity","settleThreshold":"-300"},"settlementEngine":{"url":"%s","scale":2}`,
}

// held is what the model knows of an account id. It outlives the account.
type held struct {
	id        string
	kind      string // empty while there is no such account
	unit      string // of the balance: "2 USD"; empty while there is none
	posted    int64
	pendingIn int64
	link      *testLink
	receipts  int
}

// balanced reports whether the account has a balance now.
func (h *held) balanced() bool { return h.kind != "" && h.kind != "unlimited" }

// underWay is a packet that is not answered.
type underWay struct {
	from, to *held // from is nil for one of our own
	in, out  int64
	sent     ilptest.Sent
	answer   func() ilp.Reply
}

type model struct {
	t          *testing.T
	rt         *rapid.T
	engine     string
	disk       *disk
	c          *connector.Connector
	end        func()
	admin, api int
	accounts   []*held
	underWay   []*underWay
	numbered   int
}

func newModel(t *testing.T, rt *rapid.T, engine string) *model {
	m := &model{t: t, rt: rt, engine: engine, disk: newDisk(), admin: freePort(t), api: freePort(t)}
	m.accounts = []*held{{id: "a", kind: "cents"}, {id: "b", kind: "paper"}, {id: "c", kind: "engine"}}
	m.start()
	return m
}

func (m *model) options(h *held) string {
	text := kinds[h.kind]
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, m.engine)
	}
	return `{"relation":"child","plugin":"test","assetCode":"USD",` + text + `}`
}

// plugin gives each account a link that keeps what it is sent.
func (m *model) plugin() connector.Option {
	return connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		for _, h := range m.accounts {
			if h.id == a.ID {
				h.link = newTestLink(ilptest.NewLink())
				return h.link, nil
			}
		}
		return nil, fmt.Errorf("no account %s", a.ID)
	})
}

// start starts the connector with the accounts there are.
func (m *model) start() {
	var accounts []string
	for _, h := range m.accounts {
		if h.kind != "" {
			accounts = append(accounts, fmt.Sprintf("%q: %s", h.id, m.options(h)))
			m.attached(h)
		}
	}
	yaml := fmt.Sprintf(`{ilpAddress: test.us, backend: one-to-one, spread: 0, store: disk, routeBroadcastEnabled: false,
adminApi: true, adminApiPort: %d, settlementApiPort: %d, accounts: {%s}}`, m.admin, m.api, strings.Join(accounts, ", "))
	options := []connector.Option{m.plugin(), m.disk.option()}
	cfg, _, err := config.Parse("test.yaml", []byte(yaml), nil, connector.Known(options...))
	if err != nil {
		m.rt.Fatal(err)
	}
	if m.c, err = connector.New(cfg, options...); err != nil {
		m.rt.Fatal(err)
	}
	ctx, cancel := context.WithCancel(m.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = m.c.Run(ctx)
	}()
	m.end = func() {
		cancel()
		<-done
		if err != nil {
			m.rt.Fatalf("run ended with %v", err)
		}
	}
	select {
	case <-m.c.Ready():
	case <-done:
		m.rt.Fatalf("run ended with %v", err)
	}
}

// attached is what the model makes of an account that is there now.
func (m *model) attached(h *held) {
	if h.balanced() {
		h.unit = map[bool]string{true: "3 USD", false: "2 USD"}[h.kind == "mills"]
		m.settle(h)
	}
}

// settle pays what is due.
func (m *model) settle(h *held) {
	if highest := h.posted + h.pendingIn; (h.kind == "paper" || h.kind == "engine") && highest < -300 {
		h.posted -= highest
	}
}

// stop answers what is under way and stops the connector.
func (m *model) stop() {
	for len(m.underWay) > 0 {
		m.answer(0)
		m.compare() // a settlement that the answer made due must not take the next one along
	}
	m.end()
}

func (m *model) step() {
	steps := []struct {
		name   string
		weight int
		do     func()
	}{
		{"send", 8, m.send}, {"our own", 3, m.sendOwn}, {"answer", 9, m.answerOne}, {"edit", 3, m.edit},
		{"receipt", 3, m.receipt}, {"remove", 2, m.remove}, {"add", 4, m.add}, {"restart", 1, m.restart},
	}
	var names []string
	do := make(map[string]func())
	for _, s := range steps {
		do[s.name] = s.do
		for range s.weight {
			names = append(names, s.name)
		}
	}
	do[rapid.SampledFrom(names).Draw(m.rt, "step")]()
}

// pick draws one of the accounts for which a condition holds, nil if it does for none.
func (m *model) pick(label string, holds func(*held) bool) *held {
	var some []*held
	for _, h := range m.accounts {
		if holds(h) {
			some = append(some, h)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return rapid.SampledFrom(some).Draw(m.rt, label)
}

func isThere(h *held) bool { return h.kind != "" }

func (m *model) data() []byte {
	m.numbered++
	return fmt.Append(nil, m.numbered)
}

// send sends a packet from one account to another.
func (m *model) send() {
	from := m.pick("from", isThere)
	to := m.pick("to", func(h *held) bool { return isThere(h) && h != from })
	if to == nil {
		return
	}
	amount := rapid.Int64Range(0, 500).Draw(m.rt, "amount")
	out := amount
	switch {
	case from.kind == "mills" && to.kind != "mills":
		out /= 10 // the floor is ours
	case from.kind != "mills" && to.kind == "mills":
		out *= 10
	}
	r := ilptest.NewRecorder()
	handler := <-from.link.handler
	from.link.handler <- handler
	handler.HandlePrepare(r, ilptest.Prepare("test.us."+to.id, uint64(amount), ilptest.Data(m.data())))
	m.underWay = append(m.underWay, &underWay{from: from, to: to, in: amount, out: out, sent: to.link.Take(), answer: r.Reply})
	if from.balanced() {
		from.pendingIn += amount
	}
}

// sendOwn sends a packet of our own.
func (m *model) sendOwn() {
	to := m.pick("to", isThere)
	if to == nil {
		return
	}
	amount := rapid.Int64Range(0, 500).Draw(m.rt, "amount")
	answered := make(chan ilp.Reply, 1)
	d := draft("test.us."+to.id, uint64(amount))
	d.Data = m.data()
	go func() {
		reply, err := m.c.Send(m.t.Context(), d)
		if err != nil {
			m.t.Error(err)
		}
		answered <- reply
	}()
	m.underWay = append(m.underWay, &underWay{to: to, out: amount, sent: to.link.Take(), answer: func() ilp.Reply { return <-answered }})
}

func (m *model) answerOne() {
	if len(m.underWay) > 0 {
		m.answer(rapid.IntRange(0, len(m.underWay)-1).Draw(m.rt, "packet"))
	}
}

// answer fulfills or rejects a packet.
func (m *model) answer(i int) {
	p := m.underWay[i]
	m.underWay = append(m.underWay[:i:i], m.underWay[i+1:]...)
	fulfill := rapid.Bool().Draw(m.rt, "fulfill")
	if fulfill {
		p.sent.Up.WriteReply(ilptest.Fulfill())
	} else {
		p.sent.Up.WriteReply(ilptest.Reject(ilp.F99, "no"))
	}
	if reply := p.answer(); reply.Fulfilled() != fulfill {
		m.rt.Fatalf("a packet is answered %s %s", reply.Code(), reply.Message())
	}
	if fulfill && p.to.balanced() {
		p.to.posted -= p.out
		m.settle(p.to)
	}
	if p.from != nil && p.from.balanced() {
		p.from.pendingIn -= p.in
		if fulfill {
			p.from.posted += p.in
		} else if p.in > 0 {
			m.settle(p.from)
		}
	}
}

// edit has an operator edit a balance, perhaps one that no account has.
func (m *model) edit() {
	h := m.pick("edited", func(h *held) bool { return h.balanced() || h.unit != "" && h.posted != 0 })
	if h == nil {
		return
	}
	diff := rapid.Int64Range(-500, 500).Draw(m.rt, "diff")
	if rapid.Bool().Draw(m.rt, "to zero") {
		diff = -h.posted
	}
	status, text := ask(m.t, m.admin, "POST", "/balance", fmt.Sprintf(`{"accountId":%q,"amountDiff":"%d"}`, h.id, diff))
	if status != http.StatusNoContent {
		m.rt.Fatalf("edit: %d %s", status, text)
	}
	h.posted += diff
	if h.balanced() {
		m.settle(h)
	}
}

// receipt has an engine tell of a payment, perhaps of one that it told before.
func (m *model) receipt() {
	h := m.pick("payer", func(h *held) bool { return h.kind == "engine" })
	if h == nil {
		return
	}
	again := h.receipts > 0 && rapid.Bool().Draw(m.rt, "again")
	if !again {
		h.receipts++
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/accounts/%s/settlements", m.api, h.id)
	status, text, err := tell(url, "application/json", fmt.Sprint("key ", h.receipts), `{"amount":"70","scale":2}`)
	if err != nil || status != http.StatusCreated {
		m.rt.Fatalf("receipt: %d %s %v", status, text, err)
	}
	if !again {
		h.posted -= 70
		m.settle(h)
	}
}

// remove removes an account, with what is under way answered meanwhile.
func (m *model) remove() {
	h := m.pick("removed", isThere)
	if h == nil {
		return
	}
	removed := make(chan error, 1)
	go func() { removed <- m.c.RemoveAccount(h.id) }()
	handler := <-h.link.handler
	h.link.handler <- handler
	await(m.t, "the account to be drained", func() bool {
		r := ilptest.NewRecorder()
		handler.HandlePrepare(r, ilptest.Prepare("test.nowhere", 0))
		reply := r.Reply()
		return reply.Code() == ilp.T03
	})
	kind := h.kind
	if h.balanced() {
		h.kind = map[bool]string{true: "mills", false: "cents"}[kind == "mills"] // it settles no more
	}
	for i := len(m.underWay) - 1; i >= 0; i-- {
		if p := m.underWay[i]; p.from == h || p.to == h {
			m.answer(i)
			m.compare()
		}
	}
	if err := <-removed; err != nil {
		m.rt.Fatalf("remove: %v", err)
	}
	h.kind = ""
}

// add adds an account of any kind.
func (m *model) add() {
	h := m.pick("added", func(h *held) bool { return !isThere(h) })
	if h == nil {
		return
	}
	h.kind = rapid.SampledFrom([]string{"cents", "mills", "unlimited", "paper", "engine"}).Draw(m.rt, "kind")
	a, _, err := config.ParseAccount(h.id, []byte(m.options(h)), connector.Known(m.plugin()))
	if err != nil {
		m.rt.Fatal(err)
	}
	unit := map[bool]string{true: "3 USD", false: "2 USD"}[h.kind == "mills"]
	refused := h.kind != "unlimited" && h.unit != "" && h.unit != unit && h.posted != 0
	if err := m.c.AddAccount(a); (err != nil) != refused {
		m.rt.Fatalf("add %s with %d of %s as %s: %v", h.id, h.posted, h.unit, h.kind, err)
	}
	if refused {
		h.kind = ""
		return
	}
	m.attached(h)
}

func (m *model) restart() {
	m.stop()
	for _, h := range m.accounts { // a start is refused as an addition is
		if h.pendingIn != 0 {
			m.rt.Fatalf("the model has %d pending of %s", h.pendingIn, h.id)
		}
	}
	m.start()
}

// compare waits until memory and the store are as the model says.
func (m *model) compare() {
	ticker := time.NewTicker(100 * time.Microsecond) // settlements end a moment later
	defer ticker.Stop()
	deadline := time.Now().Add(20 * time.Second)
	for wrong := m.differs(); wrong != ""; wrong = m.differs() {
		if <-ticker.C; time.Now().After(deadline) {
			m.rt.Fatal(wrong)
		}
	}
}

// differs says where memory, the store and the model differ.
func (m *model) differs() string {
	var want []string
	for _, h := range m.accounts {
		if a, there := m.c.Account(h.id); h.balanced() && there { // it may be gone already
			s := a.Balance
			if s.Posted.String() != fmt.Sprint(h.posted) || s.PendingIn.String() != fmt.Sprint(h.pendingIn) || s.Settling.Sign() != 0 {
				return fmt.Sprintf("%s stands at %s, with %s pending and %s settling, want %d and %d",
					h.id, s.Posted, s.PendingIn, s.Settling, h.posted, h.pendingIn)
			}
		}
		if h.unit != "" && (h.posted != 0 || strings.Contains(m.disk.balances(m.t), h.id+"=")) {
			want = append(want, fmt.Sprintf("%s=%d %s", h.id, h.posted, h.unit))
		}
	}
	kept := m.disk.balances(m.t)
	for _, part := range strings.Split(kept, ", ") { // a unit that has changed at 0 is written with the next change
		if id, value, _ := strings.Cut(part, "="); strings.HasPrefix(value, "0 ") {
			for i := range want {
				if strings.HasPrefix(want[i], id+"=0 ") {
					want[i] = part
				}
			}
		}
	}
	if got := strings.Join(want, ", "); got != kept {
		return fmt.Sprintf("kept %q, want %q", kept, got)
	}
	return ""
}

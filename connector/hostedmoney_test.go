package connector_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/store"
)

func TestMoneyOfAHostedPluginIsCredited(t *testing.T) {
	h := startHosted(t, "", hostedAccount{id: "alice", settings: unlimited + `, rateLimit: {refillPeriod: 60000, refillCount: 12, capacity: 12}`}, hostedAccount{id: "bob"})
	awaitConnected(t, h.Connector, "alice")
	awaitConnected(t, h.Connector, "bob")
	const most = "85070591730234615865843651857942052863" // 2^126 - 1: half of the range is left for packets
	for _, test := range []struct{ id, body, outcome string }{
		{"alice", `{"do":"money","amount":"` + most + `"}`, `{"credited":1}`},
		{"alice", `{"do":"money","amount":"5"}`, `{"credited":1}`},
		{"alice", `{"do":"money","amount":"0"}`, `{"credited":1}`},
		{"alice", `{"do":"money","amount":7}`, `{"credited":1}`}, // a number
		{"alice", `{"do":"money","amount":"1.5e+21"}`, `{"credited":1}`},
		{"alice", `{"do":"money","amount":"-1"}`, `{"Error: the amount \"-1\" is no whole number that is not negative":1}`},
		{"alice", `{"do":"money","amount":"` + most + `"}`, `{"Error: amount out of range":1}`},
		{"alice", `{"do":"money","amount":"170141183460469231731687303715884105728"}`, `{"Error: the amount \"170141183460469231731687303715884105728\" is more than a balance can hold":1}`},
		{"alice", `{"do":"money","amount":"1","times":6}`, `{"credited":4,"RateLimitedError: too many requests, throttling.":2}`},
		{"bob", `{"do":"money","amount":"9"}`, `{"credited":1}`}, // it has no balance
	} {
		if got := h.do(test.id, test.body); !sameJSON(got, test.outcome) {
			t.Errorf("%s: %s, want %s", test.body, got, test.outcome)
		}
	}
	const sum = "85070591730234617365843651857942052879"
	if got, want := h.posted("alice"), "-"+sum+", alice=-"+sum+" 9 USD"; got != want {
		t.Errorf("posted %s, want %s", got, want)
	}
	_, text := ask(t, h.port, "GET", "/metrics", "")
	for _, line := range []string{
		`ilp_connector_rate_limited_money{account="alice",asset="USD",scale="9"} 2`,
		`ilp_connector_incoming_money{account="bob",asset="USD",result="succeeded",scale="9"} 9`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is not in the metrics", line)
		}
	}
	if a := firstAlert(h.Connector); a.Kind != "money of a plugin not credited" || !strings.Contains(a.Message, most) {
		t.Errorf("%+v", a)
	}
	var list admin.SettlementList
	h.ask("/settlements?account=bob", &list)
	if len(list.Receipts) != 1 || list.Receipts[0].Credited != "9" {
		t.Errorf("%+v", list.Receipts)
	}
}

// sameJSON compares texts, as far as they are JSON of one object whose order does not count.
func sameJSON(a, b string) bool {
	split := func(text string) map[string]bool {
		parts := make(map[string]bool)
		for _, part := range strings.Split(strings.Trim(text, "{}"), ",\"") {
			parts[strings.TrimPrefix(part, `"`)] = true
		}
		return parts
	}
	x, y := split(a), split(b)
	for part := range x {
		if !y[part] {
			return false
		}
	}
	return len(x) == len(y)
}

// stuckDisk is a disk that can make receipts wait, and then fail.
type stuckDisk struct {
	*disk
	reached chan struct{} // closed by the first receipt
	outcome chan error    // what becomes of it
}

func (d *stuckDisk) Apply(b store.Batch) error {
	for _, c := range b {
		if strings.HasPrefix(c.Key, "receipts/") && d.reached != nil {
			close(d.reached)
			d.reached = nil
			if err := <-d.outcome; err != nil {
				return err
			}
		}
	}
	return d.disk.Apply(b)
}

// The plugin hears that its money is credited when that is in the store, and not before. If it does
// not get there, nothing has changed.
func TestMoneyOfAHostedPluginIsDurableBeforeItsPromiseResolves(t *testing.T) {
	for _, failure := range []error{nil, errors.New("the disk is broken")} {
		d := &stuckDisk{disk: newDisk(), reached: make(chan struct{}), outcome: make(chan error)}
		reached := d.reached
		h := prepareHosted(t, "", hostedAccount{id: "alice", settings: unlimited})
		h.disk = d.disk
		h.start(d)
		awaitConnected(t, h.Connector, "alice")
		answer := h.begin("alice", `{"do":"money","amount":"5"}`)
		<-reached
		if len(answer) > 0 || h.posted("alice") != "0, " {
			t.Fatalf("%s before it is written, posted %s", <-answer, h.posted("alice"))
		}
		d.outcome <- failure
		got, want, posted := <-answer, `"result":{"credited":1}`, "-5, alice=-5 9 USD"
		if failure != nil {
			want, posted = "the disk is broken", "0, "
			h.failed = true
		}
		if !strings.Contains(got, want) || h.posted("alice") != posted {
			t.Errorf("%s, posted %s", got, h.posted("alice"))
		}
	}
}

// Money may come until the plugin has disconnected. Either it is credited, or the plugin is told and
// an operator finds it.
func TestMoneyThatComesWhenAnAccountEnds(t *testing.T) {
	alice := hostedAccount{id: "alice", settings: unlimited, options: `last: "7"`}
	for name, end := range map[string]func(h *hosting){
		"removed": func(h *hosting) {
			if status, text := ask(t, h.port, "DELETE", "/accounts/alice?force=true", ""); status != http.StatusOK {
				t.Errorf("%d %s", status, text)
			}
		},
		"stopped": func(h *hosting) { h.stop() },
		"other options": func(h *hosting) {
			if status, text := ask(t, h.port, "PATCH", "/accounts/alice?force=true", `{"options":{"info":"new"}}`); status != http.StatusOK {
				t.Errorf("%d %s", status, text)
			}
		},
	} {
		h := startHosted(t, "", alice)
		awaitConnected(t, h.Connector, "alice")
		end(h)
		if got := h.paid() + ", " + h.disk.balances(t); got != "credited, alice=-7 9 USD" {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Its balance is 0 when its unit changes, and stays so.
	h := startHosted(t, "", alice)
	awaitConnected(t, h.Connector, "alice")
	if status, text := ask(t, h.port, "PATCH", "/accounts/alice", `{"assetScale":6}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if got := h.paid() + ", " + h.disk.balances(t); got != "Error: the account is being changed, " {
		t.Error(got)
	}
	if a := firstAlert(h.Connector); !strings.Contains(a.Message, "a payment of 7") {
		t.Errorf("%+v", a)
	}
	awaitConnected(t, h.Connector, "alice")
	if got := h.do("alice", `{"do":"money","amount":"5"}`); got != `{"credited":1}` || !strings.HasPrefix(h.disk.balances(t), "alice=-5 6 USD") {
		t.Errorf("%s, %s", got, h.disk.balances(t))
	}
}

// A burst that the rate limit lets pass is credited whole.
func TestTenThousandPaymentsAtOnce(t *testing.T) {
	h := startHosted(t, "", hostedAccount{id: "alice", settings: unlimited})
	awaitConnected(t, h.Connector, "alice")
	const times = 12_000 // the bucket has 10,000 tokens, and 167 more come every second
	answer := h.do("alice", fmt.Sprintf(`{"do":"money","amount":"1","times":%d}`, times))
	var count map[string]int
	err := json.Unmarshal([]byte(answer), &count)
	credited, refused := count["credited"], count["RateLimitedError: too many requests, throttling."]
	if err != nil || credited < 10_000 || refused == 0 || credited+refused != times {
		t.Errorf("%s, %v", answer, err)
	}
	if got := snapshot(h.Connector, "alice").Posted.String(); got != fmt.Sprint(-credited) {
		t.Errorf("posted %s, credited %d", got, credited)
	}
}

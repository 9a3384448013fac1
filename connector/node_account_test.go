package connector_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// details returns what GET /accounts/ID says.
func (f *household) details(id string) (d admin.AccountDetails) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(f.want("GET", "/accounts/"+id, "", 200, "")), &d); err != nil {
		f.t.Fatal(err)
	}
	return d
}

// left returns what is left of each limit of an account. Of a bucket that fills meanwhile it says some.
func left(d admin.AccountDetails) string {
	var all []string
	for _, l := range d.Limits {
		if l.Name == "rate_limit" {
			l.Left = "some" // it fills as time passes
		}
		all = append(all, fmt.Sprintf("%s %s=%s", l.Direction, l.Name, l.Left))
	}
	return strings.Join(all, ", ")
}

// A client is shown whole as any account, whether it is connected or not.
func TestOperatorSeesAClientWhole(t *testing.T) {
	f := newHousehold(t, "")
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 300); !reply.Fulfilled() {
		t.Fatalf("rejected with %s", reply.Code())
	}
	if reply := payFrom(t, alice, nil, "test.us.mini.bob", 601); reply.Code() != ilp.F08 {
		t.Fatalf("answered %s", outcome(reply))
	}
	d := f.details("mini.alice")
	const limits = "incoming rate_limit=some, incoming max_packet_amount=600, incoming packets_in_flight=10000, incoming maximum_balance=700, outgoing packets_in_flight=40000, outgoing minimum_balance=1300"
	if got := left(d); got != limits {
		t.Errorf("left are %s, want %s", got, limits)
	}
	if d.Parent != "mini" || d.State != "established" || d.Balance.Posted != "300" || d.Settlement.TheyOwe != "300" || d.Settlement.By != "operator" ||
		d.Packets.Incoming != (admin.PacketResults{Fulfilled: 1}) || len(d.Rejections) != 1 || d.Rejections[0].Cause != "max_packet_amount" {
		t.Errorf("%+v", d)
	}
	if d := f.details("mini.bob"); d.Settlement.WeOwe != "300" || d.Packets.Outgoing != (admin.PacketResults{Fulfilled: 1}) {
		t.Errorf("%+v", d)
	}
	host := f.details("mini")
	if host.Packets.Incoming.Fulfilled != 1 || host.Listener == "" || !strings.HasSuffix(f.url, host.Listener[strings.LastIndexByte(host.Listener, ':'):]) || host.Settlement.By != "nothing" {
		t.Errorf("%+v", host)
	}
	f.want("POST", ofMini, `{"name":"carl","token":"c"}`, 200, "")
	const full = "incoming rate_limit=some, incoming max_packet_amount=600, incoming packets_in_flight=10000, incoming maximum_balance=1000, outgoing packets_in_flight=40000, outgoing minimum_balance=1000"
	if got := left(f.details("mini.carl")); got != full {
		t.Errorf("of a client that is away are left %s, want %s", got, full)
	}
}

// The routes of an account are counted by where they come from, and the first are named.
func TestOperatorSeesTheRoutesOfAnAccount(t *testing.T) {
	f := newHousehold(t, "routes: [{targetPrefix: test.x, peerId: mini}, {targetPrefix: test.y, peerId: mini}]\ndefaultRoute: mini")
	r := f.details("mini").Routes
	if want := []string{"test", "test.x", "test.y"}; r.Configured.Count != 3 || !slices.Equal(r.Configured.Prefixes, want) {
		t.Errorf("%+v", r)
	}
}

// An operator who removes a limit reads what that means in the answer, and not only in the log.
func TestChangeAnswersWithWarnings(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(200, "PATCH", "/accounts/alice", `{"balance":null}`, `"warnings":["accounts.alice.balance: is not set: nothing limits`)
	_, text := ask(t, c.port, "PATCH", "/accounts/alice", `{"balance":{"maximum":"1000"}}`)
	if strings.Contains(text, "warnings") {
		t.Errorf("with the limit: %s", text)
	}
}

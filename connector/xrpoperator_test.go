package connector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/ilptest/xrplsim"
)

// shown is the channels of the one account of a connector that has any, as the API shows them.
func (p *xrpPair) shown(port int) (c admin.AccountChannels) {
	p.t.Helper()
	status, text := ask(p.t, port, http.MethodGet, "/channels/peer", "")
	if status != http.StatusOK || json.Unmarshal([]byte(text), &c) != nil {
		p.t.Fatalf("%d %s", status, text)
	}
	return c
}

// take takes a step at a connector, and returns the answer.
func (p *xrpPair) take(port int, step, body string) (done admin.ChannelChanged) {
	p.t.Helper()
	status, text := ask(p.t, port, http.MethodPost, "/channels/peer/"+step, body)
	if status != http.StatusOK || json.Unmarshal([]byte(text), &done) != nil {
		p.t.Fatalf("%s: %d %s", step, status, text)
	}
	return done
}

func TestOperatorsHandleXRPChannels(t *testing.T) {
	p := newXRPPair(t)
	p.send(300_000_000)
	p.settled()
	a, b := p.shown(p.adminA), p.shown(p.adminB)
	ours := a.Outgoing
	if ours == nil || ours.Capacity != "1000000" || ours.Signed != "300000" || ours.Unclaimed != "300000" || a.RoomUnits != "700000000" || a.BudgetLeft == "0" {
		t.Fatalf("%+v", a)
	}
	if len(b.Incoming) != 1 || b.Incoming[0].ID != ours.ID || !b.Incoming[0].Current || b.Incoming[0].Signed != "300000" || b.Claims["taken"] == 0 {
		t.Errorf("%+v", b)
	}
	if a.Address != b.PeerAddress || b.Address != a.PeerAddress || !a.Ledger.Connected || a.Ledger.Index == 0 || len(a.Ledger.Servers) != 1 || !a.Ledger.Servers[0].InUse {
		t.Errorf("%+v; %+v", a, b)
	}
	if a.Funds == nil || a.Funds.Free == "0" || a.Funds.Balance == a.Funds.Free {
		t.Errorf("%+v", a.Funds)
	}

	// A request that is sent twice funds once.
	const fund = `{"amount":"500000","capacity":"1000000"}`
	done := p.take(p.adminA, "fund", fund)
	if len(done.Transactions) != 1 || done.Transactions[0].Result != "tesSUCCESS" || done.Channels.Outgoing.Capacity != "1500000" {
		t.Errorf("%+v", done)
	}
	if status, text := ask(t, p.adminA, http.MethodPost, "/channels/peer/fund", fund); status != http.StatusConflict || !strings.Contains(text, "holds 1500000 drops, and not 1000000") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := ask(t, p.adminA, http.MethodPost, "/channels/peer/fund", `{"amount":"100000000000000000"}`); status != http.StatusConflict || !strings.Contains(text, "options.channelMax") {
		t.Errorf("%d %s", status, text)
	}
	if done = p.take(p.adminB, "claim", ""); len(done.Transactions) != 1 || done.Transactions[0].Step != "claim" {
		t.Errorf("%+v", done)
	}
	if done = p.take(p.adminB, "claim", ""); len(done.Transactions) != 0 { // nothing is left
		t.Errorf("%+v", done)
	}
	if on := p.ledger.Channels(xrpAddress(t, xrpSecretA)); len(on) != 1 || on[0].Amount != 1_500_000 || on[0].Balance != 300_000 {
		t.Errorf("%+v", on)
	}

	if done = p.take(p.adminA, "close", `{"reason":"the end"}`); !done.Channels.Closing || done.Channels.Outgoing.ClosesAt.IsZero() || done.Channels.RoomUnits != "0" {
		t.Errorf("%+v", done)
	}
	if done = p.take(p.adminA, "open", ""); done.Channels.Closing || !done.Channels.Outgoing.ClosesAt.IsZero() {
		t.Errorf("%+v", done)
	}
	p.send(100_000_000)
	p.settled()

	_, log := ask(t, p.adminA, http.MethodGet, "/audit", "")
	for _, want := range []string{
		`"what":"fund channel","accountId":"peer"`, `"transaction":"`, `tesSUCCESS`, `"what":"close channel"`, `"reason":"the end"`, `"outcome":"refused","error":"nothing was done: the channel`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log lacks %s: %s", want, log)
		}
	}
	_, metrics := ask(t, p.adminA, http.MethodGet, "/metrics", "")
	for _, want := range []string{
		`ilp_connector_channel_capacity_drops{account="peer",asset="XRP",direction="outgoing",scale="9"} 1.5e+06`,
		`ilp_connector_channel_signed_drops{account="peer",asset="XRP",direction="outgoing",scale="9"} 400000`,
		`ilp_connector_channel_transactions_total{account="peer",asset="XRP",result="done",scale="9",step="fund"} 1`,
		`ilp_connector_channel_ledger_connected{address="` + a.Address + `",server="`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if _, text := ask(t, p.adminA, http.MethodGet, "/accounts/peer", ""); !strings.Contains(text, `"channels":{"accountId":"peer"`) {
		t.Errorf("%s", text)
	}
	if status, text := ask(t, p.adminA, http.MethodPost, "/channels/alice/claim", ""); status != http.StatusConflict {
		t.Errorf("%d %s", status, text)
	}
}

// A second step is refused while one is under way, and the first one is in the audit log with its outcome.
func TestStepsOfXRPChannelsAreTakenOneAtATime(t *testing.T) {
	p := newXRPPair(t)
	p.send(300_000_000)
	p.settled()
	p.ledger.Pause(true) // so the transaction does not expire meanwhile
	p.ledger.Fail(xrplsim.Fault{On: "submit", Result: "telCAN_NOT_QUEUE_FULL"})
	first := make(chan string, 1)
	go func() {
		status, text := ask(t, p.adminA, http.MethodPost, "/channels/peer/fund", `{"amount":"500000"}`)
		first <- strconv.Itoa(status) + " " + text
	}()
	await(t, "the step to be under way", func() bool { return p.shown(p.adminA).Busy == admin.FundChannel })
	if status, text := ask(t, p.adminA, http.MethodPost, "/channels/peer/fund", `{"amount":"500000"}`); status != http.StatusConflict || !strings.Contains(text, "is under way, fund") {
		t.Errorf("%d %s", status, text)
	}
	p.ledger.Heal()
	p.ledger.Pause(false)
	select {
	case got := <-first:
		if !strings.HasPrefix(got, "200 ") {
			t.Error(got)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	await(t, "the channel to be funded once", func() bool {
		on := p.ledger.Channels(xrpAddress(t, xrpSecretA))
		return len(on) == 1 && on[0].Amount == 1_500_000
	})
}

// A step that the end of the connector cuts off is in the audit log as begun, and its transaction is finished by
// the next run, once.
func TestStepOfXRPChannelsOutlivesTheConnector(t *testing.T) {
	p := newXRPPair(t)
	p.send(300_000_000)
	p.settled()
	await(t, "the peer to claim, so that it submits nothing more", func() bool {
		on := p.ledger.Channels(xrpAddress(t, xrpSecretA))
		return len(on) == 1 && on[0].Balance == 300_000
	})
	before := p.ledger.Requests("submit")
	p.ledger.Fail(xrplsim.Fault{On: "submit", Result: "telCAN_NOT_QUEUE_FULL"})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if r, err := http.Post(fmt.Sprintf("http://127.0.0.1:%d/channels/peer/fund", p.adminA), "application/json", strings.NewReader(`{"amount":"500000"}`)); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				t.Error("the step is said to be done")
			}
		}
	}()
	await(t, "the transaction to be submitted", func() bool {
		return p.shown(p.adminA).Busy == admin.FundChannel && p.ledger.Requests("submit") > before
	})
	p.ledger.Pause(true) // so the transaction does not expire meanwhile
	p.stopA()
	<-ended
	p.ledger.Heal()
	p.startA()
	p.ledger.Pause(false)
	await(t, "the channel to be funded", func() bool {
		on := p.ledger.Channels(xrpAddress(t, xrpSecretA))
		return len(on) == 1 && on[0].Amount == 1_500_000
	})
	if _, log := ask(t, p.adminA, http.MethodGet, "/audit", ""); !strings.Contains(log, `"what":"fund channel"`) || !strings.Contains(log, `"outcome":"begun"`) {
		t.Errorf("the audit log: %s", log)
	}
}

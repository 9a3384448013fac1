package xrplsim_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// quiet checks that nothing has come before the answer to a ping.
func (c *conn) quiet() {
	c.t.Helper()
	c.ask(request{"command": "ping"})
	if len(c.missed) > 0 {
		c.t.Errorf("before the answer to a ping came %v", c.missed)
	}
}

// gone checks that the connection ends.
func (c *conn) gone() {
	c.t.Helper()
	if a, err := c.read(); err == nil {
		c.t.Fatalf("the connection goes on: %v", a)
	}
}

func TestFaultsOfSubmit(t *testing.T) {
	l, one, other := two(t)
	c := dial(t, l)
	send := func() {
		blob, _ := one.sign(pay(other, 1))
		c.send(request{"command": "submit", "tx_blob": xrpl.Bytes(blob)})
	}
	l.Fail(xrplsim.Fault{On: "submit", Ignore: true, Times: 1})
	send()
	c.quiet()
	if open, _ := l.Waiting(); open != 0 {
		t.Error("a submit that was to be lost was executed")
	}
	one.next--
	l.Fail(xrplsim.Fault{On: "submit", Silent: true, Times: 1})
	send()
	c.quiet()
	if open, _ := l.Waiting(); open != 1 {
		t.Error("a submit whose answer is lost was not executed")
	}
	l.Fail(xrplsim.Fault{On: "submit", Result: "telCAN_NOT_QUEUE_FULL", Times: 1})
	blob, _ := one.sign(pay(other, 1))
	one.next--
	c.submit(blob).expect(t, map[string]string{
		"result.engine_result": `"telCAN_NOT_QUEUE_FULL"`, "result.engine_result_code": "-387", "result.applied": "false",
	})
	l.Fail(xrplsim.Fault{On: "submit", Error: "tooBusy", After: 1, Times: 1})
	c.submit(blob).expect(t, map[string]string{"result.engine_result": `"tesSUCCESS"`})
	c.submit(blob).expect(t, map[string]string{"error": `"tooBusy"`, "error_code": "9"})

	l.Fail(xrplsim.Fault{On: "submit", Disconnect: true})
	one.next++
	send()
	c.gone()
	l.Heal()
	l.CloseLedger()
	if got := l.Balance(other.id); got != 100*xrp+3 {
		t.Errorf("the other one got %d", got-100*xrp)
	}
	if n := l.Requests("submit"); n != 6 {
		t.Errorf("%d requests were counted", n)
	}
}

func TestAnswerAfterTheValidatedMessage(t *testing.T) {
	l, one, other := two(t)
	c := dial(t, l)
	c.ask(request{"command": "subscribe", "accounts": []any{one.id}})
	l.Fail(xrplsim.Fault{On: "submit", CloseFirst: true, Times: 1})
	blob, _ := one.sign(pay(other, 1))
	c.submit(blob).expect(t, map[string]string{"result.engine_result": `"tesSUCCESS"`})
	if len(c.missed) != 1 || c.missed[0]["type"] != "transaction" {
		t.Errorf("before the answer came %v", c.missed)
	}
}

func TestAnswersOutOfOrder(t *testing.T) {
	l, _, _ := two(t)
	c := dial(t, l)
	until := make(chan struct{})
	l.Fail(xrplsim.Fault{On: "fee", Until: until, Times: 1})
	id := c.send(request{"command": "fee"})
	c.quiet()
	close(until)
	if a := c.message(); a["id"] != id {
		t.Errorf("the late answer is %v", a)
	}
}

func TestHook(t *testing.T) {
	l, one, other := two(t)
	c := dial(t, l)
	l.Hook(func(r xrplsim.Request) xrplsim.Fault {
		if r.Transaction != nil && r.Transaction.Type == xrpl.Payment {
			l.CloseLedger() // a hook may call the Ledger
			return xrplsim.Fault{Result: "tefINTERNAL"}
		}
		return xrplsim.Fault{}
	})
	blob, _ := one.sign(pay(other, 1))
	c.submit(blob).expect(t, map[string]string{"result.engine_result": `"tefINTERNAL"`})
	l.Hook(nil)
	c.submit(blob).expect(t, map[string]string{"result.engine_result": `"tesSUCCESS"`})
}

func TestGarbageAndSlowDown(t *testing.T) {
	l, _, _ := two(t)
	c := dial(t, l)
	l.Fail(xrplsim.Fault{On: "fee", Raw: xrplsim.SlowDown, Ignore: true, Disconnect: true, Times: 1})
	c.send(request{"command": "fee"})
	c.message().expect(t, map[string]string{"error": `"slowDown"`, "id": "null", "type": "null"})
	c.gone()
	c = dial(t, l)
	l.Fail(xrplsim.Fault{On: "fee", Raw: "{[", Times: 1})
	c.send(request{"command": "fee"})
	if _, text, err := c.socket.Read(t.Context()); err != nil || string(text) != "{[" {
		t.Errorf("read %q, %v", text, err)
	}
	if err := c.socket.Write(t.Context(), websocket.MessageText, []byte("no JSON")); err != nil {
		t.Fatal(err)
	}
	c.message().expect(t, map[string]string{"error": `"jsonInvalid"`})
}

func TestLieAboutAmounts(t *testing.T) {
	l, owner, to := two(t)
	id := owner.open(to, xrp, 3600)
	c := dial(t, l)
	l.Fail(xrplsim.Fault{On: "ledger_entry", Change: xrplsim.LieAmount(77), Times: 1})
	l.Fail(xrplsim.Fault{On: "account_channels", Change: xrplsim.LieAmount(78), Times: 1})
	entry := request{"command": "ledger_entry", "index": id}
	c.ask(entry).expect(t, map[string]string{"result.node.Amount": `"77"`})
	c.ask(entry).expect(t, map[string]string{"result.node.Amount": `"1000000"`})
	list := c.ask(request{"command": "account_channels", "account": owner.id}).at("result.channels").([]any)
	answer(list[0].(map[string]any)).expect(t, map[string]string{"amount": `"78"`})
}

func TestSilence(t *testing.T) {
	l, _, _ := two(t)
	c := dial(t, l)
	c.ask(request{"command": "subscribe", "streams": []string{"ledger"}})
	l.Silence(true)
	c.send(request{"command": "fee"})
	l.CloseLedger()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	read := make(chan error, 1)
	go func() {
		_, _, err := c.socket.Read(t.Context())
		read <- err
	}()
	if err := c.socket.Ping(ctx); err == nil {
		t.Error("a ping was answered in silence")
	}
	if l.Clients() != 1 {
		t.Error("the connection was closed")
	}
	l.Silence(false)
	l.CloseLedger()
	if err := <-read; err != nil {
		t.Error(err)
	}
	c.quiet()
}

func TestDisconnectRestartAndRefuse(t *testing.T) {
	l, owner, to := two(t)
	id := owner.open(to, xrp, 3600)
	c := dial(t, l)
	l.Disconnect()
	c.gone()
	c = dial(t, l)
	l.Restart()
	c.gone()
	c = dial(t, l)
	c.ask(request{"command": "ledger_entry", "index": id}).expect(t, map[string]string{"result.node.Amount": `"1000000"`})
	l.Refuse(true)
	c.gone()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(l.URL(), "ws://")); err == nil {
		_ = conn.Close()
		t.Error("a connection was not refused")
	}
	l.Refuse(false)
	dial(t, l).quiet()
	l.AnswerHTML(true)
	response, err := http.Get(strings.Replace(l.URL(), "ws", "http", 1))
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(string(page), "<html>") {
		t.Errorf("status %d, page %q", response.StatusCode, page)
	}
}

func TestLag(t *testing.T) {
	l, owner, to := two(t)
	l.CloseLedger()
	c := dial(t, l)
	c.ask(request{"command": "subscribe", "streams": []string{"ledger"}})
	l.Lag(1)
	id := owner.open(to, xrp, 3600)
	entry := request{"command": "ledger_entry", "index": id, "ledger_index": "validated"}
	c.ask(entry).expect(t, map[string]string{"error": `"entryNotFound"`})
	c.ask(request{"command": "ledger_entry", "index": id, "ledger_index": 9}).expect(t, map[string]string{"result.validated": "false"})
	c.ask(request{"command": "tx", "transaction": l.Transactions()[0].ID}).expect(t, map[string]string{"result.validated": "false", "result.ledger_index": "9"})
	c.ask(request{"command": "server_info"}).expect(t, map[string]string{"result.info.validated_ledger.seq": "8", "result.info.complete_ledgers": `"7-8"`})
	never := request{"command": "tx", "transaction": strings.Repeat("A", 64), "min_ledger": 8, "max_ledger": 9}
	c.ask(never).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "false"})
	c.quiet()
	l.Lag(0)
	c.message().expect(t, map[string]string{"type": `"ledgerClosed"`, "ledger_index": "9"})
	c.ask(entry).expect(t, map[string]string{"result.node.Amount": `"1000000"`})
}

func TestMissingHistory(t *testing.T) {
	l := start(t, xrplsim.Options{First: 7, Clio: true})
	one, other := newParty(t, l, "one", 100*xrp), newParty(t, l, "other", 100*xrp)
	one.must("tesSUCCESS", pay(other, 1))
	for range 4 {
		l.CloseLedger()
	}
	l.Forget(8, 9)
	c := dial(t, l)
	c.ask(request{"command": "server_info"}).expect(t, map[string]string{"result.info.complete_ledgers": `"7,10-12"`})
	ask := request{"command": "tx", "transaction": l.Transactions()[0].ID, "min_ledger": 7, "max_ledger": 12}
	c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "false"})
	ask["min_ledger"] = 10
	c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "true"})
	l.Remember()
	ask["min_ledger"] = 8
	c.ask(ask).expect(t, map[string]string{"result.validated": "true"})
}

func TestAnotherNetwork(t *testing.T) {
	l, _, _ := two(t)
	l.SetNetworkID(9)
	dial(t, l).ask(request{"command": "server_info"}).expect(t, map[string]string{"result.info.network_id": "9"})
}

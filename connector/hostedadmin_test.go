package connector_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
)

const unlimited = `, balance: {maximum: Infinity, minimum: -Infinity}`

// As in the reference, an operator asks a plugin, and tells it something.
func TestAdminInfoOfAHostedPlugin(t *testing.T) {
	h := startHosted(t, "", hostedAccount{id: "alice", settings: unlimited, options: `info: {channel: "10000000000000000000001", "a<b": [1.5, 9007199254740993]}`}, hostedAccount{id: "bob"})
	awaitConnected(t, h.Connector, "alice")
	const want = `"info":{"a<b":[1.5,9007199254740992],"channel":"10000000000000000000001"},"configuration":{` // as JavaScript has numbers
	if status, text := ask(t, h.port, "GET", "/accounts/alice", ""); status != http.StatusOK || !strings.HasPrefix(text, `{"account":"alice","plugin":"`) || !strings.Contains(text, want) {
		t.Errorf("%d %s", status, text)
	}
	if status, text := ask(t, h.port, "GET", "/accounts/bob", ""); status != http.StatusOK || strings.Contains(text, `"info"`) { // undefined
		t.Errorf("%d %s", status, text)
	}
	for body, answer := range map[string]string{
		`{"do":"echo","amount":{"a":[1e3,"<&>\u2028é"],"":null}}`: `{"a":[1000,"<&>` + "\u2028" + `é"],"":null}`,
		`{"do":"nothing"}`: ``,
		`{"do":"throw"}`:   `500 TypeError: no such thing`,
	} {
		if got := h.do("alice", body); got != answer {
			t.Errorf("%s is answered %s, want %s", body, got, answer)
		}
	}
	outcomes := make(map[string]int)
	var log admin.AuditLog
	h.ask("/audit", &log)
	for _, e := range log.Entries {
		outcomes[e.What+" "+e.Outcome]++
	}
	if outcomes["send admin info done"] != 2 || outcomes["send admin info begun"] != 1 { // nobody knows what a plugin has done that throws
		t.Errorf("%v", outcomes)
	}
}

// Whatever becomes of a plugin, its account says so, and when the next try is.
func TestHostedPluginThatCannotBeUsedIsDegraded(t *testing.T) {
	for _, test := range []struct {
		name, options, do string
		reason            string
		retries           bool // it is known when the next try is
		hostUp            bool
	}{
		{name: "throws", options: "fails: constructor", reason: "plugin.js could not be constructed: Error: no such wallet", retries: true, hostUp: true},
		{name: "exits", options: "fails: exit", reason: "the node host is down: the process has ended: exit status 3", retries: true},
		{name: "hangs at once", options: "fails: hang", reason: "the node host is down: it has not answered for", retries: true},
		{name: "exits later", do: "exit", reason: "the node host is down: the process has ended: exit status 5", retries: true},
		{name: "hangs later", do: "hang", reason: "the node host is down: it has not answered for", retries: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := startHosted(t, "nodeHost: {hangTimeout: 3500}\n", hostedAccount{id: "alice", settings: unlimited, options: test.options})
			if test.do != "" {
				awaitConnected(t, h.Connector, "alice")
				h.begin("alice", `{"do":"`+test.do+`"}`)
			}
			var a admin.AccountDetails
			await(t, "the account to be degraded", func() bool {
				a = h.shown("alice")
				return a.State == admin.Degraded && strings.Contains(a.LastError, test.reason) && (!test.retries || !a.NextRetry.IsZero())
			})
			if len(a.Problems) != 1 || a.Problems[0].Reason != a.LastError || a.Since.IsZero() || test.retries && time.Until(a.NextRetry.Time) > time.Minute {
				t.Errorf("%+v", a.Account)
			}
			if _, text := ask(t, h.port, "GET", "/accounts/alice", ""); test.do != "" && !strings.Contains(text, "cannot be asked: the node host is down") {
				t.Errorf("its admin info is %s", text)
			}
			h.wantHost(test.hostUp, test.reason)
			if test.do == "" {
				return
			}
			await(t, "the account to be established again", func() bool {
				a := h.shown("alice")
				return a.State == admin.Established && a.LastError == "" && a.NextRetry.IsZero() && len(a.Problems) == 0
			})
		})
	}
}

// wantHost checks what GET /status and the metrics show of the one process.
func (h *hosting) wantHost(up bool, reason string) {
	h.t.Helper()
	var status admin.Status
	h.ask("/status", &status)
	if len(status.NodeHosts) != 1 || status.NodeHosts[0].Name != "all" {
		h.t.Fatalf("%+v", status.NodeHosts)
	}
	n := status.NodeHosts[0].Value
	if len(n.Modules) != 1 || !strings.HasSuffix(n.Modules[0], "plugin.js") || !up && !strings.Contains(reason, n.LastError[:20]) {
		h.t.Errorf("%+v", n)
	}
	if up && (!n.Up || n.PID == 0 || !strings.HasPrefix(n.Version, "v") || n.Since.IsZero() || n.Restarts != 0) {
		h.t.Errorf("%+v", n)
	}
	_, text := ask(h.t, h.port, "GET", "/metrics", "")
	if !strings.Contains(text, `ilp_connector_node_host_up{modules="all"} `) || !strings.Contains(text, `ilp_connector_node_host_restarts_total{modules="all"} `) {
		h.t.Errorf("metrics: %s", text)
	}
}

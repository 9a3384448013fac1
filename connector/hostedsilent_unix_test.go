//go:build unix

package connector_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/ilp-go/connector/admin"
)

// While the process of the middlewares does not answer, packets are refused at once, and do not expire.
func TestSilentMiddlewaresRefusePackets(t *testing.T) {
	h := startTroubled(t, "nodeHost: {isolate: true, hangTimeout: 60000}\n",
		"module.exports.prototype.applyToPipelines = ({ outgoingData }) => outgoingData.insertFirst({ name: 'all', method: (v, next) => next(v) })")
	awaitReady(t, h.Connector)
	awaitConnected(t, h.Connector, "alice")
	var status admin.Status
	h.ask("/status", &status)
	pid := 0
	for _, n := range status.NodeHosts {
		if n.Name == "middlewares" {
			pid = n.Value.PID
		}
	}
	if pid == 0 {
		t.Fatalf("%+v", status.NodeHosts)
	}
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	ping := func() string {
		_, text := ask(t, h.port, "POST", "/ping", `{"destination":"test.us.alice","timeout":20000}`)
		return text
	}
	if text := ping(); strings.Contains(text, "not available") {
		t.Fatalf("%s", text)
	}
	signal(syscall.SIGSTOP)
	if text := ping(); !strings.Contains(text, "middleware is not available.") || !strings.Contains(text, "T01") {
		t.Errorf("%s", text)
	}
	if alerts := h.alerts(); len(alerts) != 1 || !strings.HasPrefix(alerts[0], "the node host of middlewares does not answer") {
		t.Errorf("%q", alerts)
	}
	if status, text := ask(t, h.port, "GET", "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, "the process of the hosted middlewares kyc does not answer") {
		t.Errorf("%d %s", status, text)
	}
	signal(syscall.SIGCONT)
	await(t, "the process to answer", func() bool { return len(h.alerts()) == 0 })
	if text := ping(); strings.Contains(text, "not available") {
		t.Errorf("%s", text)
	}
}

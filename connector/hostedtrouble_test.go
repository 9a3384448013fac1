package connector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startTroubled starts a connector with two hosted accounts and a middleware, which may let no packet pass.
// It does not wait until the connector is ready.
func startTroubled(t *testing.T, more, script string) *hosting {
	t.Helper()
	file := filepath.Join(t.TempDir(), "middleware.js")
	if err := os.WriteFile(file, []byte("module.exports = class { constructor () { this.made() } made () {} applyToPipelines () {} }\n"+script), 0o600); err != nil {
		t.Fatal(err)
	}
	h := prepareHosted(t, fmt.Sprintf("middlewares: {kyc: {type: %q}}\n%s", file, more),
		hostedAccount{id: "alice", settings: unlimited}, hostedAccount{id: "bob", settings: unlimited})
	h.launch(h.disk)
	return h
}

// alerts returns the messages of the alerts that are raised.
func (h *hosting) alerts() (messages []string) {
	h.t.Helper()
	var list struct{ Alerts []struct{ Message string } }
	h.ask("/alerts", &list)
	for _, a := range list.Alerts {
		messages = append(messages, a.Message)
	}
	return messages
}

// A middleware that cannot be used is one alert for all accounts, which begins with its name, and the
// connector is not ready: no packet passes.
func TestMiddlewareThatCannotBeUsedIsOneAlert(t *testing.T) {
	for script, want := range map[string][2]string{
		"module.exports.prototype.made = () => { throw new TypeError('no\\nlist') }": {
			"the hosted middleware kyc could not be constructed, so no packet passes: TypeError: no",
			"the hosted middleware kyc could not be constructed: TypeError: no"},
		"module.exports.prototype.applyToPipelines = () => { throw new TypeError('no list') }": {
			"the hosted middleware kyc could not be applied to 2 accounts, such as ",
			"the hosted middleware kyc could not be applied to any account: Error: failed to apply middleware to account. middlewareName=kyc"},
	} {
		h := startTroubled(t, "", script)
		var alerts []string
		await(t, "the alert", func() bool {
			alerts = h.alerts()
			return len(alerts) > 0 && strings.HasPrefix(alerts[0], want[0])
		})
		if len(alerts) != 1 || strings.Contains(alerts[0], "\n") {
			t.Errorf("%q", alerts)
		}
		if status, text := ask(t, h.port, "GET", "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, want[1]) {
			t.Errorf("%d %s", status, text)
		}
	}
}

// A backend without any rate is an alert: packets are refused.
func TestHostedBackendWithoutAnyRateIsAnAlert(t *testing.T) {
	file := filepath.Join(t.TempDir(), "backend.js")
	if err := os.WriteFile(file, []byte("module.exports = class { async connect () {} async getRate () { return NaN } async submitPayment () {} }"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := prepareHosted(t, "", hostedAccount{id: "alice", settings: unlimited}, hostedAccount{id: "bob", settings: unlimited})
	h.yaml = strings.Replace(h.yaml, "backend: one-to-one\n", fmt.Sprintf("backend: %q\n", file), 1)
	h.launch(h.disk)
	const want = `getRate of ` + "%s" + ` fails for every pair, such as alice to bob: the backend says "NaN", which is no rate`
	await(t, "the alert", func() bool {
		a := h.alerts()
		return len(a) == 1 && a[0] == "there are no exchange rates, and packets between different assets are refused: "+fmt.Sprintf(want, file)
	})
}

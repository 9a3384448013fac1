package connector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/nodehost/nodehosttest"
)

// startKeeping starts a connector whose store is hosted, in a process of its own or not. It does not wait until
// the connector is ready.
func startKeeping(t *testing.T, isolate bool, storeConfig string, accounts ...hostedAccount) (h *hosting, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "store.json")
	if err := os.WriteFile(file, []byte(`{"aliceclaim":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	h = prepareHosted(t, "", accounts...)
	h.yaml = strings.Replace(h.yaml, "store: disk\n", fmt.Sprintf("store: %q\nstorePath: %q\nstoreConfig: {%s}\nnodeHost: {isolate: %v}\n",
		nodehosttest.File(t, "testdata", "filestore.js"), file, storeConfig, isolate), 1)
	h.launch(h.disk)
	return h, file
}

// Plugins use a hosted store under the keys of the reference, wherever it runs. In a process of its own it is
// there before they are constructed.
func TestPluginsUseAHostedStore(t *testing.T) {
	for _, isolate := range []bool{false, true} {
		h, file := startKeeping(t, isolate, "", hostedAccount{id: "alice", settings: unlimited, options: "former: claim"})
		awaitReady(t, h.Connector)
		awaitConnected(t, h.Connector, "alice")
		for body, want := range map[string]string{
			`{"do":"get","amount":{"key":"claim"}}`:               `{"value":7,"former":7}`,
			`{"do":"get","amount":{"key":"gone"}}`:                `{"former":7}`, // undefined
			`{"do":"put","amount":{"key":"k","value":{"a":"ü"}}}`: ``,
		} {
			if got := h.do("alice", body); got != want {
				t.Errorf("isolate %v: %s is answered %s, want %s", isolate, body, got, want)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil || string(text) != `{"aliceclaim":7,"alicek":{"a":"ü"}}` {
			t.Errorf("isolate %v: %s %v", isolate, text, err)
		}
	}
}

// The connector is not ready while plugins have no store.
func TestHostedStoreThatCannotBeUsedIsToldOf(t *testing.T) {
	h, _ := startKeeping(t, true, "throws: true", hostedAccount{id: "alice", settings: unlimited})
	const want = "the hosted store cannot be used, and no hosted plugin without it: filestore.js could not be constructed: Error: no such disk"
	await(t, "the alert", func() bool {
		a := h.alerts()
		return len(a) == 1 && strings.ReplaceAll(a[0], filepath.Dir(nodehosttest.File(t, "testdata", "filestore.js"))+"/", "") == want
	})
	if status, text := ask(t, h.port, "GET", "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, "filestore.js cannot be used") {
		t.Errorf("%d %s", status, text)
	}
}

package connector_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
	"github.com/ilp-go/connector/store"
)

// hosting is a connector with a hosted plugin of testdata/plugin.js, and its admin API.
type hosting struct {
	*connector.Connector
	t    *testing.T
	port int
	bank string // what the plugin has paid, one payment a line
	how  string // the file that says how it pays
	disk *disk
	yaml string
	stop func()

	failed bool // its store has
}

// hostedAccount is an account in a configuration whose plugin gets options, beside the bank.
type hostedAccount struct{ id, settings, options string }

// startHosted starts a connector with hosted accounts, and waits until it is ready.
func startHosted(t *testing.T, more string, accounts ...hostedAccount) *hosting {
	t.Helper()
	h := prepareHosted(t, more, accounts...)
	h.start(h.disk)
	return h
}

// prepareHosted configures a connector with hosted accounts.
func prepareHosted(t *testing.T, more string, accounts ...hostedAccount) *hosting {
	t.Helper()
	nodehosttest.Node(t)
	dir := t.TempDir()
	h := &hosting{t: t, port: freePort(t), bank: filepath.Join(dir, "bank"), how: filepath.Join(dir, "how"), disk: newDisk()}
	h.pays("")
	file := nodehosttest.File(t, "testdata", "plugin.js")
	h.yaml = fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\nspread: 0\nadminApi: true\nadminApiPort: %d\nstore: disk\ninitialConnectTimeout: 2000\n%saccounts:\n", h.port, more)
	for _, a := range accounts {
		options := fmt.Sprintf("{bank: %q, how: %q", h.bank, h.how)
		if a.options != "" {
			options += ", " + a.options
		}
		h.yaml += fmt.Sprintf("  %s: {relation: child, plugin: %q, assetCode: USD, assetScale: 9, options: %s}%s}\n", a.id, file, options, a.settings)
	}
	return h
}

// start starts the connector with a store, perhaps after another one has stopped.
func (h *hosting) start(s store.Store) {
	h.t.Helper()
	h.launch(s)
	awaitReady(h.t, h.Connector)
}

// launch starts the connector, and waits for its admin API alone.
func (h *hosting) launch(s store.Store) {
	h.t.Helper()
	h.failed = false
	h.Connector, h.stop = startToEnd(h.t, h.yaml, func(err error) {
		if (err != nil) != h.failed {
			h.t.Errorf("run ended with %v", err)
		}
	}, connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return s, nil }))
	await(h.t, "the admin API", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", h.port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// pays says how the plugin pays from now on.
func (h *hosting) pays(how string) {
	h.t.Helper()
	if err := os.WriteFile(h.how, []byte(how), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// paid returns what the plugin has paid.
func (h *hosting) paid() string {
	h.t.Helper()
	text, err := os.ReadFile(h.bank)
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", " ")
}

// do has the plugin of an account do something, and returns its answer.
func (h *hosting) do(id, body string) string {
	h.t.Helper()
	status, text := ask(h.t, h.port, "POST", "/accounts/"+id, body)
	var answer struct{ Result json.RawMessage }
	if err := json.Unmarshal([]byte(text), &answer); status != http.StatusOK || err != nil {
		return fmt.Sprintf("%d %s", status, text)
	}
	return string(answer.Result)
}

// begin is do without waiting for the answer, which the channel gets.
func (h *hosting) begin(id, body string) <-chan string {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/accounts/%s", h.port, id), strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	request.Close = true
	answers := make(chan string, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			answers <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answers <- string(text)
	}()
	return answers
}

// shown returns an account as operators see it, without asking its plugin.
func (h *hosting) shown(id string) (a admin.AccountDetails) {
	h.t.Helper()
	h.ask("/accounts/"+id+"?info=false", &a)
	return a
}

func (h *hosting) ask(path string, into any) {
	h.t.Helper()
	status, text := ask(h.t, h.port, "GET", path, "")
	if err := json.Unmarshal([]byte(text), into); status != http.StatusOK || err != nil {
		h.t.Fatalf("%s: %d %s", path, status, text)
	}
}

// posted returns what is posted of an account, on disk too.
func (h *hosting) posted(id string) string {
	h.t.Helper()
	return snapshot(h.Connector, id).Posted.String() + ", " + h.disk.balances(h.t)
}

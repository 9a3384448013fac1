package nodehost_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
)

// listening is a backend that prints the events of the accounts, and a plugin that prints that it connects.
const listening = `module.exports = class {
  constructor (options, { accounts }) {
    for (const event of ['add', 'remove']) accounts.on(event, (id, plugin) => console.log(event, id, typeof plugin))
  }
}`

// As in the reference, a backend learns of each account that it is added, once its plugin is there. Of plugins that
// are built in, it sees none.
func TestBackendLearnsOfAccountsWithTheirPlugins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "backend.js")
	if err := os.WriteFile(file, []byte(listening), 0o600); err != nil {
		t.Fatal(err)
	}
	printed := make(chan string, 20)
	h := nodehosttest.Run(t, nodehost.Options{Printed: func(p nodehost.Printed) { printed <- p.Text }})
	want := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			select {
			case got := <-printed:
				if got != text {
					t.Errorf("%q, want %q", got, text)
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("no %q within half a minute", text)
			}
		}
	}
	world := func(text string) { h.SetWorld(json.RawMessage(text)) }
	add := func(account string) *nodehost.Object {
		return h.Add(nodehost.Module{
			Kind: nodehost.Plugin, Name: "plugin", Account: account, Path: nodehosttest.File(t, "testdata", "plugin.js"),
		}, ignoring{})
	}
	world(`{"accounts":{"hosted":{},"ours":{}},"hosted":["hosted"]}`)
	h.Add(nodehost.Module{Kind: nodehost.Backend, Name: "backend", Path: file}, ignoring{})
	add("hosted")
	want("add ours undefined", "add hosted object")
	world(`{"accounts":{"hosted":{},"ours":{},"new":{},"other":{}},"hosted":["hosted","new"]}`)
	want("add other undefined")
	added := add("new")
	want("add new object")
	world(`{"accounts":{"hosted":{},"ours":{},"gone":{},"other":{}},"hosted":["hosted","gone"]}`) // which never gets its plugin
	want("remove new object")
	added.Remove()
	world(`{"accounts":{"hosted":{},"ours":{}},"hosted":["hosted"]}`)
	want("remove other undefined")
	world(`{"accounts":{"hosted":{}},"hosted":["hosted"]}`)
	want("remove ours undefined")
}

type ignoring struct{}

func (ignoring) Up(*nodehost.Object, nodehost.Constructed) {}
func (ignoring) Down(error)                                {}

package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/onetoone"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// custom is a configuration that only a custom build can run.
const custom = `
ilpAddress: test.conn
backend: my-backend
store: my-store
middlewares: {m: {type: my-middleware}}
accounts:
  alice: {relation: child, plugin: my-plugin, assetCode: USD, assetScale: 2}
`

// customOptions adds all that custom names. The plugin fails, and says so.
func customOptions() []connector.Option {
	none := func(*account.Account) (in, out engine.Middleware) { return nil, nil }
	return []connector.Option{
		connector.WithPlugin("my-plugin", func(config.Account, *slog.Logger) (connector.Link, error) {
			return nil, errors.New("my plugin was asked")
		}),
		connector.WithBackend("my-backend", 0, func(o rate.Options) (rate.Backend, error) { return onetoone.New(o) }),
		connector.WithStore("my-store", func(c connector.StoreConfig) (store.Store, error) { return memory.New(c.Log), nil }),
		connector.WithMiddlewareType("my-middleware", func(map[string]any) (middleware.Factory, error) { return none, nil }),
	}
}

// Every command that reads a configuration knows what a custom build adds, and makes the
// connector with it.
func TestOptionsReachEveryCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "connector.yaml")
	if err := os.WriteFile(file, []byte(custom), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check"}, {"run"}, {}, {"store", "verify"}} {
		var out bytes.Buffer
		args = append(args, "--config", file)
		if status := Run(t.Context(), args, &out, &out, customOptions()...); status != exitFailure {
			t.Errorf("%v exits with %d", args, status)
		}
		want := "my plugin was asked"
		if args[0] == "store" {
			want = "no store is named"
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%v says %q, and not %q", args, out.String(), want)
		}
		if args[0] == "store" {
			continue // which needs no plugin
		}
		out.Reset()
		Run(t.Context(), args, &out, &out)
		if !strings.Contains(out.String(), `"my-plugin"`) || strings.Contains(out.String(), want) {
			t.Errorf("%v without the options says %q", args, out.String())
		}
	}
}

package connector

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/store"
)

// serveAdmin opens the admin API, if it is on, and returns what serves it. It answers before the
// store is open and any account is connected. tell logs where it listens.
func (c *Connector) serveAdmin(ctx context.Context) (serve, tell func(), err error) {
	if !c.cfg().AdminAPI {
		return func() {}, func() {}, nil
	}
	token, kept, err := adminToken(c.cfg())
	if err != nil {
		return nil, nil, err
	}
	n := node{c}
	version := admin.OwnVersion()
	m := metrics.New(n, metrics.Options{
		Version: version.Version, Revision: version.Revision, Process: c.cfg().CollectDefaultMetrics,
	})
	server, err := admin.Listen(n, admin.Options{
		Host: c.cfg().AdminAPIHost, Port: c.cfg().AdminAPIPort, Token: token,
		Metrics: m, Stats: func() (any, error) { return m.Stats() }, Log: c.log,
	})
	if err != nil {
		return nil, nil, err
	}
	if c.shared != nil && c.cfg().Listen.AdminAPI {
		api := http.Handler(server.API())
		c.shared.operators.Store(&api)
	}
	listening := []any{"address", server.Address().String(), "token", token != ""}
	if kept != "" {
		listening = append(listening, "tokenFile", kept)
	}
	serve = func() {
		if err := server.Serve(ctx); err != nil {
			c.log.Error("admin API has stopped", "error", err)
		}
	}
	return serve, func() { c.log.Info("admin API listening", listening...) }, nil
}

// adminToken returns the token that the admin API asks for: the configured one, none on
// loopback, otherwise one that was made up. kept is the file under the store path that keeps
// the latter. Without a store path there is none, and the admin API refuses to be opened.
func adminToken(cfg *config.Config) (token, kept string, err error) {
	path := cfg.StoreFile()
	if cfg.AdminAPIToken != "" || config.IsLoopback(cfg.AdminAPIHost) || path == "" {
		return cfg.AdminAPIToken, "", nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", "", newStoreError(cfg, fmt.Errorf("no folder for the token of the admin API: %w", store.Explain(err)), err)
	}
	kept = filepath.Join(path, admin.TokenFileName)
	token, err = admin.TokenFile(kept)
	return token, kept, err
}

var _ metrics.Source = node{}

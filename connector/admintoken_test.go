package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
)

// The operator learns from the log where the token is that the connector has made, and not
// the token.
func TestStartLogsWhereTheTokenIs(t *testing.T) {
	var log lockedLog
	dir := t.TempDir()
	c, err := connector.Parse("x.yaml", fmt.Appendf(nil, "ilpAddress: test.conn\nbackend: one-to-one\naccounts: {}\n"+
		"adminApi: true\nadminApiHost: 0.0.0.0\nadminApiPort: 0\nstorePath: %q\n", dir), nil,
		connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	<-c.Ready()
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "admin-token")
	token, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := log.take()
	if !strings.Contains(lines, "token=true tokenFile="+file+"\n") || strings.Contains(lines, strings.TrimSpace(string(token))) {
		t.Errorf("%s\nwant tokenFile=%s, and no token", lines, file)
	}
}

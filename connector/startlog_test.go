package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/store"
	diskstore "github.com/ilp-go/connector/store/disk"
)

const stored = "ilpAddress: test.us\nbackend: one-to-one\nadminApi: true\nadminApiPort: 0\nstorePath: %q\n" +
	"accounts: { alice: { relation: child, plugin: loopback, assetCode: USD, assetScale: 2, balance: { maximum: '5' } } }\n"

// A store that cannot be used ends the start, and no line before the error looks like success.
func TestFailedStartLogsNoSuccess(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"a damaged store": func(t *testing.T, dir string) {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "store.db"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a balance that is none":     put("balances/alice", "much"),
		"a balance of another asset": put("balances/alice", "5 2 EUR"),
		"a settlement that is none":  put("settlements/alice/x", "{"),
		"an identity that is none":   put("routing/tableId", "x"),
		"a settlement of no account": put("settlements/nobody/x", "{"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			spoil(t, dir)
			var log lockedLog
			c, err := connector.Parse("x.yaml", fmt.Appendf(nil, stored, dir), nil, connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			select {
			case err = <-ended:
			case <-c.Ready():
				stop()
				t.Fatalf("it ran, and ended with %v", <-ended)
			}
			stop()
			if lines := log.take(); strings.Contains(lines, "level=INFO") {
				t.Errorf("before %q the log has\n%s", err, lines)
			}
		})
	}
}

// put makes a store with one entry.
func put(key, value string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		s, err := diskstore.Open(dir, diskstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(store.Batch{{Key: key, Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The lines of a start stand in the order of what happens.
func TestStartLogsInOrder(t *testing.T) {
	lines := startAndStop(t, fmt.Sprintf(stored, filepath.Join(t.TempDir(), "store")))
	var found []string
	for _, m := range regexp.MustCompile(`msg="(store opened|admin API listening|connector ready)"`).FindAllStringSubmatch(lines, -1) {
		found = append(found, m[1])
	}
	if got, want := strings.Join(found, ", "), "store opened, admin API listening, connector ready"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// startAndStop runs a connector until it is ready, and returns its log.
func startAndStop(t *testing.T, text string) string {
	t.Helper()
	var log lockedLog
	c, err := connector.Parse("x.yaml", []byte(text), nil, connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
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
	return log.take()
}

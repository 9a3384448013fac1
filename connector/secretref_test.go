package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
)

// A connector takes its secrets from where its configuration refers to, and logs none of
// them. It warns of a file that other users can read.
func TestSecretsByReferenceAreUsedAndNotLogged(t *testing.T) {
	var log lockedLog
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret-of-a-file\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	environ := []string{"CONNECTOR_ADMIN_API_TOKEN_FILE=" + file, "BOB=s3cret-of-bob"}
	c, err := connector.Parse("x.yaml", []byte(`
ilpAddress: test.conn
backend: one-to-one
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "1"}, options: {listener: {host: 127.0.0.1, port: 0, secret: {env: BOB}}}}
  carol: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "1"}, options: {server: "btp+ws://127.0.0.1:1", btpToken: {env: BOB}}}
initialConnectTimeout: 0
adminApi: true
adminApiPort: 0
`), environ, connector.WithLog(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	awaitReady(t, c)
	lines := log.take()
	address := regexp.MustCompile(`msg="admin API listening" address=(\S+) token=true`).FindStringSubmatch(lines)
	if address == nil {
		t.Fatalf("no admin API with a token:\n%s", lines)
	}
	for token, want := range map[string]int{"s3cret-of-a-file": http.StatusOK, "other": http.StatusUnauthorized} {
		if got := statusWith(t, fmt.Sprintf("http://%s/accounts", address[1]), token); got != want {
			t.Errorf("%q: status %d, want %d", token, got, want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	lines += log.take()
	if !strings.Contains(lines, "adminApiToken (CONNECTOR_ADMIN_API_TOKEN_FILE): comes from the file "+file+", which other users can read") {
		t.Errorf("no warning of the file:\n%s", lines)
	}
	if strings.Contains(lines, "s3cret") {
		t.Errorf("the log has a secret:\n%s", lines)
	}
}

// statusWith asks an admin API with a token, and returns the status.
func statusWith(t *testing.T, url, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

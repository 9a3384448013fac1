//go:build unix

package connector_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
)

// A secret of a backend whose file others can read is a warning of check and of the start, as any other
// secret is.
func TestSecretOfABackendThatOthersCanReadIsAWarning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("planted\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`
ilpAddress: test.us
accounts: {}
backend: combined
backendConfig:
  backends:
    - {backend: http, url: {file: %[1]s}, headers: {X-Key: {file: %[1]s}}, base: USD}
    - {backend: static, base: USD}
`, file)
	want := "backendConfig.backends[0].headers.X-Key: comes from the file " + file + ", which other users can read: its mode is 0644; chmod 600 it, or mount it with the mode 0400"
	warnings, faults := drafted(t, text) // its url is none
	if len(faults) != 1 || len(warnings) != 2 || warnings[1].String() != want {
		t.Errorf("%v\n%v", warnings, faults)
	}
	text = strings.Replace(text, "url: {file: "+file+"}", "url: 'http://h'", 1)
	if warnings, faults = drafted(t, text); len(faults) != 0 || len(warnings) != 1 || warnings[0].String() != want {
		t.Errorf("%v\n%v", warnings, faults)
	}
	var log lockedLog
	if _, err := connector.Parse("x.yaml", []byte(text), nil, connector.WithLog(slog.New(slog.NewTextHandler(&log, nil)))); err != nil {
		t.Fatal(err)
	}
	if lines := log.take(); strings.Count(lines, "which other users can read") != 1 || !strings.Contains(lines, "msg=configuration warning=\"backendConfig.backends[0].headers.X-Key: ") || strings.Contains(lines, "planted") {
		t.Errorf("the log is\n%s", lines)
	}
}

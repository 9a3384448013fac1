package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A change that is made between the export and the reload of a saved file is not in the file, and
// gives way to it. The operator reads which.
func TestConfigSaveSaysWhatWasChangedMeanwhile(t *testing.T) {
	file := write(t, "connector.yaml", "spread: 0\n")
	sum := sha256.Sum256([]byte("spread: 0\n"))
	export, err := json.Marshal(map[string]any{"text": "spread: 1\n", "file": file, "digest": hex.EncodeToString(sum[:]), "declares": []string{"spread"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/config/export" {
			_, _ = w.Write(export)
			return
		}
		_, _ = io.WriteString(w, `{"changed":["accounts.alice.balance changed"],"dropped":["alice"]}`)
	}))
	defer server.Close()
	o := run(t, "config save", "--url", server.URL)
	if o.status != exitFailure || !strings.Contains(o.errors, "alice") || !strings.Contains(o.errors, "changed meanwhile") {
		t.Errorf("exit status %d: %s%s", o.status, o.out, o.errors)
	}
}

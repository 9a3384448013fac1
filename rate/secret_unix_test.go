//go:build unix

package rate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that others can read is a warning, as it is for the secrets that package config reads. Systemd
// alone decides about the mode of a credential.
func TestSecretFileThatOthersCanReadIsAWarning(t *testing.T) {
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o611: false, 0o640: true, 0o604: true, 0o444: true} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte("planted\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(file))
		var warned []string
		o := Options{
			Path:   "backendConfig.backends[0]",
			Config: map[string]any{"apiKey": map[string]any{"file": file}, "other": map[string]any{"credential": "key"}},
			Warn:   func(path, problem, hint string) { warned = append(warned, path+": "+problem+"; "+hint) },
		}
		for _, key := range []string{"apiKey", "other"} {
			if text, err := o.Secret(key); text != "planted" || err != nil {
				t.Errorf("%s: %q, %v", key, text, err)
			}
		}
		all := strings.Join(warned, "\n")
		if want := "backendConfig.backends[0].apiKey: comes from the file " + file + ", which other users can read: its mode is 0"; warns != strings.HasPrefix(all, want) || len(warned) > 1 || strings.Contains(all, "planted") {
			t.Errorf("mode %o: %q", mode, warned)
		}
	}
}

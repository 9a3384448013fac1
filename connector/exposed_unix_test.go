//go:build unix

package connector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// check and the start warn of a store that every user of the machine can enter.
func TestStoreForEveryUserIsAWarning(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\naccounts: {}\nstorePath: %q\n", dir)
	for mode, want := range map[os.FileMode]string{
		0o700: "",
		0o755: "storePath: " + dir + " is open to every user of this machine (mode 0755), and holds balances and secrets; run: chmod 700 " + dir,
	} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		warnings, faults := drafted(t, text)
		if len(faults) > 0 || (want == "") != (len(warnings) == 0) || want != "" && warnings[0].String() != want {
			t.Errorf("check with mode %o: %v %v", mode, warnings, faults)
		}
		if lines := startAndStop(t, text); strings.Contains(lines, "open to every user") != (want != "") || !strings.Contains(lines, want) {
			t.Errorf("start with mode %o:\n%s", mode, lines)
		}
	}
}

//go:build unix

package config

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A named pipe that no process writes to would be waited for without end.
func TestNamedPipeOfAReferenceIsNotOpened(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, faults := parse(t, one+"adminApiToken: {file: "+pipe+"}")
	if len(faults) != 1 || !hasLine(faultLines(faults), "adminApiToken: ", pipe+", which is a named pipe") {
		t.Errorf("got %v", faults)
	}
}

// Systemd alone decides about the mode of a credential.
func TestFileThatOthersMayReadIsAWarning(t *testing.T) {
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o611: false, 0o640: true, 0o604: true, 0o444: true} {
		file := secretFile(t, "token", "hunter2")
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		_, warnings := mustParse(t, one+"adminApiToken: {file: "+file+"}")
		if got := hasLine(warningLines(warnings), "adminApiToken: ", file, "other users can read", "chmod 600"); got != warns {
			t.Errorf("mode %o: %v", mode, warnings)
		}
		_, warnings = mustParse(t, one+"adminApiToken: {credential: token}", "CREDENTIALS_DIRECTORY="+filepath.Dir(file))
		if len(warnings) > 0 {
			t.Errorf("a credential of mode %o: %v", mode, warnings)
		}
	}
}

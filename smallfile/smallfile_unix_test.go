//go:build unix

package smallfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A named pipe that no process writes to would be waited for without end, and a device may
// have no end.
func TestPipesAndDevicesAreRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{pipe: "is a named pipe", "/dev/zero": "is a device"} {
		if _, err := Read(name, 5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// The shell makes such a pipe for <(command), and names it so.
func TestPipesThatAreOpenAreRead(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("12345"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if text, err := Read(fmt.Sprintf("/dev/fd/%d", r.Fd()), 5); string(text) != "12345" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// A pipe may take the place of a file between the check and the read.
func TestPipeThatTakesThePlaceOfAFileIsNotWaitedFor(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readChecked(pipe, 5); err == nil || !strings.Contains(err.Error(), "is a named pipe") {
		t.Error(err)
	}
	if _, err := readChecked("/dev/zero", 5); err == nil || !strings.Contains(err.Error(), "is a device") {
		t.Error(err)
	}
}

func TestStreamsAreNotReadAgain(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close() // which is open: a read would wait
	for _, name := range []string{"/dev/fd/%d", "/proc/self/fd/%d", "/dev/../dev/fd/%d"} {
		if _, err := ReadRegular(fmt.Sprintf(name, r.Fd()), 5); err == nil || !strings.Contains(err.Error(), "is a stream") && !strings.Contains(err.Error(), "no such file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := ReadRegular(name, 5); string(text) != "12345" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

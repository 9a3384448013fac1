//go:build unix

package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// watched is an output that closes seen when a text has been written to it.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	want string
	seen chan struct{}
}

func watch(want string) *watched { return &watched{want: want, seen: make(chan struct{})} }

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := strings.Contains(w.text.String(), w.want)
	w.text.Write(b)
	if !before && strings.Contains(w.text.String(), w.want) {
		close(w.seen)
	}
	return len(b), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func TestDaemonRunsUntilItIsToldToStop(t *testing.T) {
	t.Setenv("CONNECTOR_ACCOUNTS", "{}")
	t.Setenv("CONNECTOR_ILP_ADDRESS", "test.conn")
	t.Setenv("CONNECTOR_BACKEND", "one-to-one")
	t.Setenv("CONNECTOR_NONSENSE", "1")
	for _, args := range [][]string{{}, {"run", "--log-format", "json"}} {
		stderr := watch("connector ready")
		status := make(chan int, 1)
		go func() { status <- Run(t.Context(), args, io.Discard, stderr) }()
		select {
		case <-stderr.seen:
		case code := <-status:
			t.Fatalf("%v exits with %d: %s", args, code, stderr)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := <-status; code != 0 {
			t.Errorf("%v exits with %d: %s", args, code, stderr)
		}
		for _, want := range []string{"CONNECTOR_NONSENSE", "a second signal stops at once"} {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%v: %q is not in the log:\n%s", args, want, stderr)
			}
		}
		if json := strings.HasPrefix(stderr.String(), "{"); json != (len(args) > 0) {
			t.Errorf("%v: the log is\n%s", args, stderr)
		}
	}
}

//go:build unix

package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
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
		for _, want := range []string{"CONNECTOR_NONSENSE", "another signal, a second later or more, stops at once"} {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%v: %q is not in the log:\n%s", args, want, stderr)
			}
		}
		if json := strings.HasPrefix(stderr.String(), "{"); json != (len(args) > 0) {
			t.Errorf("%v: the log is\n%s", args, stderr)
		}
	}
}

// stuckLink is a link that does not end when it should, so its connector cannot stop.
type stuckLink struct {
	*ilptest.Link
	ready, release chan struct{}
}

func (l stuckLink) Run(context.Context, ilp.Handler, func(bool)) { <-l.release }
func (l stuckLink) Ready() <-chan struct{}                       { return l.ready }
func (l stuckLink) Status() link.Status                          { return link.Status{} }

// The line that says what is lost is written before the process exits.
func TestLaterSignalSaysWhatIsLostAndExits(t *testing.T) {
	t.Setenv("CONNECTOR_ACCOUNTS", `{"alice": {"relation": "child", "plugin": "stuck", "assetCode": "USD", "assetScale": 2}}`)
	t.Setenv("CONNECTOR_ILP_ADDRESS", "test.conn")
	t.Setenv("CONNECTOR_BACKEND", "one-to-one")
	stuck := stuckLink{ilptest.NewLink(), make(chan struct{}), make(chan struct{})}
	close(stuck.ready)
	guard := make(chan os.Signal, 1) // so that no signal ends the test when the connector has ended
	signal.Notify(guard, syscall.SIGTERM)
	defer signal.Stop(guard)
	stderr, exited := watch("connector ready"), ""
	p := &program{
		stdout: io.Discard, stderr: stderr,
		options: []connector.Option{connector.WithPlugin("stuck", func(config.Account, *slog.Logger) (connector.Link, error) { return stuck, nil })},
	}
	p.exit = func(int) {
		exited = stderr.String()
		close(stuck.release)
	}
	status := make(chan int, 1)
	go func() { status <- p.run(t.Context(), nil) }()
	<-stderr.seen
	again := time.NewTicker(oneStop / 4)
	defer again.Stop()
	for ended := false; !ended; {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case <-stuck.release:
			ended = true
		case <-again.C:
		}
	}
	<-status
	for _, want := range []string{"msg=\"stopped at once: packets in flight get no answer", "inFlight=0", "balances=\"lost: there is no store path\""} {
		if !strings.Contains(exited, want) {
			t.Errorf("%q is not in the log when the process exits:\n%s", want, exited)
		}
	}
}

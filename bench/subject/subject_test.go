//go:build linux

package subject

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/bench/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStatusIsRead(t *testing.T) {
	now, peak := parseStatus("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n")
	if now != 1<<20 || peak != 2<<20 {
		t.Errorf("%d now, %d at most", now, peak)
	}
}

// startShell runs a script of the shell.
func startShell(t *testing.T, script string, core int) *process {
	t.Helper()
	p, err := startProcess(t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}, core, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p
}

func TestProcessIsMeasured(t *testing.T) {
	p := startShell(t, "while :; do :; done", load.OnAnyCore)
	deadline := time.Now().Add(20 * time.Second)
	for {
		cpu, err := p.cpu()
		if err != nil {
			t.Fatal(err)
		}
		if cpu > 20*time.Millisecond {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a busy process uses no CPU")
		}
	}
	now, peak, err := p.memory()
	if err != nil || now < 100<<10 || peak < now {
		t.Errorf("%d bytes now, %d at most, %v", now, peak, err)
	}
}

func TestStoppedProcessIsGone(t *testing.T) {
	p := startShell(t, "echo hello; exec sleep 60", load.OnAnyCore)
	p.stop()
	select {
	case <-p.exited:
	default:
		t.Error("it still runs")
	}
	if _, _, err := p.memory(); err == nil {
		t.Error("a process that is gone has memory")
	}
}

func TestProcessRunsOnItsCore(t *testing.T) {
	p := startShell(t, "grep Cpus_allowed_list /proc/self/status", 0)
	<-p.exited
	if _, list, _ := strings.Cut(p.output.String(), ":"); strings.TrimSpace(list) != "0" {
		t.Errorf("it may run on %q", list)
	}
}

func TestOutputKeepsItsEnd(t *testing.T) {
	var o tail
	for range 1000 {
		_, _ = o.Write([]byte("0123456789"))
	}
	_, _ = o.Write([]byte("the end"))
	if s := o.String(); len(s) != outputKept || !strings.HasSuffix(s, "the end") {
		t.Errorf("%d bytes are kept", len(s))
	}
}

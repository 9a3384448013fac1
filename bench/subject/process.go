//go:build linux

package subject

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/ilp-go/connector/bench/load"
)

// process is a child process with its last output.
type process struct {
	cmd    *exec.Cmd
	output tail
	exited chan struct{} // closed when the process has ended
	began  time.Time
}

// stopPatience is the time from SIGTERM to SIGKILL.
const stopPatience = 5 * time.Second

// startProcess runs a program on a core. Its environment is env alone.
func startProcess(dir string, env []string, core int, argv ...string) (*process, error) {
	p := &process{cmd: exec.Command(argv[0], argv[1:]...), exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		// Linux sends Pdeathsig when the parent's thread ends. So the thread stays until the child has
		// ended, and is pinned to the core until then.
		runtime.LockOSThread()
		defer close(p.exited)
		err := error(nil)
		if core != load.OnAnyCore {
			err = load.PinThread(core)
		}
		p.began = time.Now()
		if err == nil {
			err = p.cmd.Start()
		}
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return p, nil
}

// stop ends the process with SIGTERM, then with SIGKILL, and waits for its end.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return
	case <-time.After(stopPatience):
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// cpu returns the user and system time of all threads of the process.
func (p *process) cpu() (time.Duration, error) { return cpuOf(p.cmd.Process.Pid, p.cmd.Path) }

// cpuOf returns the CPU time of a process. It is the figure of /proc/PID/stat, but in ns
// (clock_getcpuclockid(3)).
func cpuOf(pid int, name string) (time.Duration, error) {
	const schedClock = 2
	clock := ^pid<<3 | schedClock
	var t syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0)
	if errno != 0 {
		return 0, fmt.Errorf("cpu clock of %s: %w", name, errno)
	}
	return time.Duration(t.Nano()), nil
}

// Child is a process that the process under test has started.
type Child struct{ pid int }

// CPU returns the CPU time that the child has used. It fails once the child has ended.
func (c *Child) CPU() (time.Duration, error) { return cpuOf(c.pid, fmt.Sprintf("process %d", c.pid)) }

// Memory returns the bytes that the child uses.
func (c *Child) Memory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid))
	now, _ := parseStatus(string(status))
	return now, err
}

// child returns the one child of the process.
func (p *process) child() (*Child, error) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, name := range lists {
		if text, err := os.ReadFile(name); err == nil { // else the thread has ended
			all = append(all, strings.Fields(string(text))...)
		}
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%s has the children %v, not one", p.cmd.Path, all)
	}
	pid, err := strconv.Atoi(all[0])
	return &Child{pid}, err
}

// memory returns the bytes that the process uses, and the most that it has used.
func (p *process) memory() (now, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	now, peak = parseStatus(string(status))
	if now == 0 || peak == 0 {
		return 0, 0, fmt.Errorf("%s has ended: it uses no memory", p.cmd.Path)
	}
	return now, peak, nil
}

// parseStatus returns VmRSS and VmHWM of /proc/PID/status.
func parseStatus(status string) (now, peak int64) {
	for line := range strings.Lines(status) {
		var kilobytes int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); err == nil {
			now = kilobytes << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); err == nil {
			peak = kilobytes << 10
		}
	}
	return now, peak
}

// tail keeps the last bytes that are written to it.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// outputKept is the number of bytes that a tail keeps.
const outputKept = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(b)
	if drop := t.text.Len() - outputKept; drop > 0 {
		t.text.Next(drop)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

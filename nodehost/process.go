package nodehost

import (
	"cmp"
	"context"
	_ "embed" // for the script
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/clock"
)

// script is what the process executes. It gets it over its standard input.
//
//go:embed host.js
var script string

// runProcess starts a process, and returns why it has ended, once nothing is left of it and of its
// process group: the ports of its modules are free then.
func (h *Host) runProcess(ctx context.Context) (why error) {
	cmd := exec.Command(h.opts.Command, "--unhandled-rejections=none", "--no-deprecation",
		"--max-old-space-size="+strconv.FormatUint(max(h.opts.MemoryMax>>20, 64), 10), "-")
	cmd.Dir, cmd.Stdin = h.opts.Dir, strings.NewReader(script)
	cmd.Env = append([]string{}, h.opts.Env...) // never nil, which stands for all of our environment
	cmd.WaitDelay = endTimeout
	last := new(lastLine)
	cmd.Stdout, cmd.Stderr = h.output("stdout", nil), h.output("stderr", last)
	conn, kill, ended, err := start(cmd)
	if err != nil {
		return fmt.Errorf("start %s: %w", h.opts.Command, err)
	}
	h.update(func(status *Status) { status.PID = cmd.Process.Pid })
	s := newSession(h, conn)
	var reading sync.WaitGroup
	reading.Go(s.read)
	h.greet(s)
	h.watch(ctx, s, ended)
	if ctx.Err() != nil {
		s.sendJSON(frameEvent, 0, 0, []any{"exit"}, nil)
		awaitEnd(ended, endTimeout)
	} else {
		awaitEnd(ended, 100*time.Millisecond) // it may be on its way out, and say why
	}
	kill()
	status := <-ended
	s.fail(errEnded)
	reading.Wait()
	h.handling.Lock()
	s.endCalls()
	h.handling.Unlock()
	return explain(s.reason, status, cmp.Or(s.fatal, last.text()))
}

// explain returns why a process has ended.
func explain(why, status error, printed string) error {
	if status != nil && (errors.Is(why, errEnded) || isReset(why)) {
		why = fmt.Errorf("%w: %w", errEnded, status)
	}
	if printed != "" {
		why = fmt.Errorf("%w: %s", why, printed)
	}
	return why
}

func isReset(err error) bool {
	_, is := errors.AsType[*net.OpError](err)
	return is
}

// greet sends the first frame.
func (h *Host) greet(s *session) {
	s.sendJSON(frameHello, 0, 0, struct {
		Protocol int      `json:"protocol"`
		Folders  []string `json:"folders"`
		Debug    bool     `json:"debug"`
	}{protocol, h.opts.Folders, h.opts.Debug}, nil)
}

// awaitEnd waits until a process has ended, or for some time.
func awaitEnd(ended chan error, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case status := <-ended:
		ended <- status
	case <-timer.C:
	}
}

// watch returns when the session has ended, or must end: it is told to, it does not answer, or
// it uses too much memory.
func (h *Host) watch(ctx context.Context, s *session, ended chan error) {
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	began := clock.Now().Steady
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case status := <-ended:
			ended <- status
			return
		case <-ticker.C:
		}
		now := clock.Now().Steady
		if !h.greetedBy(s) {
			if now-began > int64(greetTimeout) {
				s.fail(fmt.Errorf("node has not started our script within %v", greetTimeout))
				return
			}
			continue
		}
		if err := h.beat(s, time.Duration(now-s.heard.Load())); err != nil {
			s.fail(err)
			return
		}
	}
}

// greetedBy reports whether the process of a session has greeted.
func (h *Host) greetedBy(s *session) bool {
	h.handling.Lock()
	defer h.handling.Unlock()
	return h.session == s
}

// beat sends a heartbeat, and looks at how long the process has been quiet. The error says why
// it must end.
func (h *Host) beat(s *session, quiet time.Duration) error {
	if m := s.memory.Load(); m != nil && m.Resident > h.opts.MemoryMax {
		return fmt.Errorf("it uses %d MB of memory, more than nodeHost.memoryMax", m.Resident>>20)
	}
	if quiet > h.opts.HangTimeout {
		return fmt.Errorf("it has not answered for %v: a module blocks it", quiet.Round(time.Second))
	}
	if silent := quiet > silentAfter; s.silent.Swap(silent) != silent {
		h.tellSilent(s, silent)
	}
	s.send(frame{framePing, 0, 0, nil}, nil, true)
	h.handling.Lock()
	defer h.handling.Unlock()
	if h.untold {
		h.tellWorld()
	}
	return nil
}

// errSilent says that packets are not sent to a process that does not answer.
var errSilent = errors.New("the node host does not answer: a module blocks it")

// tellSilent tells the plugins and the stages that their process does not answer, or answers again.
func (h *Host) tellSilent(s *session, silent bool) {
	h.handling.Lock()
	defer h.handling.Unlock()
	h.update(func(status *Status) {
		status.LastError = ""
		if silent {
			status.LastError = errSilent.Error()
		}
	})
	if h.opts.Silent != nil {
		h.opts.Silent(silent)
	}
	if h.stages != nil && h.session == s {
		h.stages.Silent(silent)
	}
	for _, o := range h.inOrder() {
		if p := o.place.Load(); o.packets != nil && p != nil && p.session == s {
			o.packets.Connected(!silent && p.connected.Load())
		}
	}
}

// lastLine keeps the last line that begins like an error of Node.
type lastLine struct {
	mu   sync.Mutex
	line string
}

func (l *lastLine) take(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.line == "" || strings.Contains(line, "Error") {
		l.line = line
	}
}

func (l *lastLine) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line
}

// output returns a writer that logs what the process itself prints: Node does so when it ends.
// What modules print comes as frames.
func (h *Host) output(stream string, last *lastLine) io.Writer {
	return &lines{stream: stream, to: func(line string) {
		if last != nil {
			last.take(clip.UTF8(line, 500))
		}
		h.printed(Printed{Stream: stream, Text: line})
	}}
}

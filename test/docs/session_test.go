package docs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/freeport"
)

// patience is how long a command of a page may take to do what the page says.
const patience = 30 * time.Second

func TestCommands(t *testing.T) {
	for _, p := range pages(t) {
		if p.path == generated || p.commands() == "" {
			continue
		}
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			if err := p.run(t.TempDir(), patience); err != nil {
				t.Error(err)
			}
		})
	}
}

// session is a page whose commands are being run.
type session struct {
	dir        string
	env        []string
	ports      map[string]string // as the page has them, and as they are
	patience   time.Duration
	exported   string // commands that set variables, for all that follow
	exit       int    // status of the last command
	background []*process
	page       string
}

// run runs the commands of a page in dir.
func (p *page) run(dir string, patience time.Duration) (err error) {
	s := &session{dir: dir, ports: map[string]string{}, patience: patience, page: p.path}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.choosePorts(p); err != nil {
		return err
	}
	if err := s.writeFiles(p); err != nil {
		return err
	}
	for _, b := range p.blocks {
		if err := s.runBlock(b); err != nil {
			return fmt.Errorf("%s: %w", b, err)
		}
	}
	return s.watch()
}

// adminPort is the port of the admin API unless it is told another.
const adminPort = "7780"

var portInText = regexp.MustCompile(`\b7[0-9]{3}\b`)

// choosePorts finds a free port for each port of the page.
func (s *session) choosePorts(p *page) (err error) {
	text := p.text()
	for _, port := range append(portInText.FindAllString(text, -1), adminPort) {
		if s.ports[port] == "" {
			if s.ports[port], err = freePort(); err != nil {
				return err
			}
		}
	}
	modules, err := filepath.Abs("../peers/node_modules")
	if err != nil {
		return err
	}
	s.env = []string{
		"PATH=" + binaries + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"NODE_PATH=" + modules,
		"CONNECTOR_MAX_HOLD_TIME=5000", // which bounds how long a connector takes to stop
	}
	if !strings.Contains(text, "adminApiPort") && !strings.Contains(text, "CONNECTOR_ADMIN_API_PORT") {
		s.env = append(s.env, "CONNECTOR_ADMIN_API_PORT="+s.ports[adminPort])
	}
	return nil
}

// freePort returns a port that nothing listens on.
func freePort() (string, error) {
	port, err := freeport.Take()
	return strconv.Itoa(port), err
}

// real is text with the ports as they are.
func (s *session) real(text string) string {
	return portInText.ReplaceAllStringFunc(text, func(port string) string { return s.ports[port] })
}

func (s *session) writeFiles(p *page) error {
	for _, b := range p.files() {
		name := filepath.Join(s.dir, filepath.FromSlash(b.options["title"]))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(s.real(b.text)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) runBlock(b *block) error {
	switch {
	case b.has("untested"):
	case b.lang == "sh" && strings.HasPrefix(b.text, "export "):
		s.exported += s.real(b.text)
	case b.lang == "sh" && b.has("background"):
		_, err := s.start(s.real(b.text))
		return err
	case b.has("interrupt"):
		return s.interrupt(b.options["interrupt"], b.text)
	case b.lang == "console" && b.has("stop"):
		c := consoleCommands(b.text)[0]
		return s.startAndStop(s.real(c.text), s.real(c.output))
	case b.lang == "sh":
		return s.retry("set -e\n"+s.real(b.text), func(output string) error {
			if s.exit != 0 {
				return fmt.Errorf("it ends with exit status %d and prints\n%s", s.exit, output)
			}
			return nil
		})
	case b.lang == "console":
		for _, c := range consoleCommands(b.text) {
			shown := s.real(c.output)
			if err := s.retry(s.real(c.text), func(output string) error { return expect(shown, output) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// retry repeats a command until what it does is right, or patience ends.
func (s *session) retry(command string, right func(output string) error) error {
	before := s.exit
	err := s.poll(func() error {
		output, err := s.command(command, before)
		if err == nil {
			err = right(output)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s\n%w%s", strings.TrimSpace(command), err, s.outputs())
	}
	return nil
}

// poll tries again and again until an attempt succeeds, or patience ends.
func (s *session) poll(attempt func() error) error {
	deadline := time.NewTimer(s.patience)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := attempt()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return err
		}
	}
}

// command runs a command after one that ended with the status before, and returns all it printed.
func (s *session) command(command string, before int) (string, error) {
	cmd := exec.Command("bash", "-c", fmt.Sprintf("%s(exit %d)\n%s", s.exported, before, command))
	cmd.Dir, cmd.Env = s.dir, s.env
	output, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return "", err
	}
	s.exit = cmd.ProcessState.ExitCode()
	return string(output), nil
}

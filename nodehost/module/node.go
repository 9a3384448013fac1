package module

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/clip"
)

// VersionMin is the oldest version of Node.js that runs the node host.
const VersionMin = 18

var (
	// ErrNoNode says that there is no Node.js, or none that runs.
	ErrNoNode = errors.New("there is no Node.js")
	// ErrOldNode says that Node.js is older than VersionMin.
	ErrOldNode = errors.New("this Node.js is too old")
)

// Bounds of a program that we run.
const (
	runTimeout  = 30 * time.Second // a busy machine starts Node.js slowly
	answerMax   = 8 << 20          // bytes of its answer
	complainMax = 4 << 10          // bytes of what it complains about
)

// Node is a program of Node.js.
type Node struct {
	// Path is the whole path of the program, as it was found: it may be a link.
	Path string
	// Version is its version, such as 20.1.0.
	Version string
}

// FindNode finds Node.js: command is a path, or a name to look for in PATH. An empty one is node. It
// runs the program for its version, and blocks meanwhile. The error is ErrNoNode or ErrOldNode with
// the reason.
func FindNode(ctx context.Context, command string) (Node, error) {
	if command == "" {
		command = "node"
	}
	found, err := exec.LookPath(command)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return Node{}, fmt.Errorf("%w: %s", ErrNoNode, whyNotFound(command, err))
	}
	if found, err = filepath.Abs(found); err != nil {
		return Node{}, fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	said, err := run(ctx, found, "", nil, "--version")
	if err != nil {
		return Node{}, fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	version, ok := strings.CutPrefix(strings.TrimSpace(string(said)), "v")
	first, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	switch {
	case !ok || err != nil:
		return Node{}, fmt.Errorf("%w: %s --version says %q", ErrNoNode, found, clip.UTF8(string(said), 40))
	case major < VersionMin:
		return Node{}, fmt.Errorf("%w: %s is version %s, older than %d", ErrOldNode, found, clip.UTF8(version, 40), VersionMin)
	}
	return Node{Path: found, Version: version}, nil
}

// whyNotFound returns why a command was not found.
func whyNotFound(command string, err error) string {
	var named *exec.Error
	if errors.As(err, &named) {
		err = named.Err
	}
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Sprintf("no %q in PATH", command)
	}
	return fmt.Sprintf("%q: %v", command, err)
}

// run runs a program in a folder, which may be empty for ours, with an empty environment. It returns
// what the program writes.
func run(ctx context.Context, program, dir string, input []byte, args ...string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, runTimeout)
	defer stop()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = []string{}, dir, bytes.NewReader(input)
	cmd.WaitDelay = time.Second
	answer, complaint := &bounded{most: answerMax, stop: stop}, &bounded{most: complainMax}
	cmd.Stdout, cmd.Stderr = answer, complaint
	err := cmd.Run()
	switch {
	case answer.over:
		return nil, fmt.Errorf("%s writes more than %d bytes", program, answerMax)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run %s: it does not end: %w", program, ctx.Err())
	case err != nil:
		if line := complaint.reason(); line != "" {
			return nil, fmt.Errorf("run %s: %w: %s", program, err, line)
		}
		return nil, fmt.Errorf("run %s: %w", program, err)
	}
	return answer.text.Bytes(), nil
}

// bounded keeps the first bytes of what a program writes. At the bound it calls stop, if there is one. It
// has no other way in than Write.
type bounded struct {
	text bytes.Buffer
	most int
	over bool
	stop context.CancelFunc
}

// Write keeps what fits. It never fails.
func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - b.text.Len()
	if len(p) <= room {
		return b.text.Write(p)
	}
	b.text.Write(p[:room])
	if b.over = true; b.stop != nil {
		b.stop()
	}
	return len(p), nil
}

// reason returns the line of a complaint that says what is wrong: the one with the error, or the first.
func (b *bounded) reason() string {
	first := ""
	for line := range strings.Lines(b.text.String()) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "Error") {
			return clip.UTF8(line, 200)
		}
		if first == "" {
			first = line
		}
	}
	return clip.UTF8(first, 200)
}

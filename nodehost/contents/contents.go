package contents

import (
	"bufio"
	"cmp"
	"context"
	_ "embed" // for the script
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/ilp-go/connector/clip"
)

//go:embed contents.js
var script string

// Options say which store is read, and how.
type Options struct {
	// Node is the path of Node.js, and Dir its working directory, empty for ours.
	Node, Dir string
	// Env is the environment of the process, as in exec.Cmd. Empty means none.
	Env []string
	// File is the file of the module, and Config what its constructor gets: JSON.
	File   string
	Config json.RawMessage
	// Keys are the keys of the store if the caller knows them, nil if they are to be listed.
	Keys []string
	// SilenceMax is how long the process may say nothing, 0 for a minute.
	SilenceMax time.Duration
}

// Entry is what the store says about a key.
type Entry struct {
	Key string
	// Value is JSON, nil if there is none: then Missing is true, or Problem says why.
	Value   json.RawMessage
	Missing bool
	Problem string
}

// ErrUnlistable says that nothing lists the keys of a store.
var ErrUnlistable = errors.New("the keys of the store cannot be listed")

// Reader reads a store. One goroutine may use it.
type Reader struct {
	// By says how the keys are known, for people.
	By string

	cmd      *exec.Cmd
	input    io.WriteCloser
	lines    *bufio.Scanner
	printed  *tail
	silence  *time.Timer
	most     time.Duration
	stop     context.CancelCauseFunc
	ctx      context.Context
	finished bool
}

// Bounds of what the process says.
const (
	silenceMax = time.Minute
	lineMax    = 16<<20 + 1<<16 // bytes: a value, its key and what is around them
)

// errSilent ends a process that says nothing any more.
var errSilent = errors.New("the module does not answer: is what it stores in reachable, and not in use?")

// Open starts to read a store. It blocks until the module has said which keys it has. The error is
// ErrUnlistable if it cannot. The caller must Close the Reader. When ctx ends, so does the process.
func Open(ctx context.Context, o Options) (*Reader, error) {
	ctx, stop := context.WithCancelCause(ctx)
	r := &Reader{printed: new(tail), most: cmp.Or(o.SilenceMax, silenceMax), stop: stop, ctx: ctx}
	r.cmd = exec.CommandContext(ctx, o.Node, "--unhandled-rejections=warn", "--no-deprecation", "-e", script)
	r.cmd.Dir, r.cmd.Env, r.cmd.Stderr = o.Dir, append([]string{}, o.Env...), r.printed
	r.cmd.WaitDelay = time.Second
	if err := r.start(o); err != nil {
		stop(nil)
		return nil, fmt.Errorf("run %s: %w", o.Node, err)
	}
	var first line
	if err := r.next(&first); err != nil {
		_ = r.Close()
		return nil, err
	}
	r.By = clip.UTF8(first.By, 200)
	return r, nil
}

// start starts the process, and sends what it is to read.
func (r *Reader) start(o Options) error {
	asked, err := json.Marshal(struct {
		File   string          `json:"file"`
		Config json.RawMessage `json:"options"`
		Keys   []string        `json:"keys"`
	}{o.File, o.Config, o.Keys})
	if err != nil {
		return err
	}
	if r.input, err = r.cmd.StdinPipe(); err != nil {
		return err
	}
	output, err := r.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	r.lines = bufio.NewScanner(output)
	r.lines.Buffer(make([]byte, 0, 1<<16), lineMax)
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.silence = time.AfterFunc(r.most, func() { r.stop(errSilent) })
	_, _ = r.input.Write(append(asked, '\n')) // if it fails, the process has ended, and says why
	return nil
}

// line is what the process says. See the script.
type line struct {
	By         string          `json:"by"`
	Key        *string         `json:"key"`
	Value      json.RawMessage `json:"value"`
	Missing    bool            `json:"missing"`
	Problem    string          `json:"problem"`
	End        bool            `json:"end"`
	Fatal      *string         `json:"fatal"`
	Unlistable bool            `json:"unlistable"`
}

// Next returns the next entry, and io.EOF after the last one. A key may come more than once. Any other
// error says that the rest of the store is not known.
func (r *Reader) Next() (Entry, error) {
	for {
		if r.finished {
			return Entry{}, io.EOF
		}
		var l line
		if err := r.next(&l); err != nil {
			return Entry{}, err
		}
		if r.finished = l.End; l.Key == nil {
			continue
		}
		return Entry{Key: *l.Key, Value: l.Value, Missing: l.Missing, Problem: clip.UTF8(l.Problem, 500)}, nil
	}
}

// next reads a line.
func (r *Reader) next(l *line) error {
	r.silence.Reset(r.most)
	if !r.lines.Scan() {
		return r.ended()
	}
	if err := json.Unmarshal(r.lines.Bytes(), l); err != nil {
		return fmt.Errorf("what Node.js writes is no JSON: %q", clip.UTF8(string(r.lines.Bytes()), 80))
	}
	switch {
	case l.Fatal == nil:
		return nil
	case l.Unlistable:
		return fmt.Errorf("%w: %s", ErrUnlistable, clip.UTF8(*l.Fatal, 500))
	}
	return errors.New(clip.UTF8(cmp.Or(*l.Fatal, "the module fails"), 500))
}

// ended returns why nothing more comes.
func (r *Reader) ended() error {
	if cause := context.Cause(r.ctx); cause != nil {
		if line := r.printed.reason(); line != "" && errors.Is(cause, errSilent) {
			return fmt.Errorf("%w It has printed: %s", cause, line)
		}
		return cause
	}
	if err := r.lines.Err(); err != nil {
		return err
	}
	if line := r.printed.reason(); line != "" {
		return fmt.Errorf("the process of the module has ended: %s", line)
	}
	return errors.New("the process of the module has ended")
}

// Close ends the process, and waits for that.
func (r *Reader) Close() error {
	r.silence.Stop()
	r.stop(nil)
	_ = r.input.Close()
	_ = r.cmd.Wait() // it was killed
	return nil
}

var _ io.Closer = (*Reader)(nil)

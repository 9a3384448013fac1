//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// operated is a process under test with the client of its admin API.
type operated struct {
	*trial
	api *client.Client
}

// readyPause is the time between two questions whether a process is ready.
const readyPause = 2 * time.Millisecond

// operate starts a process without load, and waits until it says that it is ready. It tries again
// when another program has taken a port of the process.
func (b *bench) operate(ctx context.Context, e *entrant) (*operated, error) {
	for tries := 1; ; tries++ {
		p, err := b.tryOperate(ctx, e)
		if errors.Is(err, subject.ErrEnded) && strings.Contains(err.Error(), "address already in use") && tries < 3 {
			continue
		}
		return p, err
	}
}

func (b *bench) tryOperate(ctx context.Context, e *entrant) (*operated, error) {
	s, err := subject.Start(b.programs, e.kind, e.setup)
	if err != nil {
		return nil, err
	}
	p := &operated{trial: &trial{subject: s, setup: e.setup}}
	if p.api, err = client.New(s.AdminURL(), ""); err == nil {
		err = p.awaitReady(ctx)
	}
	if err != nil {
		err = p.explain(err)
		p.end()
		return nil, err
	}
	p.started = s.Age()
	return p, nil
}

// awaitReady waits until the process says that it is ready.
func (p *operated) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		ready, err := p.api.Ready(ctx)
		if err == nil && ready.Ready {
			return nil
		}
		select {
		case <-p.subject.Ended():
			return subject.ErrEnded
		case <-ctx.Done():
			return fmt.Errorf("the process is not ready: %v, %w", ready.Reasons, errors.Join(err, ctx.Err()))
		case <-time.After(readyPause):
		}
	}
}

// beginOperated begins a trial whose process has an admin API.
func (b *bench) beginOperated(ctx context.Context, e *entrant) (*operated, error) {
	t, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	api, err := client.New(t.subject.AdminURL(), "")
	if err != nil {
		t.end()
		return nil, err
	}
	return &operated{t, api}, nil
}

// task is what an operator does while a phase of a load lasts.
type task struct {
	do   func() error
	done chan struct{}
	err  error // once done is closed
	took time.Duration
}

// phase returns a phase that lasts as long as the task.
func (t *task) phase() load.Phase {
	t.done = make(chan struct{})
	begin := func() error {
		go func() {
			defer close(t.done)
			began := time.Now()
			t.err = t.do()
			t.took = time.Since(began)
		}()
		return nil
	}
	return load.Phase{Duration: time.Millisecond, Begin: begin, Until: func() bool {
		select {
		case <-t.done:
			return true
		default:
			return false
		}
	}}
}

// ended waits for the end of a task that has begun, and returns its error.
func (t *task) ended() error {
	<-t.done
	return t.err
}

// The figures in the text of pprof.
var (
	heapLine      = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)
	goroutineLine = regexp.MustCompile(`^goroutine profile: total (\d+)\n`)
)

// heap returns the bytes of the heap of a profiled process after a collection, and its goroutines.
func (p *operated) heap(ctx context.Context) (bytes, goroutines float64, err error) {
	// What a pool gives up lives on until the second collection.
	for range 2 {
		if bytes, err = p.profile(ctx, "heap?debug=1&gc=1", heapLine); err != nil {
			return 0, 0, err
		}
	}
	goroutines, err = p.profile(ctx, "goroutine?debug=1", goroutineLine)
	return bytes, goroutines, err
}

// profile returns the figure that a profile has.
func (p *operated) profile(ctx context.Context, which string, figure *regexp.Regexp) (float64, error) {
	text, err := p.profileText(ctx, which)
	if err != nil {
		return 0, err
	}
	found := figure.FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("the profile %s has no line like %s", which, figure)
	}
	return strconv.ParseFloat(found[1], 64)
}

func (p *operated) profileText(ctx context.Context, which string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.subject.ProfileURL()+which, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

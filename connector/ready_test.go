package connector_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/onetoone"
)

// lockedLog is a log that a test takes the lines of.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// take returns the lines since the last take.
func (l *lockedLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// lateRates is a backend that fails until it is open.
type lateRates struct {
	rate.Backend
	open atomic.Bool
}

func (l *lateRates) Rates(ctx context.Context) (*rate.Table, error) {
	if !l.open.Load() {
		return nil, errors.New("closed")
	}
	return l.Backend.Rates(ctx)
}

// The log says ready when /readyz does, and before that what we wait for.
func TestReadyIsOneTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedLog
		late := new(lateRates)
		away := &lateLink{testLink: newTestLink(ilptest.NewLink()), ready: make(chan struct{})}
		options := []connector.Option{
			connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))),
			connector.WithBackend("late", 0, func(o rate.Options) (_ rate.Backend, err error) {
				late.Backend, err = onetoone.New(o)
				return late, err
			}),
			connector.WithPlugin("away", func(config.Account, *slog.Logger) (connector.Link, error) { return away, nil }),
		}
		c, err := connector.Parse("", []byte(`{"ilpAddress": "test.me", "backend": "late",
			"accounts": {"bob": {"relation": "peer", "plugin": "away", "assetCode": "X", "assetScale": 0}}}`), nil, options...)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()

		const unready, ready = `level=WARN msg="connector not ready yet" waitingFor=`, `msg="connector ready"`
		must := func(after time.Duration, last string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			got := ""
			for line := range strings.Lines(log.take()) {
				if strings.Contains(line, `msg="connector`) || strings.Contains(line, `msg="waiting`) { // and not about failed attempts
					got = line
				}
			}
			if !strings.Contains(got, last) || last == "" && got != "" {
				t.Errorf("after %v the last line is %q, without %s", after, got, last)
			}
			reasons, isReady := connector.Unready(c), last == ready
			if isReady != (len(reasons) == 0) || isReady != isClosed(c.Ready()) {
				t.Errorf("after %v the log says %s, /readyz %q, Ready %t", after, last, reasons, isClosed(c.Ready()))
			}
		}
		must(1500*time.Millisecond, unready+`"no exchange rates yet"`)
		must(10*time.Second, "") // nothing new: that bob is away is no fault
		must(time.Minute, unready+`"no exchange rates yet"`)
		late.open.Store(true)
		must(5*time.Minute, ready)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Accounts that are not connected yet are no reason to warn, and children none to wait. They come
// and go.
func TestStartWaitsForPeersAndNotForChildren(t *testing.T) {
	for name, tt := range map[string]struct {
		relation, log string
		waits         bool
	}{
		"child": {"child", `msg="connector ready"`, false},
		"peer":  {"peer", `level=INFO msg="waiting for accounts to connect" accounts=bob atMost=1m0s`, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log lockedLog
				away := &lateLink{testLink: newTestLink(ilptest.NewLink()), ready: make(chan struct{})}
				c, err := connector.Parse("", fmt.Appendf(nil, `{"ilpAddress": "test.me", "backend": "one-to-one", "initialConnectTimeout": 60000,
					"accounts": {"bob": {"relation": %q, "plugin": "away", "assetCode": "X", "assetScale": 0}}}`, tt.relation), nil,
					connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))),
					connector.WithPlugin("away", func(config.Account, *slog.Logger) (connector.Link, error) { return away, nil }))
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- c.Run(ctx) }()
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if isReady := isClosed(c.Ready()); isReady == tt.waits || isReady != (len(connector.Unready(c)) == 0) {
					t.Errorf("after 30 s ready is %t, and /readyz says %q", isReady, connector.Unready(c))
				}
				if lines := log.take(); strings.Count(lines, tt.log) != 1 || strings.Contains(lines, "not ready") || strings.Contains(lines, "going on without") {
					t.Errorf("the log is\n%s\nwithout one line %s", lines, tt.log)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if !isClosed(c.Ready()) {
					t.Errorf("not ready after initialConnectTimeout: %q", connector.Unready(c))
				}
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The port of a child's listener may be taken. So the start waits until its link has tried.
func TestStartWaitsUntilChildrenMayConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := &listeningLink{testLink: newTestLink(ilptest.NewLink()), tried: make(chan struct{})}
		away.testLink.ready = make(chan struct{})
		c, _ := start(t, `{"ilpAddress": "test.me", "backend": "one-to-one", "initialConnectTimeout": 60000,
			"accounts": {"bob": {"relation": "child", "plugin": "away", "assetCode": "X", "assetScale": 0}}}`,
			connector.WithPlugin("away", func(config.Account, *slog.Logger) (connector.Link, error) { return away, nil }))
		time.Sleep(30 * time.Second)
		if isClosed(c.Ready()) {
			t.Error("ready before the link listens")
		}
		close(away.tried)
		time.Sleep(time.Second)
		if !isClosed(c.Ready()) {
			t.Errorf("not ready: %q", connector.Unready(c))
		}
	})
}

// listeningLink is a link that listens when tried is closed.
type listeningLink struct {
	*testLink
	tried chan struct{}
}

func (l *listeningLink) Tried() <-chan struct{} { return l.tried }

var _ connector.Listening = (*listeningLink)(nil)

// lateLink is a link that connects when ready is closed.
type lateLink struct {
	*testLink
	ready chan struct{}
}

func (l *lateLink) Ready() <-chan struct{} { return l.ready }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// An account that is paused takes no packets anyway, so the start does not wait for it.
func TestTheStartWaitsForNoPausedAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := &lateLink{testLink: newTestLink(ilptest.NewLink()), ready: make(chan struct{})}
		c, err := connector.Parse("", []byte(`{"ilpAddress": "test.me", "backend": "one-to-one", "initialConnectTimeout": 3600000,
			"accounts": {"bob": {"relation": "peer", "plugin": "away", "assetCode": "X", "assetScale": 0}}}`), nil,
			connector.WithLog(slog.New(slog.DiscardHandler)),
			connector.WithPlugin("away", func(config.Account, *slog.Logger) (connector.Link, error) { return away, nil }))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.PauseAccount("bob"); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		begun := time.Now()
		go func() { ended <- c.Run(ctx) }()
		<-c.Ready()
		if waited := time.Since(begun); waited > time.Minute {
			t.Errorf("it was ready after %s", waited)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

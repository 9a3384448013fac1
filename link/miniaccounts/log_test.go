package miniaccounts_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/link/miniaccounts"
)

// lines counts the lines of a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) count(word string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), word)
}

func logTo(to *lines) func(o *miniaccounts.Options) {
	return func(o *miniaccounts.Options) { o.Log = slog.New(slog.NewTextHandler(to, nil)) }
}

// A stranger can come with any number of names. The lines about connections are bounded for all
// clients together, to five a second.
func TestManyClientsFloodNoLog(t *testing.T) {
	var log lines
	_, url := serve(t, ilptest.Fulfilling(), logTo(&log))
	const clients = 200
	for n := range clients {
		btppeer.Join(t, url, fmt.Sprint("eve", n), "e").Close()
	}
	if n := log.count("msg=connected client=eve"); n == 0 || n > clients/2 {
		t.Errorf("%d clients make %d lines", clients, n)
	}
}

// The same holds for new clients that cannot be stored.
func TestClientsThatCannotBeStoredFloodNoLog(t *testing.T) {
	var log lines
	kept := newFailing()
	_, url := serveWith(t, kept, ilptest.Fulfilling(), logTo(&log))
	kept.broken.Store(true)
	const clients = 200
	for n := range clients {
		refused(t, url, fmt.Sprint("eve", n), "e", "internal error")
	}
	if n := log.count("cannot be stored"); n == 0 || n > clients/2 {
		t.Errorf("%d clients make %d lines", clients, n)
	}
}

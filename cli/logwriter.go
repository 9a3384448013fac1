package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// logWriter writes the log on a goroutine of its own, so a pipe or disk that stalls stops
// nothing else. It queues up to logLinesMax lines. It drops and counts further ones.
type logWriter struct {
	lines   chan []byte
	dropped atomic.Int64
	done    chan struct{}
	once    sync.Once
}

// The bounds of a logWriter.
const (
	logLinesMax  = 4096
	logCloseTime = time.Second // for the queued lines at the end
)

func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{lines: make(chan []byte, logLinesMax), done: make(chan struct{})}
	go l.run(w)
	return l
}

// Write queues a copy of one line. It never blocks and never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	select {
	case l.lines <- append([]byte(nil), line...):
	default:
		l.dropped.Add(1)
	}
	return len(line), nil
}

// run writes the queued lines until Close. It ignores errors, because it has nowhere to report
// them.
func (l *logWriter) run(w io.Writer) {
	defer close(l.done)
	for line := range l.lines {
		if line == nil {
			return
		}
		if n := l.dropped.Swap(0); n > 0 {
			_, _ = fmt.Fprintf(w, "%d log lines were dropped: the output of the log is too slow\n", n)
		}
		_, _ = w.Write(line)
	}
}

// Close waits up to logCloseTime for the queued lines. Lines that come later may be lost.
func (l *logWriter) Close() {
	l.once.Do(func() {
		timeout := time.NewTimer(logCloseTime)
		defer timeout.Stop()
		select {
		case l.lines <- nil:
		case <-timeout.C:
			return
		}
		select {
		case <-l.done:
		case <-timeout.C:
		}
	})
}

var _ io.Writer = (*logWriter)(nil)

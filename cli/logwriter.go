package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// logWriter writes the log on a goroutine of its own, so that a reader of it who
// does not read stops nothing else. It holds a number of lines; those beyond are
// dropped and counted.
type logWriter struct {
	lines   chan []byte
	dropped atomic.Int64
	done    chan struct{}
	once    sync.Once
}

// Bounds of a logWriter.
const (
	logLinesMax  = 4096
	logCloseTime = time.Second // for what is left at the end
)

func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{lines: make(chan []byte, logLinesMax), done: make(chan struct{})}
	go l.run(w)
	return l
}

// Write takes a copy of one line. It does not block and never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	select {
	case l.lines <- append([]byte(nil), line...):
	default:
		l.dropped.Add(1)
	}
	return len(line), nil
}

// run writes until Close. A line that cannot be written is lost: there is nobody
// to tell.
func (l *logWriter) run(w io.Writer) {
	defer close(l.done)
	for line := range l.lines {
		if line == nil {
			return
		}
		if n := l.dropped.Swap(0); n > 0 {
			_, _ = fmt.Fprintf(w, "%d log lines were dropped: nobody read them fast enough\n", n)
		}
		_, _ = w.Write(line)
	}
}

// Close waits a moment for the lines that are left. What is written afterwards may
// be lost.
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

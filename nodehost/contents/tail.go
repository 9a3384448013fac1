package contents

import (
	"io"
	"strings"
	"sync"

	"github.com/ilp-go/connector/clip"
)

// tailMax bounds what a tail keeps, in bytes.
const tailMax = 4 << 10

// tail keeps the end of what a process prints. Its methods are safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps the end of what was written. It never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(len(p)-tailMax, 0):]...)
	t.text = append(t.text[:0], t.text[max(len(t.text)-tailMax, 0):]...)
	return len(p), nil
}

// reason returns the last line that names an error, or else the last one.
func (t *tail) reason() (reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	for line := range strings.Lines(string(t.text)) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "Error") && !strings.HasPrefix(line, "at ") {
			reason = line
		}
		if line != "" {
			last = line
		}
	}
	if reason == "" {
		reason = last
	}
	return clip.UTF8(reason, 300)
}

var _ io.Writer = (*tail)(nil)

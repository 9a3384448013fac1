package admin

import "net/http"

// How many requests may be served at the same time, by what they are. A change waits for
// the disk. If the disk hangs, changes take all the slots they can get, and none of the
// others.
const (
	changesMax = 32 // all that are neither GET nor HEAD
	readsMax   = 32 // GET and HEAD
	probesMax  = 16 // GET and HEAD of what monitors ask for; see isProbe
)

// slots bounds the requests that are served at the same time.
type slots struct{ changes, reads, probes chan struct{} }

func newSlots() slots {
	return slots{make(chan struct{}, changesMax), make(chan struct{}, readsMax), make(chan struct{}, probesMax)}
}

// take takes a slot for a request and returns what frees it. It never waits: without a
// free slot it returns errBusy.
func (s *slots) take(r *http.Request) (free func(), err error) {
	kind := s.of(r)
	select {
	case kind <- struct{}{}:
		return func() { <-kind }, nil
	default:
		return nil, errBusy
	}
}

// of returns the slots of requests like r.
func (s *slots) of(r *http.Request) chan struct{} {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return s.changes
	case isProbe(r.URL.EscapedPath()):
		return s.probes
	}
	return s.reads
}

// isProbe reports whether monitors ask for a path. A monitor that gets no answer may
// restart us, so neither changes nor other reads keep it waiting.
func isProbe(path string) bool { return path == "/livez" || path == "/readyz" || path == "/metrics" }

package admin

import "net/http"

// The number of requests that the API serves at the same time, for each kind. A change waits
// for the disk. If the disk hangs, changes fill their own slots and leave the others free.
const (
	changesMax = 32 // any method but GET and HEAD
	readsMax   = 32 // GET and HEAD
	probesMax  = 16 // GET and HEAD of the paths of isProbe
)

// slots bounds the requests that are served at the same time.
type slots struct{ changes, reads, probes chan struct{} }

func newSlots() slots {
	return slots{make(chan struct{}, changesMax), make(chan struct{}, readsMax), make(chan struct{}, probesMax)}
}

// take takes a slot for a request, and returns a function that frees it. If no slot is free,
// it returns errBusy at once.
func (s *slots) take(r *http.Request) (free func(), err error) {
	kind := s.of(r)
	select {
	case kind <- struct{}{}:
		return func() { <-kind }, nil
	default:
		return nil, errBusy
	}
}

// of returns the slots for requests like r.
func (s *slots) of(r *http.Request) chan struct{} {
	switch {
	case isChange(r):
		return s.changes
	case isProbe(r.URL.EscapedPath()):
		return s.probes
	}
	return s.reads
}

// isChange reports whether a request may change something.
func isChange(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead
}

// isProbe reports whether monitors ask for a path. A monitor that gets no answer may restart
// us, so its requests have slots of their own.
func isProbe(path string) bool { return path == "/livez" || path == "/readyz" || path == "/metrics" }

package btplink

import "sync"

// signal is given once. It makes its channel when it is asked for.
type signal struct {
	mu    sync.Mutex
	given bool
	end   chan struct{}
}

// give closes the channel. Further calls do nothing.
func (s *signal) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.given && s.end != nil {
		close(s.end)
	}
	s.given = true
}

// channel returns a channel that is closed when the signal is given.
func (s *signal) channel() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.given:
		return given
	case s.end == nil:
		s.end = make(chan struct{})
	}
	return s.end
}

// given is a channel that is closed.
var given = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

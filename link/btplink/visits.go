package btplink

import "sync"

// visits are the connections that a listener has accepted for a link, while the link runs.
type visits struct {
	mu     sync.Mutex
	opened bool
	count  int      // of those that have begun and not ended
	first  *session // of those that have a session
	over   func()   // is called when the last has ended; nil until close
}

// place is the place of a session among the visits of a link. Their lock guards it.
type place struct{ next, last *session }

// open lets connections in until close.
func (v *visits) open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opened = true
}

// close lets none in any more, and ends all. When the last has ended, it calls over on a goroutine of
// its own. A second call does nothing.
func (v *visits) close(over func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over != nil {
		return
	}
	v.opened, v.over = false, over
	for s := v.first; s != nil; s = s.place.next {
		s.fail(errStopped)
	}
	v.tellLocked()
}

// closeAndWait closes, and returns when the last has ended.
func (v *visits) closeAndWait() {
	over := make(chan struct{})
	v.close(func() { close(over) })
	<-over
}

// tellLocked calls over if all have ended.
func (v *visits) tellLocked() {
	if v.over != nil && v.count == 0 {
		go v.over()
	}
}

// begin lets one in. Its caller calls end when the connection has ended. It returns false if the link
// does not run.
func (v *visits) begin() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.opened {
		v.count++
	}
	return v.opened
}

// end says that a connection has ended.
func (v *visits) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count--
	v.tellLocked()
}

// enter makes a session one that close ends. If that was called before, it ends the session at once.
func (v *visits) enter(s *session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.opened {
		s.fail(errStopped)
	}
	if s.place.next = v.first; v.first != nil {
		v.first.place.last = s
	}
	v.first = s
}

// leave takes out a session that was entered.
func (v *visits) leave(s *session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	next, last := s.place.next, s.place.last
	if next != nil {
		next.place.last = last
	}
	if last != nil {
		last.place.next = next
	} else {
		v.first = next
	}
	s.place = place{}
}

package load

import "time"

// schedule says when the packets of a paced load are due. They are evenly spaced, however long the
// earlier ones take.
type schedule struct {
	start int64 // ns
	rate  int64 // packets a second
	sent  int64
}

// next returns when the next packet is due.
func (s *schedule) next() int64 {
	const second = int64(time.Second)
	whole, rest := s.sent/s.rate, s.sent%s.rate
	return s.start + whole*second + rest*second/s.rate
}

// take counts the next packet as sent if it is due. It returns since when.
func (s *schedule) take(now int64) (due int64, ok bool) {
	due = s.next()
	if due > now {
		return 0, false
	}
	s.sent++
	return due, true
}

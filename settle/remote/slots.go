package remote

import (
	"errors"
	"sync"
)

// Bounds of the requests under way. More are answered 503. The bound per account keeps one
// engine from shutting the others out.
const (
	requestsMax        = 256
	requestsAccountMax = 32
)

// Errors of take.
var (
	errSlots        = errors.New("too many requests are under way")
	errAccountSlots = errors.New("too many requests of the account are under way")
)

// slots counts the requests under way. The zero value is ready.
type slots struct {
	mu      sync.Mutex
	all     int
	account map[string]int // only of accounts that have requests under way
}

// take counts a request. If err is nil, the caller must call release when the request ends.
func (s *slots) take(accountID string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.account[accountID] >= requestsAccountMax:
		return nil, errAccountSlots
	case s.all >= requestsMax:
		return nil, errSlots
	}
	if s.account == nil {
		s.account = make(map[string]int)
	}
	s.all++
	s.account[accountID]++
	return func() { s.release(accountID) }, nil
}

func (s *slots) release(accountID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.account[accountID]--; s.account[accountID] == 0 {
		delete(s.account, accountID)
	}
}

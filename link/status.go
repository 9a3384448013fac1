package link

import (
	"sync"
	"time"
)

// State is the state of a link.
type State string

// The states: a link connects, authenticates and is established, again and again, until it
// is disabled.
const (
	Disabled       State = "disabled"
	Connecting     State = "connecting"
	Authenticating State = "authenticating"
	Established    State = "established"
)

// Status is the state of a link, and what operators want to know beside it.
type Status struct {
	State     State     `json:"state"`
	Since     time.Time `json:"since"`
	Remote    string    `json:"remote,omitempty"`
	LastError string    `json:"lastError,omitempty"`
	NextRetry time.Time `json:"nextRetry,omitzero"`
}

// Reporter keeps the Status of a link. The zero Reporter says that it is disabled.
type Reporter struct {
	mu     sync.Mutex
	status Status
}

// Status returns the present Status.
func (r *Reporter) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.State == "" {
		return Status{State: Disabled}
	}
	return r.status
}

// Enter records a new state. The last error stays until the link is established.
func (r *Reporter) Enter(state State, remote string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.status.LastError
	if state == Established {
		err = ""
	}
	r.status = Status{State: state, Since: time.Now().UTC(), Remote: remote, LastError: err}
}

// Fail records an error, and when the next try to connect will be, zero for none.
func (r *Reporter) Fail(err error, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.LastError = err.Error()
	r.status.NextRetry = next.UTC()
	if next.IsZero() {
		r.status.NextRetry = next
	}
}

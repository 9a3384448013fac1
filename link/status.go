package link

import (
	"sync"
	"time"
)

// State is how far a link has come.
type State string

// The states.
const (
	Disabled       State = "disabled"
	Connecting     State = "connecting"
	Authenticating State = "authenticating"
	Established    State = "established"
)

// Status is how a link is doing.
type Status struct {
	State     State     `json:"state"`
	Since     time.Time `json:"since"`
	Remote    string    `json:"remote,omitempty"`
	LastError string    `json:"lastError,omitempty"`
	NextRetry time.Time `json:"nextRetry,omitzero"`
}

// Reporter keeps a Status. The zero Reporter is of a disabled link.
type Reporter struct {
	mu     sync.Mutex
	status Status
}

// Status is the present one.
func (r *Reporter) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.State == "" {
		return Status{State: Disabled}
	}
	return r.status
}

// Enter notes a new state. The last error stays until the link is established.
func (r *Reporter) Enter(state State, remote string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.status.LastError
	if state == Established {
		err = ""
	}
	r.status = Status{State: state, Since: time.Now().UTC(), Remote: remote, LastError: err}
}

// Fail notes what went wrong, and when the next try will be, zero for none.
func (r *Reporter) Fail(err error, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.LastError = err.Error()
	r.status.NextRetry = next.UTC()
	if next.IsZero() {
		r.status.NextRetry = next
	}
}

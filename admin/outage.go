package admin

// Outage is the state of an account that packets cannot go to.
type Outage struct {
	// State is one of States, and Since is when it began.
	State string `json:"state"`
	Since Time   `json:"since,omitzero"`
	// LastError is the last error, and NextRetry when the link next tries to connect.
	LastError string `json:"lastError,omitempty"`
	Closed    string `json:"closed,omitempty"` // how the peer has said goodbye, which is no error
	NextRetry Time   `json:"nextRetry,omitzero"`
	// Paused reports that an operator wants it so. Then the link may be connected.
	Paused bool `json:"paused,omitempty"`
}

// outageOf returns the Outage of a link, or nil if packets can go to it or it does not exist.
func outageOf(l Link) *Outage {
	if l.Connected || l.State == "" {
		return nil
	}
	if l.State == Paused {
		return &Outage{State: l.State, Since: Time{l.Since}, Paused: true}
	}
	return &Outage{State: l.State, Since: Time{l.Since}, LastError: l.LastError, Closed: l.Closed, NextRetry: Time{l.NextRetry}}
}

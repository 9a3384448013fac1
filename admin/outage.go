package admin

// Outage is the state of a link that is not connected.
type Outage struct {
	// Since is when the last connection was lost, or when the link began.
	Since Time `json:"since,omitzero"`
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
		return &Outage{Paused: true}
	}
	return &Outage{Since: Time{l.Since}, LastError: l.LastError, Closed: l.Closed, NextRetry: Time{l.NextRetry}}
}

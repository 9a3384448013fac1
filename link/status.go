package link

import (
	"sync"
	"sync/atomic"
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
	// Degraded is the state of a link that cannot even try, since something of ours has failed
	// that it needs. LastError says what.
	Degraded State = "degraded"
)

// Status is the state of a link, and what operators want to know beside it.
type Status struct {
	State State `json:"state"`
	// Since is when the present connection began if the link is established, and otherwise
	// when the last connection was lost or the link began. Attempts to connect do not
	// change it.
	Since time.Time `json:"since"`
	// Server is the address that the link dials, without secrets, and Listener the one that it
	// listens at, with the port in force.
	Server    string `json:"server,omitempty"`
	Listener  string `json:"listener,omitempty"`
	Remote    string `json:"remote,omitempty"`
	LastError string `json:"lastError,omitempty"`
	// RefusedUs says why the peer takes none of our packets, although there is a connection. It is
	// empty if the peer does, or nothing is known. RefusedUsSince is when that began.
	RefusedUs      string    `json:"refusedUs,omitempty"`
	RefusedUsSince time.Time `json:"refusedUsSince,omitzero"`
	// Closed says how the peer ended the last connection, if it said goodbye as peers do that
	// stop or leave. Then that is no error. It is empty otherwise, and while there is a
	// connection.
	Closed    string    `json:"closed,omitempty"`
	NextRetry time.Time `json:"nextRetry,omitzero"`
	// ListenError says why the link cannot listen. It is empty if the link listens, or need
	// not.
	ListenError string `json:"listenError,omitempty"`
	// Failures is the number of attempts to connect that failed.
	Failures uint64 `json:"failures,omitempty"`
	// Refusals is the number of peers that we refused because they did not authenticate.
	// RefusedAt is when the latest of them was refused, RefusedFrom the address it came from.
	Refusals    uint64    `json:"refusals,omitempty"`
	RefusedAt   time.Time `json:"refusedAt,omitzero"`
	RefusedFrom string    `json:"refusedFrom,omitempty"`
	// Replacements is the number of connections that a newer one of the peer replaced.
	Replacements uint64 `json:"replacements,omitempty"`
	// OldSecretUntil is until when the secret from before a rotation is good too, the zero time
	// if there is none. OldSecret says that the present connection has authenticated with it.
	OldSecretUntil time.Time `json:"oldSecretUntil,omitzero"`
	OldSecret      bool      `json:"oldSecret,omitempty"`
	// CertificateUntil is when the certificate of the listener ends, the zero time if it has none.
	CertificateUntil time.Time `json:"certificateUntil,omitzero"`
}

// Reporter keeps the Status of a link. The zero Reporter says that it is disabled. It is small, since
// there is one for each of very many links.
type Reporter struct {
	// Failures, Refusals and Replacements count what the fields of Status say.
	Failures, Refusals, Replacements atomic.Uint64

	mu     sync.Mutex
	state  State
	since  time.Time
	remote string
	rare   *rare // nil while it is zero
}

// rare is what few links have to say. The client of a listener has no address of its own, for
// instance, and most have met no error.
type rare struct {
	lastError string
	closed    string
	nextRetry time.Time

	server      string
	listener    string
	listenError string
	refusedAt   time.Time
	refusedFrom string
	refusedUs   *refusedUs // nil if nothing is known
}

// readLocked returns what there is to read, which no caller changes.
func (r *Reporter) readLocked() *rare {
	if r.rare == nil {
		return &nothing
	}
	return r.rare
}

var nothing rare

// changeLocked returns what there is to change.
func (r *Reporter) changeLocked() *rare {
	if r.rare == nil {
		r.rare = new(rare)
	}
	return r.rare
}

// refusedUs says why the peer takes none of our packets, and since when.
type refusedUs struct {
	reason string
	since  time.Time
}

// Status returns the present Status.
func (r *Reporter) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.readLocked()
	s := Status{
		State: r.state, Since: r.since, Server: x.server, Listener: x.listener, Remote: r.remote,
		LastError: x.lastError, Closed: x.closed, NextRetry: x.nextRetry, ListenError: x.listenError,
		Failures: r.Failures.Load(), Refusals: r.Refusals.Load(), RefusedAt: x.refusedAt, RefusedFrom: x.refusedFrom,
		Replacements: r.Replacements.Load(),
	}
	if u := x.refusedUs; u != nil {
		s.RefusedUs, s.RefusedUsSince = u.reason, u.since
	}
	if s.State == "" {
		s.State = Disabled
	}
	return s
}

// Dials records the address that the link dials, without secrets.
func (r *Reporter) Dials(server string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changeLocked().server = server
}

// ListensAt records the address that the link listens at, empty while it does not.
func (r *Reporter) ListensAt(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changeLocked().listener = address
}

// RefuseUs records why the peer takes none of our packets, or with an empty reason that it does.
func (r *Reporter) RefuseUs(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if reason == "" && r.rare == nil {
		return
	}
	x := r.changeLocked()
	switch {
	case reason == "":
		x.refusedUs = nil
	case x.refusedUs == nil:
		x.refusedUs = &refusedUs{reason, time.Now().UTC()}
	default:
		x.refusedUs.reason = reason
	}
}

// Refuse records that a peer was refused because it did not authenticate, and the address that
// it came from. It returns how many were.
func (r *Reporter) Refuse(from string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.changeLocked()
	x.refusedAt, x.refusedFrom = time.Now().UTC(), from
	return r.Refusals.Add(1)
}

// Enter records a new state. The last error stays until the link is established, as Closed does,
// and so does the time of the next try while it is to come.
func (r *Reporter) Enter(state State, remote string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !tries(state) || !tries(r.state) {
		r.since = time.Now().UTC()
	}
	r.state, r.remote = state, remote
	if r.rare == nil {
		return
	}
	if !tries(state) || !r.rare.nextRetry.After(time.Now()) {
		r.rare.nextRetry = time.Time{}
	}
	if state == Established {
		r.rare.lastError, r.rare.closed = "", ""
	}
}

// Listen records why the link cannot listen, or with nil that it listens, or need not any
// more. Then its last error is gone too, unless another error has taken its place.
func (r *Reporter) Listen(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.rare == nil {
		return
	}
	x := r.changeLocked()
	if err == nil && x.listenError != "" && x.lastError == x.listenError {
		x.lastError, x.nextRetry = "", time.Time{}
	}
	x.listenError = ""
	if err != nil {
		x.listenError = err.Error()
	}
}

// tries reports whether a link in that state tries to connect.
func tries(s State) bool { return s == Connecting || s == Authenticating }

// Fail records an error, and when the next try to connect will be. With the zero time it
// leaves that as it was.
func (r *Reporter) Fail(err error, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.changeLocked()
	x.lastError, x.closed = err.Error(), ""
	if !next.IsZero() {
		x.nextRetry = next.UTC()
	}
}

// Mend forgets the last error, whose cause is gone although the link is not established yet. It keeps why
// the link cannot listen.
func (r *Reporter) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rare != nil {
		r.rare.lastError, r.rare.nextRetry = r.rare.listenError, time.Time{}
	}
}

// Close records how the peer has said goodbye. The error of before is past then, unless the
// link cannot listen.
func (r *Reporter) Close(how string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.changeLocked()
	x.lastError, x.closed = x.listenError, how
}

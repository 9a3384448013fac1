package btplink

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// authBytesMax bounds the messages of a peer that is not authenticated, in bytes.
const authBytesMax = 16 << 10

// authPingsMax bounds the pings of a peer that is not authenticated. It may read no pong, so
// each is memory that a stranger takes.
const authPingsMax = 16

// errPings says that there were more.
var errPings = errors.New("too many pings before it authenticated")

// errAuth ends readAuth when the peer or we are authenticated.
var errAuth = errors.New("authenticated")

// Refusal is the reason why a peer is refused. It is sent to the peer.
type Refusal string

// Error returns the reason.
func (r Refusal) Error() string { return string(r) }

// Reasons to refuse a first message, in the words of the reference.
const (
	notAuth     Refusal = "First message sent over BTP connection must be auth packet"
	tooFew      Refusal = "Auth packet must have auth and auth_token subprotocols"
	notFirst    Refusal = "First subprotocol must be auth"
	noToken     Refusal = "auth_token subprotocol is required"
	wrongSecret Refusal = "invalid auth_token"
)

// Login is what a peer says of itself in its first message.
type Login struct {
	User   string // empty if it gives none
	Token  string
	Remote string // its network address
	Asset  *Asset // of its account, nil if it says none
}

// checkAuth checks the first message of a connection (RFC 23, "Authentication"), and returns
// the token in it. Other sub-protocols are ignored.
func checkAuth(p *btp.Packet) (token []byte, err error) {
	if p.Type != btp.TypeMessage {
		return nil, notAuth
	}
	if p.Len() < 2 {
		return nil, tooFew
	}
	for first := range p.Entries() {
		if string(first.Name) != "auth" {
			return nil, notFirst
		}
		break
	}
	entry, there := p.First("auth_token")
	if !there {
		return nil, noToken
	}
	return entry.Data, nil
}

// login returns the link of the peer that has sent a first message and what it says of itself,
// or why it is refused.
func (l *Link) login(p *btp.Packet, remote string) (to *Link, who Login, err error) {
	token, err := checkAuth(p)
	if err != nil {
		return nil, who, err
	}
	if l.opts.Login == nil {
		if _, takes := l.keys.read(); !takes.accepts(token, time.Now()) {
			return nil, who, wrongSecret
		}
		who = Login{Token: string(token), Remote: remote}
		if l.admit == nil {
			return l, who, nil
		}
		user, _ := p.First("auth_username")
		who.User, who.Asset = string(user.Data), declaredAsset(p)
		return l, who, l.admit(who)
	}
	// Of several entries of a name the last counts, as in ilp-plugin-mini-accounts.
	last, _ := p.Last("auth_token")
	user, _ := p.Last("auth_username")
	if len(last.Data) == 0 {
		return nil, who, noToken
	}
	who = Login{User: string(user.Data), Token: string(last.Data), Remote: remote}
	to, err = l.opts.Login(who)
	return to, who, err
}

// confirm ends a connection that is in its place if its login no longer holds.
func (l *Link) confirm(s *session, who Login) {
	l.recheck(s)
	if l.opts.Confirm == nil {
		return
	}
	if err := l.opts.Confirm(who); err != nil {
		s.fail(err)
	}
}

// readAuth reads messages until receive returns errAuth. Frames behind that message stay
// for the read loop.
func (s *session) readAuth(deadline time.Time, receive func(message []byte) error) error {
	if err := s.conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	for s.reason.Load() == nil { // after the deadline is set: that of fail stays
		err := s.handleRead(receive)
		switch {
		case errors.Is(err, errAuth):
			_ = s.conn.SetReadDeadline(time.Time{}) // if it is gone, reading will tell
			return nil
		case err == nil:
			err = s.fill()
		}
		if err != nil {
			return err
		}
	}
	return *s.reason.Load()
}

// acceptAuth waits for the peer to authenticate itself, and moves the session to the link that
// login finds for it. It calls admit with the id of the peer's request when the answer is
// queued, but before the peer can read it. So nothing overtakes the answer, and nothing that
// happens after it is lost to the peer.
func (s *session) acceptAuth(login func(*btp.Packet) (*Link, error), deadline time.Time, admit func(auth uint32)) error {
	s.assembler.PayloadMax, s.pings = authBytesMax, authPingsMax
	return s.readAuth(deadline, func(message []byte) error {
		p, err := btp.Parse(message)
		if err != nil {
			return err // closed silently
		}
		l, err := login(&p)
		if err != nil {
			var reason Refusal
			if !errors.As(err, &reason) {
				reason = "internal error"
			}
			s.sendError(p.RequestID, btp.Error{Code: ilp.F00, Name: "NotAcceptedError", Data: string(reason)}, &s.batch)
			return err
		}
		s.moveTo(l)
		s.assembler.PayloadMax, s.pings = FrameBytesMax, math.MaxInt
		s.send(websocket.Binary, btp.AppendResponse(nil, p.RequestID), &s.batch)
		admit(p.RequestID)
		return errAuth
	})
}

// sendAuth authenticates us to the server.
func (s *session) sendAuth(to *Server, token string, deadline time.Time) error {
	id := rand.Uint32()
	s.send(websocket.Binary, btp.AppendAuth(nil, id, to.Account, token, to.Declare.entries()...), nil)
	err := s.readAuth(deadline, func(message []byte) error {
		p, err := btp.Parse(message)
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", errMessage, err)
		case p.RequestID != id:
			return nil
		case p.Type == btp.TypeResponse:
			return errAuth
		case p.Type == btp.TypeError:
			return fmt.Errorf("%w: %.200s", errRefusedUs, s.link.hide(string(p.ErrorView().Data)))
		}
		return nil
	})
	if closed, ok := errors.AsType[peerClosed](err); ok && closed.refuses() {
		return fmt.Errorf("%w: %w", errRefusedUs, closed)
	}
	return err
}

// errRefusedUs says that the server that we dial does not let us in.
var errRefusedUs = errors.New("server refused us")

// refusesUs reports whether an error of an attempt to connect says that the server refuses our
// account or token, and not that it is away.
func refusesUs(err error) bool {
	refused, ok := errors.AsType[*websocket.StatusError](err)
	return errors.Is(err, errRefusedUs) || ok && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden)
}

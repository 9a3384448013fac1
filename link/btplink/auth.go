package btplink

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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

// refusal is the reason why a peer is refused. It is sent to the peer.
type refusal string

// Error returns the reason.
func (r refusal) Error() string { return string(r) }

// Reasons to refuse a first message, in the words of the reference.
const (
	notAuth     refusal = "First message sent over BTP connection must be auth packet"
	tooFew      refusal = "Auth packet must have auth and auth_token subprotocols"
	notFirst    refusal = "First subprotocol must be auth"
	noToken     refusal = "auth_token subprotocol is required"
	wrongSecret refusal = "invalid auth_token"
)

// checkAuth checks the first message of a connection (RFC 23, "Authentication").
// Other sub-protocols in it are ignored.
func checkAuth(p *btp.Packet, secret string) error {
	if p.Type != btp.TypeMessage {
		return notAuth
	}
	if p.Len() < 2 {
		return tooFew
	}
	for first := range p.Entries() {
		if string(first.Name) != "auth" {
			return notFirst
		}
		break
	}
	token, there := p.First("auth_token")
	if !there {
		return noToken
	}
	if subtle.ConstantTimeCompare(token.Data, []byte(secret)) != 1 {
		return wrongSecret
	}
	return nil
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

// acceptAuth waits for the peer to authenticate itself. It calls admit with the id of the
// peer's request when the answer is queued, but before the peer can read it. So nothing
// overtakes the answer, and nothing that happens after it is lost to the peer.
func (s *session) acceptAuth(secret string, deadline time.Time, admit func(auth uint32)) error {
	s.assembler.PayloadMax, s.pings = authBytesMax, authPingsMax
	return s.readAuth(deadline, func(message []byte) error {
		p, err := btp.Parse(message)
		if err != nil {
			return err // closed silently
		}
		if err := checkAuth(&p, secret); err != nil {
			s.sendError(p.RequestID, btp.Error{Code: ilp.F00, Name: "NotAcceptedError", Data: err.Error()}, &s.batch)
			return err
		}
		s.assembler.PayloadMax, s.pings = FrameBytesMax, math.MaxInt
		s.send(websocket.Binary, btp.AppendResponse(nil, p.RequestID), &s.batch)
		admit(p.RequestID)
		return errAuth
	})
}

// sendAuth authenticates us to the server.
func (s *session) sendAuth(account, token string, deadline time.Time) error {
	id := rand.Uint32()
	s.send(websocket.Binary, btp.AppendAuth(nil, id, account, token), nil)
	return s.readAuth(deadline, func(message []byte) error {
		p, err := btp.Parse(message)
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", errMessage, err)
		case p.RequestID != id:
			return nil
		case p.Type == btp.TypeResponse:
			return errAuth
		case p.Type == btp.TypeError:
			return fmt.Errorf("server refused us: %.200s", s.link.hide(string(p.ErrorView().Data)))
		}
		return nil
	})
}

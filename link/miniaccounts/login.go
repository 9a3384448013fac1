package miniaccounts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
)

// Names says where the name of a client comes from.
type Names uint8

// The ways to name clients.
const (
	UserOrHash Names = iota // the user name that it gives, or else the hash of its token
	Hash                    // the hash of its token
	User                    // the user name that it gives
)

// NameMax bounds the name of a client, in bytes.
const NameMax = 128

// Reasons to refuse a client, the first two in the words of the reference.
const (
	noUser      btplink.Refusal = "auth_username subprotocol is required"
	userRefused btplink.Refusal = "auth_username subprotocol is not available"
	badName     btplink.Refusal = "auth_username must be one segment of an ILP address: letters, digits, _, ~ and -, at most 128"
	notAllowed  btplink.Refusal = "auth_username is not allowed here"
	wrongToken  btplink.Refusal = "incorrect token for account."
	notListed   btplink.Refusal = "account is not known here"
	tooMany     btplink.Refusal = "too many accounts"
	stopping    btplink.Refusal = "connector is shutting down"

	blocked      btplink.Refusal = "account is blocked"
	beingRemoved btplink.Refusal = "account is being removed"
)

// HashName returns the name of a client that gives none: base64url of the SHA-256 of its token.
func HashName(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// name returns the name of the client that logs in.
func (s *Server) name(l btplink.Login) (string, error) {
	name := l.User
	switch {
	case s.opts.Names == User && name == "":
		return "", noUser
	case s.opts.Names == Hash && name != "" && name != HashName(l.Token):
		return "", userRefused
	case name == "":
		name = HashName(l.Token)
	}
	if len(name) > NameMax || strings.Contains(name, ".") || !ilp.ValidSegments(name) {
		return "", badName
	}
	if s.opts.NameAllowed != nil && !s.opts.NameAllowed(name) {
		return "", notAllowed
	}
	return name, nil
}

// login returns the link of the client that has sent its first message. The client is one of
// ours once its token was checked, and not before.
func (s *Server) login(l btplink.Login) (*btplink.Link, error) {
	name, err := s.name(l)
	if err != nil {
		return nil, err
	}
	if err := s.tokens.check(name, l.Token, s.mayBegin); err != nil {
		var refused btplink.Refusal
		if errors.As(err, &refused) {
			return nil, err
		}
		if pass, _ := s.unstored.Pass(1); pass {
			s.log.Error("the token of a new client cannot be stored, so it is refused", "client", name, "error", err)
		}
		return nil, err
	}
	return s.open(name, l)
}

// mayBegin returns why a client may not be known from now on, nil if it may.
func (s *Server) mayBegin(name string) error {
	switch {
	case s.opts.Listed:
		return notListed
	case s.accounts != nil:
		return s.accounts.New(name)
	}
	return nil
}

// confirm returns why a client that was let in must go again: an operator may have blocked or
// removed it, or taken its token, since login has looked.
func (s *Server) confirm(l btplink.Login) error {
	name, err := s.name(l)
	if err == nil {
		err = s.tokens.still(name, l.Token)
	}
	if err != nil {
		return btplink.Ending(err.Error())
	}
	return nil
}

// open returns the link of a client, made anew if it has not been there lately. The client is
// still to be let in: one that is removed gets no account again.
func (s *Server) open(name string, l btplink.Login) (*btplink.Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.tokens.still(name, l.Token); err != nil {
		return nil, err
	}
	if c := s.clients[name]; c != nil {
		c.login.Store(time.Now().UnixNano())
		return c.link, nil
	}
	c := &client{link: btplink.NewClient(name, s.log)}
	var account Client
	if s.accounts == nil {
		account.Handler = &shared{s, name}
	} else {
		var err error
		if account, err = s.accounts.Open(name, c.link); err != nil {
			return nil, err
		}
	}
	c.link.Begin(account.Handler, account.Changed, func(p *link.Panic) { s.failed(name, c, account.Failed, p) })
	c.login.Store(time.Now().UnixNano())
	s.clients[name] = c
	return c.link, nil
}

// failed forgets a client whose link has panicked. It may come again, with a new link.
func (s *Server) failed(name string, c *client, tell func(*link.Panic), p *link.Panic) {
	s.log.Error("code of the link of a client has panicked; its connections are closed", "client", name,
		"panic", p.Error(), "stack", string(p.Stack))
	if tell != nil {
		tell(p)
	}
	go func() { // the panic may have been under our lock
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.clients[name] == c {
			delete(s.clients, name)
		}
	}()
}

// Times of the sweep: a client without a connection, and without a request that waits for an
// answer, is forgotten when its last login is so long ago. Its token stays.
const (
	sweepEvery = 10 * time.Second
	idleMin    = time.Minute
)

// sweep forgets the clients that are gone, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.forgetIdle(time.Now())
	}
}

// forgetIdle forgets the clients that are gone as of now.
func (s *Server) forgetIdle(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.clients {
		if now.UnixNano()-c.login.Load() < int64(idleMin) || !c.link.Idle() {
			continue
		}
		if s.accounts == nil || s.accounts.Close(name) {
			delete(s.clients, name)
			c.link.End()
		}
	}
}

// shared takes the packets of a client that has no account of its own.
type shared struct {
	server *Server
	name   string
}

// HandlePrepare hands a packet to the account. The client is told its own address, and has
// nothing to say about settlements, which are those of the account.
func (c *shared) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	if prepare.Fault() == nil {
		switch destination := prepare.Destination(); {
		case string(destination) == ildcp.Destination:
			up = &configured{up, c.name}
		case bytes.HasPrefix(destination, settlePrefix):
			reject := ilp.Reject{
				Code: ilp.F02, TriggeredBy: strings.TrimSuffix(c.server.prefix(), "."),
				Message: "no route found. source=" + c.name + " destination=" + string(destination),
			}
			if reply, err := ilp.ParseReply(reject.Append(nil)); err == nil {
				up.WriteReply(prepare.Reply(reply))
				return
			}
		}
	}
	c.server.handler.HandlePrepare(up, prepare)
}

// settlePrefix begins the destinations of messages between settlement engines.
var settlePrefix = []byte(ilp.PeerPrefix + "settle")

// HandleUnmatched passes an answer on that no request of the client waits for.
func (c *shared) HandleUnmatched(reply ilp.Reply) {
	if u, ok := c.server.handler.(link.Unmatched); ok {
		u.HandleUnmatched(reply)
	}
}

// HandlePanic passes on a panic of another link.
func (c *shared) HandlePanic(cause any) {
	if h, ok := c.server.handler.(link.PanicHandler); ok {
		h.HandlePanic(cause)
	}
}

// configured is a client that has asked for its address (RFC 31). The account is told its own,
// and the client's is below that.
type configured struct {
	up   ilp.ReplyWriter
	name string
}

// WriteReply answers with the address of the client.
func (c *configured) WriteReply(reply ilp.Reply) { c.up.WriteReply(ildcp.Below(reply, c.name)) }

var (
	_ link.Unmatched    = (*shared)(nil)
	_ link.PanicHandler = (*shared)(nil)
	_ ilp.Handler       = (*Server)(nil)
)

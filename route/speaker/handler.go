package speaker

import (
	"errors"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// Destinations is the pattern of the addresses that a Speaker answers to, as engine.LocalAt
// takes it.
const Destinations = ilp.PeerPrefix + "route*"

// For returns the handler of an account's requests.
func (s *Speaker) For(a *account.Account) ilp.Handler { return &handler{s, a.ID} }

// handler takes the requests of one account.
type handler struct {
	speaker *Speaker
	account string
}

// HandlePrepare puts a request into the inbox. It does not wait for the answer.
func (h *handler) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	e := event{up: up}
	if n, ok := h.speaker.byAccount.Load(h.account); ok {
		e.neighbor = n.(*neighbor)
	}
	err := e.read(&prepare)
	if err == nil && e.neighbor == nil {
		err = e.fromNonPeer()
	}
	if err == nil && e.neighbor.queued.Add(1) > queuedMax {
		e.neighbor.queued.Add(-1)
		ilp.Refuse(up, &prepare, ilp.T05, "too many requests, throttling.")
		return
	}
	if err != nil {
		reply(up, prepare.Batch, err)
		return
	}
	h.speaker.inbox.put(e)
}

// read copies the request out of a packet.
func (e *event) read(prepare *ilp.Prepare) error {
	now := prepare.Batch.Time().Millis()
	switch string(prepare.Destination()) {
	case ccp.ControlDestination:
		c, err := ccp.ParseRouteControl(prepare, now)
		e.control = &c
		return err
	case ccp.UpdateDestination:
		u, err := ccp.ParseRouteUpdate(prepare, now)
		e.update = &u
		return err
	}
	return errors.New("unrecognized ccp message. destination=" + string(prepare.Destination()))
}

// fromNonPeer returns the reference's error for an account that is not a neighbor.
func (e *event) fromNonPeer() error {
	if e.control != nil {
		return controlFromNonPeer
	}
	return updateFromNonPeer
}

var _ ilp.Handler = (*handler)(nil)

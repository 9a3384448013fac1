package speaker

import (
	"errors"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// Destinations is the addresses that a Speaker answers to, as engine.LocalAt has them.
const Destinations = ilp.PeerPrefix + "route*"

// For is the speaker as an account sees it.
func (s *Speaker) For(a *account.Account) ilp.Handler { return &host{s, a.ID} }

// host takes the requests of one account.
type host struct {
	speaker *Speaker
	account string
}

// HandlePrepare reads a request and has it done. It does not wait for that.
func (h *host) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	e := event{up: up}
	if n, ok := h.speaker.known.Load(h.account); ok {
		e.neighbor = n.(*neighbor)
	}
	err := e.read(&prepare)
	if err == nil && e.neighbor == nil {
		err = e.stranger()
	}
	if err == nil && e.neighbor.queued.Add(1) > queuedMax {
		e.neighbor.queued.Add(-1)
		r := ilp.Fail(ilp.T05, "too many requests, throttling.")
		r.Batch = prepare.Batch
		up.WriteReply(r)
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
	at := prepare.Batch.Now()
	if at.None() {
		at = clock.Now()
	}
	now := at.Millis()
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

// stranger is the error for one that is no neighbor, in the words of the reference.
func (e *event) stranger() error {
	if e.control != nil {
		return controlOfStranger
	}
	return updateOfStranger
}

var _ ilp.Handler = (*host)(nil)

package middleware

import (
	"errors"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
)

// Pongs knows the conditions of pings that we sent ourselves.
type Pongs interface {
	// Fulfillment is the preimage of the condition of one of our pings that has
	// come back. It does not block.
	Fulfillment(condition []byte) (preimage [ilp.ConditionBytes]byte, ok bool)
}

// causeEcho is the cause of refusing what comes to our own address and is no ping or pong.
const causeEcho engine.Reason = "echo"

// echoes answers packets for our own address: a ping goes on as a pong of the
// same amount and condition to the address it names, and who sent the ping can
// fulfill it. A pong for one of our own pings is fulfilled.
type echoes struct{ pongs Pongs }

// Prepare turns a ping around. It is also where malformed packets end: behind it
// they are not counted.
func (e *echoes) Prepare(p *engine.Packet) engine.Verdict {
	if fault := p.Fault(); fault != nil {
		return e.malformed(p, fault)
	}
	prepare := p.Prepare()
	if string(prepare.Destination()) != p.Address() {
		return engine.Pass
	}
	message, err := echo.Parse(prepare.Data())
	var short echo.LengthError
	switch {
	case errors.As(err, &short), errors.Is(err, echo.ErrPrefix):
		return p.RefuseFor(causeEcho, ilp.Failure{Code: ilp.F01, Message: err.Error()})
	case errors.Is(err, ilp.ErrDestination): // that of the pong: it is found out behind the counters
		p.Spoil(err)
	case err != nil:
		return p.RefuseFor(causeEcho, ilp.Failure{Code: ilp.F00, Message: err.Error()})
	case message.Response:
		return e.pong(p)
	default:
		if err := p.Rewrite(string(message.Source), echo.AppendResponse(nil)); err != nil {
			p.Spoil(err)
		}
	}
	return engine.Pass
}

// malformed refuses what is no Prepare because of its bytes. Packets of another
// type and the like the engine refuses, behind the counters.
func (e *echoes) malformed(p *engine.Packet, fault error) engine.Verdict {
	if ilp.Unparseable(fault) {
		return p.RefuseFor(engine.CauseMalformed, engine.Malformed(fault))
	}
	return engine.Pass
}

// pong fulfills a ping of ours that has come back.
func (e *echoes) pong(p *engine.Packet) engine.Verdict {
	if e.pongs != nil {
		if preimage, ours := e.pongs.Fulfillment(p.Prepare().Condition()); ours {
			return p.Fulfill(preimage)
		}
	}
	return p.RefuseFor(causeEcho, ilp.Failure{Code: ilp.F01, Message: "unexpected ping response."})
}

// Reply passes.
func (e *echoes) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

var _ engine.Middleware = (*echoes)(nil)

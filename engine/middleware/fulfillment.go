package middleware

import (
	"crypto/sha256"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// causeWrongFulfillment is the cause of refusing the answer of an account.
const causeWrongFulfillment engine.Reason = "wrong_fulfillment"

// validateFulfillment makes sure that what we are to pay for is the preimage of
// the condition (RFC 27, "ILP Fulfill"): only with it are we paid in turn.
func validateFulfillment(p *engine.Packet) engine.Verdict {
	reply := p.Reply()
	if reply.Fulfilled() && sha256.Sum256(reply.Fulfillment()) != *p.Condition() {
		return p.RefuseFor(causeWrongFulfillment, ilp.Failure{Code: ilp.F05, Message: "fulfillment did not match expected value."})
	}
	return engine.Pass
}

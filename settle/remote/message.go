package remote

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/settle"
)

// Destination is the address of messages between engines (RFC 38, "Exchanging
// messages").
const Destination = ilp.PeerPrefix + "settle"

// message sends a message of our engine to the peer's engine, and returns the answer (RFC
// 38, "Send outgoing message").
//
// The message travels in a Prepare of amount 0, with the condition of all protocols between
// neighbors, as in interledger-rs. (The condition in the RFC is the digest of nothing, and
// the fulfillment in the RFC does not match it.)
func (a *Accounting) message(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if a.Engines.Find(id) == nil {
		http.Error(w, engineText, http.StatusNotFound)
		return
	}
	body, status, err := bodyOf(w, r, messageMax)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	link := a.Link(id)
	if link == nil {
		http.Error(w, "the peer is not connected", http.StatusBadGateway)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeoutDefault)
	defer cancel()
	reply, err := carry(ctx, link, body)
	switch {
	case err != nil:
		http.Error(w, "the peer does not answer", http.StatusGatewayTimeout)
	case reply.Fulfilled():
		write(w, http.StatusCreated, reply.Data())
	case len(reply.Data()) > 0: // from the peer's engine
		write(w, http.StatusBadGateway, reply.Data())
	default:
		said := fmt.Sprintf("the peer refuses: %s %s", reply.Code(), reply.Message())
		http.Error(w, settle.Printable(said, reasonMax), http.StatusBadGateway)
	}
}

// carry sends a message over a link and waits for the reply. The packet expires when ctx
// ends.
func carry(ctx context.Context, link ilp.Handler, message []byte) (ilp.Reply, error) {
	expiry, _ := ctx.Deadline()
	return ilp.Call(ctx, link, ilp.Draft{
		Expiry: expiry.UnixMilli(), Condition: ilp.PeerCondition, Destination: Destination, Data: message,
	})
}

func write(w http.ResponseWriter, status int, message []byte) {
	w.Header().Set("Content-Type", octetsType)
	w.WriteHeader(status)
	_, _ = w.Write(message)
}

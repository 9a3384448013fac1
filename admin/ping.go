package admin

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// pingTimeout bounds a ping. The connector has a shorter timeout of its own.
const pingTimeout = 15 * time.Second

// Pong is POST /ping {destination}: the time that the packet took there and back.
type Pong struct {
	Destination string  `json:"destination"`
	RTT         float64 `json:"rttMs"` // milliseconds
}

// PingRejected is POST /ping with status 502: a connector rejected the packet. A remote
// party wrote all fields but Destination.
type PingRejected struct {
	Destination string `json:"destination"`
	Code        string `json:"code"`
	TriggeredBy string `json:"triggeredBy"`
	Message     string `json:"message"`
}

func (api *API) postPing(w http.ResponseWriter, r *request) error {
	destination, ok := stringOf(r.object()["destination"])
	if !ok || destination == "" {
		return errorf(http.StatusBadRequest, `the body needs the "destination", an ILP address`)
	}
	ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
	defer cancel()
	rtt, err := api.node.Ping(ctx, destination)
	var no Rejected
	switch {
	case errors.As(err, &no):
		code, triggeredBy, message := no.Reject()
		return writeJSON(w, http.StatusBadGateway, PingRejected{destination, code, triggeredBy, message})
	case errors.Is(err, context.DeadlineExceeded):
		return errorf(http.StatusGatewayTimeout, "no answer from %s within %s", destination, pingTimeout)
	case err != nil:
		return err
	}
	return writeJSON(w, http.StatusOK, Pong{destination, float64(rtt.Microseconds()) / 1000})
}

package admin

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// pingTimeout is how long a ping may take, whatever the connector thinks of it.
const pingTimeout = 15 * time.Second

// Pong is POST /ping {destination}: how long the way there and back took.
type Pong struct {
	Destination string  `json:"destination"`
	RTT         float64 `json:"rttMs"` // milliseconds
}

// PingRejected is POST /ping with status 502: somebody on the way said no. All of
// it is what a remote party wrote.
type PingRejected struct {
	Destination string `json:"destination"`
	Code        string `json:"code"`
	TriggeredBy string `json:"triggeredBy"`
	Message     string `json:"message"`
}

func (api *API) postPing(w http.ResponseWriter, r *request) error {
	destination, ok := text(r.fields()["destination"])
	if !ok || destination == "" {
		return refusal(http.StatusBadRequest, `the body needs the "destination", an ILP address`)
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
		return refusal(http.StatusGatewayTimeout, "no answer from %s within %s", destination, pingTimeout)
	case err != nil:
		return err
	}
	return writeJSON(w, http.StatusOK, Pong{destination, float64(rtt.Microseconds()) / 1000})
}

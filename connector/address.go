package connector

import (
	"context"
	"errors"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// ildcpTimeout is how long a parent may take to tell us our address.
const ildcpTimeout = 10 * time.Second

// errNoAnswer says that a parent did not answer in time.
var errNoAnswer = errors.New("no answer")

// inherit asks the parent for our address until it answers (RFC 31). A parent that
// is down, or refuses, is asked again: it does not stop the connector.
func (c *Connector) inherit(ctx context.Context, parent *member) error {
	backoff := clock.NewBackoff()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-parent.link.Ready():
	}
	for {
		response, err := fetch(ctx, neighbor{c, parent})
		if err == nil {
			c.log.Info("address inherited", "account", parent.account.ID, "address", response.ClientAddress)
			c.engine.SetAddress(response.ClientAddress)
			return nil
		}
		wait := backoff.Next()
		c.log.Warn("parent has not told us our address", "account", parent.account.ID, "error", err, "retryIn", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// fetch asks once. It waits for the answer.
func fetch(ctx context.Context, parent ilp.Handler) (ildcp.Response, error) {
	asking, cancel := context.WithTimeoutCause(ctx, ildcpTimeout, errNoAnswer)
	defer cancel()
	reply, err := ilp.Call(asking, parent, ildcp.Request(time.Now().Add(ildcpTimeout).UnixMilli()))
	if asking.Err() != nil && err != nil {
		return ildcp.Response{}, context.Cause(asking)
	}
	if err != nil {
		return ildcp.Response{}, err
	}
	return ildcp.ParseResponse(reply)
}

package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// ildcpTimeout is how long a parent may take to tell us our address.
const ildcpTimeout = 10 * time.Second

// errNoAnswer says that a parent did not answer in time.
var errNoAnswer = errors.New("no answer")

// inherit waits until the parent has told us our address (RFC 31). A parent that is down,
// refuses, or has another asset than our account is asked again and again.
func (c *Connector) inherit(ctx context.Context, parent *member) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-parent.check.known:
		return nil
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

// adopt makes an address that the parent has given ours. It is asked for again with each
// new connection, but stays the same until a restart: children, routes and packets under
// way depend on it.
func (c *Connector) adopt(parent, address string) {
	now := time.Now()
	switch own := c.Address(); own {
	case address:
		c.alerts.Resolve(now, parent, kindAddressChanged)
		return
	case "":
	default:
		c.log.Warn("the parent gives us another address now, which takes a restart", "account", parent, "address", own, "given", address)
		c.alerts.RaiseKind(now, parent, kindAddressChanged, fmt.Sprintf(alertAddressChanged, address, own))
		return
	}
	c.alerts.Resolve(now, parent, kindAddressChanged) // of the last run
	c.log.Info("address inherited", "account", parent, "address", address)
	if w, outside := c.cfg.AddressWarning(address); outside {
		c.log.Warn("configuration", "warning", w.String())
		c.alerts.RaiseKind(now, parent, kindAddressOutside, fmt.Sprintf(alertAddressOutside, address, w))
	} else {
		c.alerts.Resolve(now, parent, kindAddressOutside) // of the last run
	}
	c.engine.SetAddress(address)
}

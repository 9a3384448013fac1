package ccp

import (
	"encoding/binary"
	"slices"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// RouteUpdate holds the changes of the speaker's routing table after one epoch, up to
// another. Without routes it says that the speaker is alive.
type RouteUpdate struct {
	RoutingTableID [16]byte
	CurrentEpoch   uint32 // of the speaker's table
	FromEpoch      uint32 // the receiver must have seen this one
	ToEpoch        uint32 // and has seen this one afterwards
	HoldDownTime   uint32 // how long the routes stay valid without another update, in milliseconds
	Speaker        string // the address of the sender
	NewRoutes      []Route
	// WithdrawnRoutes lists the prefixes that the speaker does not reach any more.
	WithdrawnRoutes []string
	// Faults is the number of entries that ParseRouteUpdate has left out.
	Faults int
}

// ParseRouteUpdate parses the request in prepare at the given time in Unix milliseconds.
// The result shares no bytes with prepare. Each string has its own memory, so that a kept
// route does not keep the memory of the others. But equal hops share one string.
//
// If a part of the update cannot be read, ParseRouteUpdate refuses all of it. An entry
// that can be read may still be wrong: its prefix or a hop is no address, or its path has
// more than PathLenMax hops. Such an entry is left out and counted in Faults. If its prefix
// is valid, the prefix is in WithdrawnRoutes, since the former route does not hold any more
// (RFC 7606 does the same for BGP). To refuse the whole update would cut us off from all
// routes of a neighbor that passes on a bad one, as the neighbor sends the same again.
func ParseRouteUpdate(prepare *ilp.Prepare, nowMs int64) (RouteUpdate, error) {
	if err := checkRequest(prepare, nowMs, UpdateDestination, ErrNotUpdate, ErrUpdateExpired); err != nil {
		return RouteUpdate{}, err
	}
	body := cursor{rest: prepare.Data()}
	u := body.updateHead()
	if err := body.checkUpdate(); err != nil {
		return RouteUpdate{}, err
	}
	body.keepUpdate(&u)
	return u, nil
}

// updateHead reads the fields of fixed length.
func (c *cursor) updateHead() (u RouteUpdate) {
	c.into(u.RoutingTableID[:])
	for _, field := range []*uint32{&u.CurrentEpoch, &u.FromEpoch, &u.ToEpoch, &u.HoldDownTime} {
		*field = uint32(c.uint(4))
	}
	return u
}

// checkUpdate returns the first fault so far, or from the speaker on. It does not move the
// cursor.
func (c cursor) checkUpdate() error {
	if !ilp.ValidAddress(c.octets()) {
		c.fail(ErrSpeaker)
	}
	for range c.routes() {
		c.checkRoute()
	}
	for range c.withdrawn() {
		c.octets()
	}
	return c.err
}

// keepUpdate copies everything from the speaker on, which has been checked.
func (c *cursor) keepUpdate(u *RouteUpdate) {
	var hops names
	u.Speaker = hops.name(c.octets())
	n := c.routes()
	u.NewRoutes = slices.Grow(u.NewRoutes, n)
	for range n {
		start := *c
		if prefix, sound := c.checkRoute(); sound {
			u.NewRoutes = append(u.NewRoutes, start.keepRoute(&hops))
		} else {
			u.fault(prefix)
		}
	}
	n = c.withdrawn()
	u.WithdrawnRoutes = slices.Grow(u.WithdrawnRoutes, n)
	for range n {
		if prefix := c.octets(); ilp.ValidPrefix(prefix) {
			u.WithdrawnRoutes = append(u.WithdrawnRoutes, string(prefix))
		} else {
			u.Faults++
		}
	}
}

// fault counts a route to prefix that is left out.
func (u *RouteUpdate) fault(prefix []byte) {
	u.Faults++
	if ilp.ValidPrefix(prefix) {
		u.WithdrawnRoutes = append(u.WithdrawnRoutes, string(prefix))
	}
}

// routes reads the number of new routes.
func (c *cursor) routes() int {
	return c.count(RoutesMax, routeBytesMin, LimitError("routes"))
}

// withdrawn reads the number of withdrawn prefixes.
func (c *cursor) withdrawn() int {
	return c.count(WithdrawnMax, prefixBytesMin, LimitError("withdrawn routes"))
}

// Append appends the request: a Prepare that expires at the given time in Unix
// milliseconds.
func (u *RouteUpdate) Append(b []byte, expiryMs int64) []byte {
	return wrap(u.AppendData(b), len(b), UpdateDestination, expiryMs)
}

// AppendData appends the data of the request.
func (u *RouteUpdate) AppendData(b []byte) []byte {
	b = append(b, u.RoutingTableID[:]...)
	b = binary.BigEndian.AppendUint32(b, u.CurrentEpoch)
	b = binary.BigEndian.AppendUint32(b, u.FromEpoch)
	b = binary.BigEndian.AppendUint32(b, u.ToEpoch)
	b = binary.BigEndian.AppendUint32(b, u.HoldDownTime)
	b = oer.AppendOctets(b, u.Speaker)
	b = oer.AppendUint(b, uint64(len(u.NewRoutes)))
	for i := range u.NewRoutes {
		b = u.NewRoutes[i].appendData(b)
	}
	b = oer.AppendUint(b, uint64(len(u.WithdrawnRoutes)))
	for _, prefix := range u.WithdrawnRoutes {
		b = oer.AppendOctets(b, prefix)
	}
	return b
}

// Size returns the number of bytes that AppendData appends, to compare with DataBytesMax.
func (u *RouteUpdate) Size() int {
	const headBytes = 16 + 4*4
	n := headBytes + oer.OctetsSize(len(u.Speaker))
	n += countSize(len(u.NewRoutes))
	for i := range u.NewRoutes {
		n += u.NewRoutes[i].size()
	}
	n += countSize(len(u.WithdrawnRoutes))
	for _, prefix := range u.WithdrawnRoutes {
		n += oer.OctetsSize(len(prefix))
	}
	return n
}

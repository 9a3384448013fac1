package ccp

import (
	"encoding/binary"
	"slices"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// RouteUpdate is what changed in the speaker's routing table after one epoch up
// to another. Without routes it says that the speaker is alive.
type RouteUpdate struct {
	RoutingTableID [16]byte
	CurrentEpoch   uint32 // of the speaker's table
	FromEpoch      uint32 // the receiver must have seen this one
	ToEpoch        uint32 // and has seen this one afterwards
	HoldDownTime   uint32 // milliseconds the routes stay good without another update
	Speaker        string // the address of the sender
	NewRoutes      []Route
	// WithdrawnRoutes are the prefixes that the speaker reaches no more.
	WithdrawnRoutes []string
	// Faults is how many entries were left out by ParseRouteUpdate.
	Faults int
}

// ParseRouteUpdate reads the request in prepare at the given time in Unix
// milliseconds. It copies what it keeps: each string has its own memory, so that a
// route which is kept does not keep the others, but equal hops are one string.
//
// What cannot be read is refused as a whole. An entry that can be read but not
// believed, because a prefix or a hop is no address or a path has more than
// PathLenMax hops, is left out and counted in Faults; the prefix of such a route, if
// it is one, is in WithdrawnRoutes, since what was said of it before does not hold any
// more (RFC 7606 does so for BGP). To refuse the whole update would cut us off from all
// routes of a neighbor that passes on one bad one, as it sends the same again.
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

// updateHead reads the part of fixed length.
func (c *cursor) updateHead() (u RouteUpdate) {
	c.into(u.RoutingTableID[:])
	for _, field := range []*uint32{&u.CurrentEpoch, &u.FromEpoch, &u.ToEpoch, &u.HoldDownTime} {
		*field = uint32(c.uint(4))
	}
	return u
}

// checkUpdate finds the first fault so far or from the speaker on. It leaves the
// cursor where it is.
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

// keepUpdate copies everything from the speaker on. It has been checked.
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
		if prefix := c.octets(); validPrefix(prefix) {
			u.WithdrawnRoutes = append(u.WithdrawnRoutes, string(prefix))
		} else {
			u.Faults++
		}
	}
}

// fault leaves out a route to prefix.
func (u *RouteUpdate) fault(prefix []byte) {
	u.Faults++
	if validPrefix(prefix) {
		u.WithdrawnRoutes = append(u.WithdrawnRoutes, string(prefix))
	}
}

// routes reads how many new routes follow.
func (c *cursor) routes() int {
	return c.count(RoutesMax, routeBytesMin, LimitError("routes"))
}

// withdrawn reads how many withdrawn prefixes follow.
func (c *cursor) withdrawn() int {
	return c.count(WithdrawnMax, prefixBytesMin, LimitError("withdrawn routes"))
}

// Append appends the request, a Prepare, that expires at the given time in Unix
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

// Size is the number of bytes that AppendData appends, to compare with
// DataBytesMax.
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

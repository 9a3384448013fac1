package ccp

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// Route is a route to the addresses under a prefix.
type Route struct {
	Prefix string
	// Path lists the connectors on the way, the speaker first.
	Path []string
	// Auth is a hash chain. The owner of the prefix begins it, and each hop hashes
	// it once more.
	Auth  [authBytes]byte
	Props []Prop
}

// Prop is a property of a route. None are defined. The flags say what a connector does with
// a property that it does not know.
type Prop struct {
	IsOptional   bool
	IsTransitive bool // written as true if the prop is not optional
	IsPartial    bool // written as false if the prop is not both of the above
	IsUTF8       bool // whether Value is text
	ID           uint16
	Value        []byte
}

// Flags of a prop. The other bits are ignored.
const (
	flagOptional   = 0x80
	flagTransitive = 0x40
	flagPartial    = 0x20
	flagUTF8       = 0x10
)

const authBytes = 32

// The smallest sizes on the wire, in bytes.
const (
	prefixBytesMin = 1 // length, as a prefix may be anything
	hopBytesMin    = 1 // length, as a hop may be anything
	propBytesMin   = 1 + 2 + 1
	routeBytesMin  = prefixBytesMin + countBytesMin + authBytes + countBytesMin
)

// checkRoute reads a route, and fails if it cannot be read. sound says whether the route
// can be believed.
func (c *cursor) checkRoute() (prefix []byte, sound bool) {
	prefix = c.octets()
	sound = ilp.ValidPrefix(prefix)
	hops := c.path()
	sound = sound && hops <= PathLenMax
	for range hops {
		sound = ilp.ValidAddress(c.octets()) && sound
	}
	c.fixed(authBytes)
	for range c.props() {
		flags := c.uint(1)
		c.fixed(2)
		if value := c.octets(); flags&flagUTF8 != 0 && !utf8.Valid(value) {
			c.fail(ErrText)
		}
	}
	return prefix, sound
}

// keepRoute copies a route that has been checked.
func (c *cursor) keepRoute(hops *names) (r Route) {
	r.Prefix = string(c.octets())
	n := c.path()
	r.Path = slices.Grow(r.Path, n)
	for range n {
		r.Path = append(r.Path, hops.name(c.octets()))
	}
	c.into(r.Auth[:])
	n = c.props()
	r.Props = slices.Grow(r.Props, n)
	for range n {
		r.Props = append(r.Props, c.keepProp())
	}
	return r
}

// keepProp copies a prop that has been checked.
func (c *cursor) keepProp() Prop {
	flags := c.uint(1)
	return Prop{
		IsOptional:   flags&flagOptional != 0,
		IsTransitive: flags&flagTransitive != 0,
		IsPartial:    flags&flagPartial != 0,
		IsUTF8:       flags&flagUTF8 != 0,
		ID:           uint16(c.uint(2)),
		Value:        bytes.Clone(c.octets()),
	}
}

// path reads the number of hops. Only the remaining bytes bound it: a path that is too long
// is a fault of its own route, not of the message.
func (c *cursor) path() int { return c.count(DataBytesMax, hopBytesMin, ErrCount) }

// props reads the number of props.
func (c *cursor) props() int { return c.count(PropsMax, propBytesMin, LimitError("props")) }

// appendData appends the route as it is in an update.
func (r *Route) appendData(b []byte) []byte {
	b = oer.AppendOctets(b, r.Prefix)
	b = oer.AppendUint(b, uint64(len(r.Path)))
	for _, hop := range r.Path {
		b = oer.AppendOctets(b, hop)
	}
	b = append(b, r.Auth[:]...)
	b = oer.AppendUint(b, uint64(len(r.Props)))
	for i := range r.Props {
		p := &r.Props[i]
		b = append(b, p.flags())
		b = binary.BigEndian.AppendUint16(b, p.ID)
		b = oer.AppendOctets(b, p.Value)
	}
	return b
}

// flags returns the flags as the reference writes them. A prop that all connectors must
// know is always transitive. A prop can be partial only if a connector that does not know
// it has passed it on.
func (p *Prop) flags() (flags byte) {
	switch {
	case !p.IsOptional:
		flags = flagTransitive
	case !p.IsTransitive:
		flags = flagOptional
	case !p.IsPartial:
		flags = flagOptional | flagTransitive
	default:
		flags = flagOptional | flagTransitive | flagPartial
	}
	if p.IsUTF8 {
		flags |= flagUTF8
	}
	return flags
}

// size returns the number of bytes that appendData appends.
func (r *Route) size() int {
	n := oer.OctetsSize(len(r.Prefix)) + countSize(len(r.Path))
	for _, hop := range r.Path {
		n += oer.OctetsSize(len(hop))
	}
	n += authBytes + countSize(len(r.Props))
	for i := range r.Props {
		n += propBytesMin - 1 + oer.OctetsSize(len(r.Props[i].Value))
	}
	return n
}

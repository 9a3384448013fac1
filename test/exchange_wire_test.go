package test

import (
	"encoding/binary"
	"slices"
)

// The data of the messages by which connectors exchange routes, laid out as the npm ilp-protocol-ccp does it and
// written by hand, because some of it must be wrong. Table ids are 16 bytes in hex.

// The modes of a route control.
const (
	modeIdle = 0
	modeSync = 1
)

// noTable is the id of no table.
const noTable = "00000000000000000000000000000000"

// controlMessage asks for routes, or for none any more.
type controlMessage struct {
	mode     byte
	table    string
	epoch    uint32
	features []string
}

func (m controlMessage) data() []byte {
	b := append([]byte{m.mode}, unhex(m.table)...)
	b = binary.BigEndian.AppendUint32(b, m.epoch)
	b = append(b, varUint(len(m.features))...)
	for _, f := range m.features {
		b = append(b, octetString([]byte(f))...)
	}
	return b
}

func readControl(data []byte) (m controlMessage, ok bool) {
	c := &cursor{rest: data}
	m.mode = c.take(1)[0]
	m.table = hexOf(c.take(16))
	m.epoch = c.uint32()
	for range c.varUint() {
		m.features = append(m.features, string(c.octetString()))
	}
	return m, !c.failed && len(c.rest) == 0
}

// updateMessage tells routes.
type updateMessage struct {
	table             string
	current, from, to uint32
	hold              uint32 // milliseconds
	speaker           string
	announced         []announcement
	withdrawn         []string
}

// announcement is a route as it is told.
type announcement struct {
	prefix string
	path   []string
	auth   []byte
	props  []byte // with their count; none if empty
}

func (m updateMessage) data() []byte {
	b := unhex(m.table)
	for _, n := range []uint32{m.current, m.from, m.to, m.hold} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	b = append(b, octetString([]byte(m.speaker))...)
	b = append(b, varUint(len(m.announced))...)
	for _, a := range m.announced {
		b = slices.Concat(b, octetString([]byte(a.prefix)), varUint(len(a.path)))
		for _, hop := range a.path {
			b = append(b, octetString([]byte(hop))...)
		}
		b = append(b, a.auth...)
		if a.props == nil {
			a.props = varUint(0)
		}
		b = append(b, a.props...)
	}
	b = append(b, varUint(len(m.withdrawn))...)
	for _, prefix := range m.withdrawn {
		b = append(b, octetString([]byte(prefix))...)
	}
	return b
}

func readUpdate(data []byte) (m updateMessage, ok bool) {
	c := &cursor{rest: data}
	m.table = hexOf(c.take(16))
	for _, n := range []*uint32{&m.current, &m.from, &m.to, &m.hold} {
		*n = c.uint32()
	}
	m.speaker = string(c.octetString())
	for range c.varUint() {
		a := announcement{prefix: string(c.octetString())}
		for range c.varUint() {
			a.path = append(a.path, string(c.octetString()))
		}
		a.auth = c.take(32)
		if c.varUint() > 0 {
			c.failed = true // nobody writes any
		}
		m.announced = append(m.announced, a)
	}
	for range c.varUint() {
		m.withdrawn = append(m.withdrawn, string(c.octetString()))
	}
	return m, !c.failed && len(c.rest) == 0
}

// varUint is a number in the fewest bytes, with their count in front.
func varUint(n int) []byte {
	octets := lengthOctets(n)
	return append([]byte{byte(octets)}, longLength(n, octets)[1:]...)
}

// varUint reads such a number, 0 if there are not that many bytes left, as each entry has one at least.
func (c *cursor) varUint() (n int) {
	for _, octet := range c.take(int(c.take(1)[0])) {
		n = n<<8 | int(octet)
	}
	if n > len(c.rest) {
		c.failed = true
		return 0
	}
	return n
}

func (c *cursor) uint32() uint32 {
	if len(c.rest) < 4 {
		c.take(4)
		return 0
	}
	return binary.BigEndian.Uint32(c.take(4))
}

package test

import (
	"math/rand/v2"
	"slices"
	"strings"

	interledger "github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
)

// mallory is the account of the neighbor that lies, and her address.
const mallory, addressOfMallory = "mallory", "test.mallory"

// bogus makes route updates that mallory has no right to, or that are nonsense. None of them may lead anybody to
// use a route to her.
type bogus struct {
	random *rand.Rand
	kinds  []func() []byte
}

// newBogus is for the connector victim, which has a neighbor honest.
func newBogus(victim, honest string) *bogus {
	b := &bogus{random: rand.New(rand.NewPCG(3, 4))}
	claims := func(path string, prefixes ...string) func() []byte {
		return func() []byte {
			u := b.update(addressOfMallory+path, prefixes...)
			return u.AppendData(nil)
		}
	}
	epochs := func(from, to, current uint32) func() []byte {
		return func() []byte {
			u := b.update(addressOfMallory, "test.epochs")
			u.FromEpoch, u.ToEpoch, u.CurrentEpoch = from, to, current
			return u.AppendData(nil)
		}
	}
	speaks := func(speaker string) func() []byte {
		return func() []byte {
			u := b.update(speaker, "test.speaker", honest)
			u.Speaker = speaker
			return u.AppendData(nil)
		}
	}
	behind := func(bytes ...byte) func() []byte {
		return func() []byte {
			u := b.update("")
			head := u.AppendData(nil)
			return append(head[:len(head)-len("\x01\x00\x01\x00")], bytes...) // less the two counts
		}
	}
	route := []byte("\x01\x01\x09test.long") // one of them, its prefix
	b.kinds = []func() []byte{
		func() []byte { return noise(b.random, b.random.IntN(2000)) },
		func() []byte { return b.cut(claims("", "test.cut")()) },
		func() []byte { return b.spoil(claims(" "+victim, victim+".spoilt")()) },
		epochs(5, 4, 9), epochs(0, 9, 4), epochs(1, 0, 0), epochs(1<<31, 1<<32-1, 1<<32-1),
		behind(4, 0xff, 0xff, 0xff, 0xff),                               // as many routes as can be
		behind(slices.Concat(route, []byte{3, 0x10, 0, 0})...),          // a path of as many hops as a MiB has bytes
		behind(slices.Concat(route, []byte{1, 1, 0x83, 0x10, 0, 0})...), // a hop of a MiB
		behind(slices.Concat(route, []byte{1, 1, 0x88, 0x7f, 0, 0})...), // one whose length is cut off
		claims(strings.Repeat(" test.away", 900), "test.far"),
		claims("", victim, victim+".client", victim+".client.wallet", victim+".new"),
		claims("", "g", "g.evil", "private.evil", "testing.evil", "peer.config"),
		claims("", "test"),
		claims("", "", ".", "test.", "test..x", "test.x y", "test.\x00", "test.\u00e9"),
		claims(" "+victim, "test.through.us", honest),
		func() []byte { // a path that begins with somebody else
			u := b.update("test.somebody "+addressOfMallory, "test.other.speaker")
			return u.AppendData(nil)
		},
		claims(" test.away "+honest, honest), // which may be true, but is no better way
		speaks(victim), speaks(victim + ".client"), speaks(""), speaks("not an address"),
	}
	return b
}

// packet is the i-th of them; one in thirteen calls itself a route control.
func (b *bogus) packet(i int) []byte {
	d := interledger.Draft{
		Expiry: soon(), Condition: interledger.PeerCondition, Destination: ccp.UpdateDestination,
		Data: b.kinds[i%len(b.kinds)](),
	}
	if i%13 == 0 {
		d.Destination = ccp.ControlDestination
	}
	return d.Append(nil)
}

// update is the first of a table, so that its epochs are no reason to ignore it.
func (b *bogus) update(path string, prefixes ...string) ccp.RouteUpdate {
	u := ccp.RouteUpdate{CurrentEpoch: 1, ToEpoch: 1, HoldDownTime: 1 << 31, Speaker: addressOfMallory}
	copy(u.RoutingTableID[:], noise(b.random, len(u.RoutingTableID)))
	for _, prefix := range prefixes {
		u.NewRoutes = append(u.NewRoutes, ccp.Route{Prefix: prefix, Path: strings.Fields(path)})
	}
	return u
}

func (b *bogus) cut(data []byte) []byte { return data[:b.random.IntN(len(data))] }

func (b *bogus) spoil(data []byte) []byte {
	data[b.random.IntN(len(data))] ^= byte(1 + b.random.IntN(255))
	return data
}

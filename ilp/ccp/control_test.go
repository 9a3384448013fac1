package ccp

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
)

func plainControl() RouteControl {
	return RouteControl{Mode: Sync, LastKnownRoutingTableID: [16]byte{1, 2, 3}, LastKnownEpoch: 77, Features: []string{"a", "größe", ""}}
}

func TestRouteControlRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := RouteControl{
			Mode:                    rapid.SampledFrom([]Mode{Idle, Sync}).Draw(rt, "mode"),
			LastKnownRoutingTableID: drawID(rt),
			LastKnownEpoch:          rapid.Uint32().Draw(rt, "epoch"),
			Features:                many(rt, FeaturesMax, "features", func(rt *rapid.T) string { return rapid.StringN(0, 50, 200).Draw(rt, "feature") }),
		}
		packet := want.Append([]byte("before"), now)[len("before"):]
		p, err := ilp.ParsePrepare(packet)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := ParseRouteControl(&p, now)
		clear(packet) // what was parsed must not borrow it
		if err != nil || !equalControl(&got, &want) {
			rt.Fatalf("got %v, %v; want %v", got, err, want)
		}
	})
}

// TestRequestsArePeerPackets holds for both kinds: amount 0, the peer condition,
// the given expiry, and the data that AppendData writes.
func TestRequestsArePeerPackets(t *testing.T) {
	r, u := plainControl(), plainUpdate()
	for destination, c := range map[string]struct{ packet, data []byte }{
		"peer.route.control": {r.Append(nil, now), r.AppendData(nil)},
		"peer.route.update":  {u.Append(nil, now), u.AppendData(nil)},
	} {
		p, err := ilp.ParsePrepare(c.packet)
		if err != nil {
			t.Fatal(err)
		}
		if p.Amount() != 0 || p.Expiry() != now || string(p.Destination()) != destination ||
			!bytes.Equal(p.Condition(), ilp.PeerCondition[:]) || !bytes.Equal(p.Data(), c.data) || len(p.Bytes()) != len(c.packet) {
			t.Errorf("amount %d, expiry %d, destination %s, data %x", p.Amount(), p.Expiry(), p.Destination(), p.Data())
		}
	}
}

func TestMalformedPreparesAreNoRequests(t *testing.T) {
	p := ilp.Malformed(ilp.ErrShort, nil)
	if _, err := ParseRouteControl(&p, now); !errors.Is(err, ErrNotControl) {
		t.Errorf("control: %v", err)
	}
	if _, err := ParseRouteUpdate(&p, now); !errors.Is(err, ErrNotUpdate) {
		t.Errorf("update: %v", err)
	}
}

func TestRouteControlEveryProperPrefixIsRefused(t *testing.T) {
	r := plainControl()
	whole := r.AppendData(nil)
	for i := range whole {
		// What is left may be too short for the count of features.
		got, err := parseControl(t, whole[:i])
		if !errors.Is(err, ilp.ErrShort) && !errors.Is(err, ErrCount) || !equalControl(&got, &RouteControl{}) {
			t.Fatalf("a prefix of %d bytes gave %v, %v", i, got, err)
		}
	}
	if got, err := parseControl(t, append(whole, 1, 2)); err != nil || !equalControl(&got, &r) {
		t.Errorf("bytes afterwards: %v, %v", got, err)
	}
}

func TestRouteControlFaults(t *testing.T) {
	plain := RouteControl{}
	head := slices.Clip(plain.AppendData(nil)[:21])
	tooMany := RouteControl{Features: make([]string, FeaturesMax+1)}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"count of no bytes":  {append(head, 0), ErrCount},
		"count of 7 bytes":   {append(head, 7, 0, 0, 0, 0, 0, 0, 0), ErrCount},
		"count cut off":      {append(head, 2, 0), ilp.ErrShort},
		"count too high":     {append(head, 1, 2, 0), ErrCount},
		"feature cut off":    {append(head, 1, 1, 2, 'x'), ilp.ErrShort},
		"feature's length":   {append(head, 1, 1, 0x81, 1, 'x'), ilp.ErrLength},
		"not UTF-8":          {append(head, 1, 1, 1, 0xff), ErrText},
		"too many":           {tooMany.AppendData(nil), LimitError("features")},
		"the first of two":   {append(head, 1, 2, 1, 0xff, 5), ErrText},
		"the other of three": {append(head, 1, 3, 1, 'x', 0x80, 1), ilp.ErrLength},
	} {
		if got, err := parseControl(t, c.data); !errors.Is(err, c.want) || !equalControl(&got, &RouteControl{}) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
	if got := LimitError("features").Error(); got != "ccp message contains too many features" {
		t.Error(got)
	}
}

func TestModeNames(t *testing.T) {
	for mode, want := range map[Mode]string{Idle: "IDLE", Sync: "SYNC", 7: "MODE 7"} {
		if mode.String() != want {
			t.Errorf("%d is %s, want %s", mode, mode, want)
		}
	}
}

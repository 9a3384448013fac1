package ccp

import (
	"bytes"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
)

const now = 1772368496789 // 2026-03-01T12:34:56.789Z

// request is a request that expires just now, with any data.
func request(t testing.TB, destination string, data []byte) *ilp.Prepare {
	t.Helper()
	d := ilp.Draft{Expiry: now, Condition: ilp.PeerCondition, Destination: destination, Data: data}
	p, err := ilp.ParsePrepare(d.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

func parseControl(t testing.TB, data []byte) (RouteControl, error) {
	t.Helper()
	return ParseRouteControl(request(t, ControlDestination, data), now)
}

func parseUpdate(t testing.TB, data []byte) (RouteUpdate, error) {
	t.Helper()
	return ParseRouteUpdate(request(t, UpdateDestination, data), now)
}

func equalControl(a, b *RouteControl) bool {
	return a.Mode == b.Mode && a.LastKnownRoutingTableID == b.LastKnownRoutingTableID &&
		a.LastKnownEpoch == b.LastKnownEpoch && slices.Equal(a.Features, b.Features)
}

func equalUpdate(a, b *RouteUpdate) bool {
	return a.RoutingTableID == b.RoutingTableID && a.CurrentEpoch == b.CurrentEpoch && a.FromEpoch == b.FromEpoch &&
		a.ToEpoch == b.ToEpoch && a.HoldDownTime == b.HoldDownTime && a.Speaker == b.Speaker &&
		slices.EqualFunc(a.NewRoutes, b.NewRoutes, equalRoute) && slices.Equal(a.WithdrawnRoutes, b.WithdrawnRoutes)
}

func equalRoute(a, b Route) bool {
	return a.Prefix == b.Prefix && slices.Equal(a.Path, b.Path) && a.Auth == b.Auth && slices.EqualFunc(a.Props, b.Props, equalProp)
}

func equalProp(a, b Prop) bool {
	return a.flags() == b.flags() && a.ID == b.ID && bytes.Equal(a.Value, b.Value)
}

func drawAddress(t *rapid.T, label string) string {
	return rapid.StringMatching(`(g|test1)(\.[a-zA-Z0-9_~-]{1,20}){1,3}`).Draw(t, label)
}

func drawPrefix(t *rapid.T, label string) string {
	return rapid.StringMatching(`[a-z]{1,4}(\.[a-zA-Z0-9_~-]{1,20}){0,3}`).Draw(t, label)
}

func drawID(t *rapid.T) [16]byte {
	return [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "table id"))
}

// many draws up to n of something.
func many[T any](t *rapid.T, n int, label string, draw func(*rapid.T) T) []T {
	return rapid.SliceOfN(rapid.Custom(draw), 0, n).Draw(t, label)
}

// bytesAllocated is how much memory f allocates, freed or not.
func bytesAllocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

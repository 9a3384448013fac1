package ccp

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
)

func plainUpdate() RouteUpdate {
	return RouteUpdate{
		RoutingTableID: [16]byte{9, 8, 7}, CurrentEpoch: 12, FromEpoch: 10, ToEpoch: 11, HoldDownTime: 45000, Speaker: "test.speaker",
		NewRoutes: []Route{
			{Prefix: "test.a", Path: []string{"test.speaker", "test.a"}, Auth: [32]byte{1}, Props: []Prop{
				{IsOptional: true, IsTransitive: true, IsPartial: true, ID: 0xfedc, Value: []byte{0xff}},
				{IsTransitive: true, IsUTF8: true, Value: []byte("größe")},
			}},
			{Prefix: "test", Auth: [32]byte{31: 2}},
		},
		WithdrawnRoutes: []string{"test.b", "test.c"},
	}
}

// routesOf is an update of n routes as a neighbor would send it: long enough
// paths, few different hops.
func routesOf(n int) RouteUpdate {
	u := plainUpdate()
	u.NewRoutes = nil
	for i := range n {
		hop := func(j int) string { return "test.connector" + strconv.Itoa((i+j)%7) }
		u.NewRoutes = append(u.NewRoutes, Route{Prefix: "test.network" + strconv.Itoa(i), Path: []string{u.Speaker, hop(0), hop(1), hop(2)}})
	}
	return u
}

func drawProp(t *rapid.T) Prop {
	p := Prop{
		IsOptional: rapid.Bool().Draw(t, "optional"), IsTransitive: rapid.Bool().Draw(t, "transitive"),
		IsPartial: rapid.Bool().Draw(t, "partial"), IsUTF8: rapid.Bool().Draw(t, "utf8"), ID: rapid.Uint16().Draw(t, "id"),
	}
	if p.IsUTF8 {
		p.Value = []byte(rapid.StringN(0, 50, 200).Draw(t, "text"))
	} else {
		p.Value = rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "value")
	}
	return p
}

func drawRoute(t *rapid.T) Route {
	return Route{
		Prefix: drawPrefix(t, "prefix"),
		Path:   many(t, 6, "path", func(t *rapid.T) string { return drawAddress(t, "hop") }),
		Auth:   [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "auth")),
		Props:  many(t, 4, "props", drawProp),
	}
}

func TestRouteUpdateRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := RouteUpdate{
			RoutingTableID: drawID(rt),
			CurrentEpoch:   rapid.Uint32().Draw(rt, "current epoch"),
			FromEpoch:      rapid.Uint32().Draw(rt, "from epoch"),
			ToEpoch:        rapid.Uint32().Draw(rt, "to epoch"),
			HoldDownTime:   rapid.Uint32().Draw(rt, "hold-down time"),
			Speaker:        drawAddress(rt, "speaker"),
			NewRoutes:      many(rt, 8, "routes", drawRoute),
		}
		want.WithdrawnRoutes = many(rt, 300, "withdrawn", func(t *rapid.T) string { return drawPrefix(t, "prefix") })
		if data := want.AppendData(nil); len(data) != want.Size() {
			rt.Fatalf("%d bytes, Size says %d", len(data), want.Size())
		}
		packet := want.Append([]byte("before"), now)[len("before"):]
		p, err := ilp.ParsePrepare(packet)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := ParseRouteUpdate(&p, now)
		clear(packet) // what was parsed must not borrow it
		if err != nil || !equalUpdate(&got, &want) {
			rt.Fatalf("got %v, %v; want %v", got, err, want)
		}
	})
}

func TestSizeAroundTheLengthsOfLengths(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 1023, 65535, 65536} {
		for what, u := range map[string]RouteUpdate{
			"speaker":     {Speaker: strings.Repeat("a", n)},
			"prefix":      {NewRoutes: []Route{{Prefix: strings.Repeat("a", n)}}},
			"hop":         {NewRoutes: []Route{{Path: []string{strings.Repeat("a", n)}}}},
			"value":       {NewRoutes: []Route{{Props: []Prop{{Value: make([]byte, n)}}}}},
			"withdrawn":   {WithdrawnRoutes: []string{strings.Repeat("a", n)}},
			"routes":      {NewRoutes: make([]Route, n)},
			"path":        {NewRoutes: []Route{{Path: make([]string, n)}}},
			"props":       {NewRoutes: []Route{{Props: make([]Prop, n)}}},
			"withdrawals": {WithdrawnRoutes: make([]string, n)},
		} {
			if got := len(u.AppendData(nil)); got != u.Size() {
				t.Errorf("%s of %d: %d bytes, Size says %d", what, n, got, u.Size())
			}
		}
	}
}

func TestRouteUpdateEveryProperPrefixIsRefused(t *testing.T) {
	u := plainUpdate()
	whole := u.AppendData(nil)
	for i := range whole {
		// What is left may be too short for a count.
		got, err := parseUpdate(t, whole[:i])
		if !errors.Is(err, ilp.ErrShort) && !errors.Is(err, ErrCount) || !equalUpdate(&got, &RouteUpdate{}) {
			t.Fatalf("a prefix of %d bytes gave %v, %v", i, got, err)
		}
	}
	if got, err := parseUpdate(t, append(whole, 1, 2)); err != nil || !equalUpdate(&got, &u) {
		t.Errorf("bytes afterwards: %v, %v", got, err)
	}
}

func TestRouteUpdateFaults(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*RouteUpdate)
		want  error
	}{
		"speaker empty":       {func(u *RouteUpdate) { u.Speaker = "" }, ErrSpeaker},
		"speaker unset":       {func(u *RouteUpdate) { u.Speaker = "unknown" }, ErrSpeaker},
		"value not UTF-8":     {func(u *RouteUpdate) { u.NewRoutes[0].Props[1].Value = []byte{0xff} }, ErrText},
		"props":               {func(u *RouteUpdate) { u.NewRoutes[1].Props = make([]Prop, PropsMax+1) }, LimitError("props")},
		"as many props":       {func(u *RouteUpdate) { u.NewRoutes[1].Props = make([]Prop, PropsMax) }, nil},
		"routes":              {func(u *RouteUpdate) { u.NewRoutes = slices.Repeat(u.NewRoutes[1:], RoutesMax+1) }, LimitError("routes")},
		"as many routes":      {func(u *RouteUpdate) { u.NewRoutes = slices.Repeat(u.NewRoutes[1:], RoutesMax) }, nil},
		"withdrawals":         {func(u *RouteUpdate) { u.WithdrawnRoutes = slices.Repeat([]string{"g"}, WithdrawnMax+1) }, LimitError("withdrawn routes")},
		"as many withdrawals": {func(u *RouteUpdate) { u.WithdrawnRoutes = slices.Repeat([]string{"g"}, WithdrawnMax) }, nil},
		"the first of two": {func(u *RouteUpdate) {
			u.Speaker, u.NewRoutes[0].Props[1].Value = "test", []byte{0xff}
		}, ErrSpeaker},
	} {
		u := plainUpdate()
		c.spoil(&u)
		got, err := parseUpdate(t, u.AppendData(nil))
		if c.want == nil {
			if err != nil || !equalUpdate(&got, &u) {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, c.want) || !equalUpdate(&got, &RouteUpdate{}) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestOneBadRouteDoesNotCostTheOthers spoils the first of two routes, or one of the
// withdrawals: everything else stays, and a prefix that is one counts as withdrawn.
func TestOneBadRouteDoesNotCostTheOthers(t *testing.T) {
	long := strings.Repeat("a", ilp.AddressBytesMax+1)
	withdrawn := func(u *RouteUpdate, prefix string) { u.NewRoutes[0].Prefix = prefix }
	hop := func(u *RouteUpdate, address string) { u.NewRoutes[0].Path[1] = address }
	for name, c := range map[string]struct {
		spoil  func(*RouteUpdate)
		faults int
	}{
		"prefix empty":         {func(u *RouteUpdate) { withdrawn(u, "") }, 1},
		"prefix ends in a dot": {func(u *RouteUpdate) { withdrawn(u, "test.") }, 1},
		"prefix of two dots":   {func(u *RouteUpdate) { withdrawn(u, "test..a") }, 1},
		"prefix too long":      {func(u *RouteUpdate) { withdrawn(u, long) }, 1},
		"prefix just so":       {func(u *RouteUpdate) { withdrawn(u, long[1:]) }, 0},
		"hop empty":            {func(u *RouteUpdate) { hop(u, "") }, 1},
		"hop of one segment":   {func(u *RouteUpdate) { hop(u, "test") }, 1},
		"hops":                 {func(u *RouteUpdate) { u.NewRoutes[0].Path = slices.Repeat([]string{"g.a"}, PathLenMax+1) }, 1},
		"as many hops":         {func(u *RouteUpdate) { u.NewRoutes[0].Path = slices.Repeat([]string{"g.a"}, PathLenMax) }, 0},
		"withdrawn of a space": {func(u *RouteUpdate) { u.WithdrawnRoutes[1] = "test.a b" }, 1},
		"withdrawn too long":   {func(u *RouteUpdate) { u.WithdrawnRoutes[1] = long }, 1},
		"all of them": {func(u *RouteUpdate) {
			withdrawn(u, "test.")
			hop(u, "")
			u.WithdrawnRoutes[1] = ""
		}, 2},
	} {
		u := plainUpdate()
		c.spoil(&u)
		got, err := parseUpdate(t, u.AppendData(nil))
		want := believed(u)
		if err != nil || got.Faults != c.faults || !equalUpdate(&got, &want) {
			t.Errorf("%s: %d faults, %v; got %v, want %v", name, got.Faults, err, got, want)
		}
	}
}

// believed is u without what cannot be, by the rules written down once more: prefixes
// of good routes alone are withdrawn, before the withdrawals that are good.
func believed(u RouteUpdate) RouteUpdate {
	prefixes := regexp.MustCompile(`^[a-zA-Z0-9_~-]+([.][a-zA-Z0-9_~-]+)*$`)
	addresses := regexp.MustCompile(`^(g|private|example|peer|self|test[1-3]?|local)([.][a-zA-Z0-9_~-]+)+$`)
	good := func(p string) bool { return len(p) <= 1023 && prefixes.MatchString(p) }
	routes, withdrawn := u.NewRoutes, u.WithdrawnRoutes
	u.NewRoutes, u.WithdrawnRoutes = nil, nil
	for _, r := range routes {
		bad := len(r.Path) > 64 || slices.ContainsFunc(r.Path, func(hop string) bool {
			return len(hop) > 1023 || !addresses.MatchString(hop)
		})
		switch {
		case !good(r.Prefix):
		case bad:
			u.WithdrawnRoutes = append(u.WithdrawnRoutes, r.Prefix)
		default:
			u.NewRoutes = append(u.NewRoutes, r)
		}
	}
	for _, p := range withdrawn {
		if good(p) {
			u.WithdrawnRoutes = append(u.WithdrawnRoutes, p)
		}
	}
	return u
}

// TestEqualHopsAreOneString holds for as many different hops as are remembered.
// Beyond that they are right, if not shared.
func TestEqualHopsAreOneString(t *testing.T) {
	u := routesOf(50)
	got, err := parseUpdate(t, u.AppendData(nil))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]*byte{got.Speaker: unsafe.StringData(got.Speaker)}
	for _, route := range got.NewRoutes {
		for _, hop := range route.Path {
			if at, ok := seen[hop]; ok && at != unsafe.StringData(hop) {
				t.Fatalf("%s is there twice", hop)
			}
			seen[hop] = unsafe.StringData(hop)
		}
	}
	for i := range u.NewRoutes {
		u.NewRoutes[i].Path = nil
		for j := range 2 * namesMax / 50 {
			u.NewRoutes[i].Path = append(u.NewRoutes[i].Path, "g."+strconv.Itoa(i*100+j))
		}
	}
	if got, err = parseUpdate(t, u.AppendData(nil)); err != nil || !equalUpdate(&got, &u) {
		t.Errorf("many hops: %v", err)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	r, u := plainControl(), routesOf(50)
	out := make([]byte, 0, 64<<10)
	if n := testing.AllocsPerRun(100, func() {
		out = r.Append(out[:0], now)
		out = u.Append(out, now)
		out = AppendResponse(out)
		if u.Size() > len(out) {
			t.Fatal("shorter than its data")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !bytes.HasSuffix(out, AppendResponse(nil)) {
		t.Error("the answer is not at the end")
	}
}

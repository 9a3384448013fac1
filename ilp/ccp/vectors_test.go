package ccp

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/uuid"
)

// The vectors are what the JavaScript package makes of messages, good and broken
// ones; ilp/testdata/vectors/generate.js writes them.

// blob is bytes as the vectors write them: hex, with "aa*count" for a run of
// equal bytes.
type blob []byte

func (b *blob) UnmarshalText(text []byte) error {
	*b = blob{}
	for _, part := range strings.Fields(string(text)) {
		digits, count, run := strings.Cut(part, "*")
		piece, err := hex.DecodeString(digits)
		if err != nil {
			return err
		}
		if run {
			n, err := strconv.Atoi(count)
			if err != nil {
				return err
			}
			piece = bytes.Repeat(piece, n)
		}
		*b = append(*b, piece...)
	}
	return nil
}

// verdict is what the reference decides about a packet, or about the data of one.
type verdict struct {
	Name   string
	Packet blob
	OK     bool
	// Differs is why ours decides otherwise on purpose, empty if it does not.
	Differs string
}

// check compares our decision and reports whether both accept, so that the
// fields are worth comparing.
func (v *verdict) check(t *testing.T, err error) bool {
	t.Helper()
	ours := err == nil
	if want := v.OK != (v.Differs != ""); ours != want {
		t.Errorf("%x: ours accepts: %t (%v), the reference: %t, differs on purpose: %q", v.Packet, ours, err, v.OK, v.Differs)
	}
	return ours && v.OK
}

// title names the subtest of a vector; those made at random have no name.
func (v *verdict) title(i int) string {
	if v.Name != "" {
		return v.Name
	}
	return "mutant " + strconv.Itoa(i)
}

type controlVector struct {
	verdict
	Mode     Mode
	TableID  string
	Epoch    uint32
	Features []string
}

func (v *controlVector) control() RouteControl {
	return RouteControl{Mode: v.Mode, LastKnownRoutingTableID: tableID(v.TableID), LastKnownEpoch: v.Epoch, Features: v.Features}
}

type updateVector struct {
	verdict
	TableID      string
	Epochs       [3]uint32 // current, from, to
	HoldDownTime uint32
	Speaker      string
	// Lost says that the reference reads an entry without the eighth bits.
	Lost      bool
	NewRoutes []struct {
		Prefix string
		Path   []string
		Auth   blob
		Props  []struct {
			IsOptional, IsTransitive, IsPartial, IsUTF8 bool
			ID                                          uint16
			Value                                       blob
		}
	}
	WithdrawnRoutes []string
}

func (v *updateVector) update() RouteUpdate {
	u := RouteUpdate{
		RoutingTableID: tableID(v.TableID), CurrentEpoch: v.Epochs[0], FromEpoch: v.Epochs[1], ToEpoch: v.Epochs[2],
		HoldDownTime: v.HoldDownTime, Speaker: v.Speaker, WithdrawnRoutes: v.WithdrawnRoutes,
	}
	for _, r := range v.NewRoutes {
		route := Route{Prefix: r.Prefix, Path: r.Path, Auth: [32]byte(r.Auth)}
		for _, p := range r.Props {
			route.Props = append(route.Props, Prop{p.IsOptional, p.IsTransitive, p.IsPartial, p.IsUTF8, p.ID, p.Value})
		}
		u.NewRoutes = append(u.NewRoutes, route)
	}
	return u
}

// tableID reads a UUID.
func tableID(text string) (id [16]byte) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != len(id) {
		panic("not a UUID: " + text)
	}
	return [16]byte(b)
}

type vectors struct {
	Controls, JudgedControls []controlVector
	Updates, JudgedUpdates   []updateVector
	Flags                    []struct {
		IsOptional, IsTransitive, IsPartial, IsUTF8 bool
		Written                                     byte
	}
	Requests []struct {
		verdict
		Kind  string
		Now   int64
		Error string
	}
	Responses []verdict
}

// load reads the vectors. Keys that are not known are mistakes.
func load(t *testing.T) (all vectors) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "testdata", "vectors", "ccp.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func parsePacket(t *testing.T, packet []byte) *ilp.Prepare {
	t.Helper()
	p, err := ilp.ParsePrepare(packet)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

func TestControlVectors(t *testing.T) {
	all := load(t)
	for _, v := range all.Controls {
		t.Run(v.Name, func(t *testing.T) {
			want := v.control()
			p := parsePacket(t, v.Packet)
			if b := want.Append(nil, p.Expiry()); !bytes.Equal(b, v.Packet) {
				t.Errorf("wrote %x, want %x", b, v.Packet)
			}
			if got, err := ParseRouteControl(p, p.Expiry()); err != nil || !equalControl(&got, &want) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
			if got := uuid.UUID(want.LastKnownRoutingTableID).String(); got != v.TableID {
				t.Errorf("got %s, want %s", got, v.TableID)
			}
		})
	}
	for i, v := range all.JudgedControls {
		t.Run(v.title(i), func(t *testing.T) {
			got, err := parseControl(t, v.Packet)
			if !v.check(t, err) {
				return
			}
			if want := v.control(); !equalControl(&got, &want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestUpdateVectors(t *testing.T) {
	all := load(t)
	for _, v := range all.Updates {
		t.Run(v.Name, func(t *testing.T) {
			want := v.update()
			p := parsePacket(t, v.Packet)
			if b := want.Append(nil, p.Expiry()); !bytes.Equal(b, v.Packet) {
				t.Errorf("wrote %x, want %x", b, v.Packet)
			}
			if want.Size() != len(p.Data()) {
				t.Errorf("Size says %d, there are %d bytes", want.Size(), len(p.Data()))
			}
			if got, err := ParseRouteUpdate(p, p.Expiry()); err != nil || !sameUpdate(&got, &want) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		})
	}
	for i, v := range all.JudgedUpdates {
		t.Run(v.title(i), func(t *testing.T) {
			got, err := parseUpdate(t, v.Packet)
			if !v.check(t, err) {
				return
			}
			if v.Lost {
				if got.Faults == 0 {
					t.Errorf("got %v, without a fault", got)
				}
				return
			}
			if want := believed(v.update()); !sameUpdate(&got, &want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// sameUpdate is equalUpdate to the letter: flags must be read as the reference
// reads them, also those that are written otherwise.
func sameUpdate(a, b *RouteUpdate) bool {
	if !equalUpdate(a, b) {
		return false
	}
	for i, r := range a.NewRoutes {
		for j, p := range r.Props {
			q := b.NewRoutes[i].Props[j]
			if p.IsOptional != q.IsOptional || p.IsTransitive != q.IsTransitive || p.IsPartial != q.IsPartial || p.IsUTF8 != q.IsUTF8 {
				return false
			}
		}
	}
	return true
}

func TestFlagVectors(t *testing.T) {
	for _, v := range load(t).Flags {
		p := Prop{IsOptional: v.IsOptional, IsTransitive: v.IsTransitive, IsPartial: v.IsPartial, IsUTF8: v.IsUTF8}
		if got := p.flags(); got != v.Written {
			t.Errorf("%+v: wrote %x, want %x", p, got, v.Written)
		}
	}
}

func TestRequestVectors(t *testing.T) {
	for i, v := range load(t).Requests {
		t.Run(v.title(i), func(t *testing.T) {
			p := parsePacket(t, v.Packet)
			var err error
			if v.Kind == "control" {
				_, err = ParseRouteControl(p, v.Now)
			} else {
				_, err = ParseRouteUpdate(p, v.Now)
			}
			if v.check(t, err) {
				return
			}
			if err == nil || err.Error() != v.Error {
				t.Errorf("error: got %v, want %s", err, v.Error)
			}
		})
	}
}

func TestResponseVectors(t *testing.T) {
	all := load(t).Responses
	if !bytes.Equal(AppendResponse(nil), all[0].Packet) {
		t.Errorf("wrote %x, want %x", AppendResponse(nil), all[0].Packet)
	}
	for i, v := range all {
		t.Run(v.title(i), func(t *testing.T) {
			reply, err := ilp.ParseReply(v.Packet)
			if err != nil {
				t.Fatal(err)
			}
			v.check(t, CheckResponse(reply))
		})
	}
}

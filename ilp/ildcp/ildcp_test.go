package ildcp

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

const now = 1772368496789 // 2026-03-01T12:34:56.789Z

// answer is a Fulfill with any data.
func answer(t testing.TB, fulfillment [32]byte, data []byte) ilp.Reply {
	t.Helper()
	f := ilp.Fulfill{Fulfillment: fulfillment, Data: data}
	reply, err := ilp.ParseReply(f.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestRequestIsAnEmptyPeerPacket(t *testing.T) {
	d := Request(now)
	p, err := ilp.ParsePrepare(d.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if p.Amount() != 0 || p.Expiry() != now || string(p.Destination()) != "peer.config" || len(p.Data()) != 0 ||
		!bytes.Equal(p.Condition(), ilp.PeerCondition[:]) {
		t.Errorf("amount %d, expiry %d, destination %s, data %x", p.Amount(), p.Expiry(), p.Destination(), p.Data())
	}
}

func TestResponseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Response{
			ClientAddress: rapid.StringMatching(`(g|test1)(\.[a-zA-Z0-9_~-]{1,50}){1,4}`).Draw(t, "address"),
			AssetScale:    rapid.Uint8().Draw(t, "scale"),
			AssetCode:     rapid.StringN(0, 50, 200).Draw(t, "code"),
		}
		packet := want.Append([]byte("before"))[len("before"):]
		reply, err := ilp.ParseReply(packet)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(reply.Data(), want.AppendData(nil)) {
			t.Fatalf("data %x", reply.Data())
		}
		got, err := ParseResponse(reply)
		if err != nil || got != want {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
		clear(packet)
		if got != want {
			t.Fatal("the response borrows the packet")
		}
	})
}

func TestRejectIsRepeated(t *testing.T) {
	r := ilp.Reject{Code: ilp.T01, TriggeredBy: "g.parent", Message: "ask me later"}
	rejected, err := ilp.ParseReply(r.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range []ilp.Reply{rejected, ilp.Fail(ilp.T01, "ask me later")} {
		_, err := ParseResponse(reply)
		var refused *RejectedError
		if !errors.As(err, &refused) || refused.Code != ilp.T01 || err.Error() != "ildcp request rejected with T01: ask me later" {
			t.Errorf("got %v", err)
		}
	}
}

func TestResponseFaults(t *testing.T) {
	good := Response{ClientAddress: "g.a.b", AssetScale: 9, AssetCode: "XRP"}
	whole := good.AppendData(nil)
	if _, err := ParseResponse(answer(t, [32]byte{1}, whole)); !errors.Is(err, ErrFulfillment) {
		t.Errorf("another fulfillment gave %v", err)
	}
	for i := range whole {
		if _, err := ParseResponse(answer(t, ilp.PeerFulfillment, whole[:i])); !errors.Is(err, oer.ErrShort) {
			t.Fatalf("a prefix of %d bytes gave %v", i, err)
		}
	}
	for address, want := range map[string]error{
		"": ErrClientAddress, "test": ErrClientAddress, "g.\xe1": ErrClientAddress, "g." + strings.Repeat("a", 1022): ErrClientAddress,
		"g." + strings.Repeat("a", 1021): nil,
	} {
		r := Response{ClientAddress: address}
		if _, err := ParseResponse(answer(t, ilp.PeerFulfillment, r.AppendData(nil))); !errors.Is(err, want) {
			t.Errorf("address of %d bytes: %v, want %v", len(address), err, want)
		}
	}
	code := Response{ClientAddress: "g.a", AssetCode: "\xff"}
	if _, err := ParseResponse(answer(t, ilp.PeerFulfillment, code.AppendData(nil))); !errors.Is(err, ErrAssetCode) {
		t.Errorf("a broken asset code gave %v", err)
	}
	if got, err := ParseResponse(answer(t, ilp.PeerFulfillment, append(whole, 1, 2))); err != nil || got != good {
		t.Errorf("bytes afterwards: %v, %v", got, err)
	}
}

// FuzzParseResponse holds that what parses is written back the same, but for
// bytes after it.
func FuzzParseResponse(f *testing.F) {
	r := Response{ClientAddress: "g.a.b", AssetScale: 9, AssetCode: "XRP"}
	f.Add(r.AppendData(nil))
	f.Add(append(r.AppendData(nil), 0))
	f.Add([]byte{0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseResponse(answer(t, ilp.PeerFulfillment, data))
		if err == nil && !bytes.HasPrefix(data, got.AppendData(nil)) {
			t.Fatalf("parsed %x as %v", data, got)
		}
	})
}

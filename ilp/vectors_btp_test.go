package ilp_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

type btpEntry struct {
	Name        string
	ContentType byte
	Data        blob
}

type btpVector struct {
	verdict
	Type      btp.Type
	RequestID uint32
	Count     int
	Entries   []btpEntry // nil if they are too many to write down
	First     blob       // of several ilp entries, the one that counts in a response
	Last      blob       // and in a request
	Amount    string
	Error     *struct {
		Code, Name  string
		TriggeredAt *int64
		Data        string
	}
	JSON string
}

func (v *btpVector) compare(t *testing.T, p *btp.Packet) {
	t.Helper()
	if p.Type != v.Type || p.RequestID != v.RequestID || p.Len() != v.Count {
		t.Errorf("got type %d, request id %d, %d entries; want %d, %d, %d", p.Type, p.RequestID, p.Len(), v.Type, v.RequestID, v.Count)
	}
	entries := slices.Collect(p.Entries())
	if len(entries) != v.Count {
		t.Fatalf("%d entries, want %d", len(entries), v.Count)
	}
	for i, want := range v.Entries {
		equal(t, "name", ascii(entries[i].Name), want.Name)
		equal(t, "entry data", entries[i].Data, want.Data)
		if got := byte(entries[i].ContentType); got != want.ContentType {
			t.Errorf("content type: got %d, want %d", got, want.ContentType)
		}
	}
	if v.First != nil {
		first, _ := p.First(btp.ILP)
		last, _ := p.Last(btp.ILP)
		equal(t, "first", first.Data, v.First)
		equal(t, "last", last.Data, v.Last)
	}
	if v.Amount != "" {
		equal(t, "amount", strconv.FormatUint(p.Amount, 10), v.Amount)
	}
	if v.Error != nil {
		view := p.ErrorView()
		equal(t, "code", ascii(view.Code), v.Error.Code)
		equal(t, "error name", ascii(view.Name), v.Error.Name)
	}
	if v.JSON != "" {
		equal(t, "json", p.AppendErrorJSON(nil), v.JSON)
	}
}

// ascii drops the eighth bits, as the reference does when it reads names.
func ascii(b []byte) []byte {
	b = slices.Clone(b)
	for i := range b {
		b[i] &= 0x7f
	}
	return b
}

// encode writes the vector's frame anew, nil if there is no function for it.
func (v *btpVector) encode() []byte {
	entries := make([]btp.Entry, len(v.Entries))
	for i, e := range v.Entries {
		entries[i] = btp.Entry{Name: []byte(e.Name), ContentType: btp.ContentType(e.ContentType), Data: e.Data}
	}
	switch {
	case len(entries) != v.Count:
		return nil
	case v.Type == btp.TypeTransfer:
		amount, _ := strconv.ParseUint(v.Amount, 10, 64)
		return btp.AppendTransfer(nil, v.RequestID, amount, entries)
	case v.Type != btp.TypeError:
		return btp.Append(nil, v.Type, v.RequestID, entries)
	case v.Count > 0:
		return nil
	}
	code := v.Error.Code
	return btp.AppendError(nil, v.RequestID, btp.Error{
		Code: ilp.Code(code[0])<<16 | ilp.Code(code[1])<<8 | ilp.Code(code[2]), Name: v.Error.Name,
		TriggeredAt: time.UnixMilli(*v.Error.TriggeredAt), Data: v.Error.Data,
	})
}

func TestBTPVectors(t *testing.T) {
	var file struct {
		Cases, Judged []btpVector
		Auth          []struct {
			Account, Token string
			Packet         blob
		}
	}
	load(t, "btp", &file)
	for _, v := range file.Cases {
		t.Run(v.Name, func(t *testing.T) {
			p, err := btp.Parse(v.Packet)
			if err != nil {
				t.Fatal(err)
			}
			v.compare(t, &p)
			if b := v.encode(); b != nil {
				equal(t, "packet", b, v.Packet)
			}
			if v.Count == 1 && v.Entries[0].Name == btp.ILP && v.Entries[0].ContentType == 0 {
				equal(t, "packet of one ilp entry", btp.AppendILP(nil, v.Type, v.RequestID, v.Entries[0].Data), v.Packet)
			}
		})
	}
	for _, v := range file.Auth {
		equal(t, "auth of "+v.Account, btp.AppendAuth(nil, 5, v.Account, v.Token), v.Packet)
	}
	for i, v := range file.Judged {
		t.Run(v.title(i), func(t *testing.T) {
			p, err := btp.Parse(v.Packet)
			if v.check(t, err) {
				v.compare(t, &p)
			}
			if v.JSON != "" && !json.Valid([]byte(v.JSON)) {
				t.Error("the vector is no JSON")
			}
		})
	}
}

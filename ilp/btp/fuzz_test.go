package btp

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// FuzzParse holds that a frame which parses and is written in the fewest bytes
// is exactly what its parts are written as.
func FuzzParse(f *testing.F) {
	for _, frame := range samples() {
		f.Add(frame)
	}
	f.Add([]byte{6, 0, 0, 0, 1, 7, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := Parse(in)
		if err != nil {
			return
		}
		_, rest, _ := oer.CutOctets(in[headBytes:])
		frame := in[:len(in)-len(rest)]
		entries := slices.Collect(p.Entries())
		if len(entries) != p.Len() {
			t.Fatalf("%d entries, Len says %d", len(entries), p.Len())
		}
		back := rewrite(&p, entries)
		if len(back) > len(frame) || len(back) == len(frame) && !bytes.Equal(back, frame) {
			t.Fatalf("parsed %x, wrote back %x", frame, back)
		}
	})
}

// rewrite writes p anew, nil if there is no function for it.
func rewrite(p *Packet, entries []Entry) []byte {
	switch p.Type {
	case TypeTransfer:
		return AppendTransfer(nil, p.RequestID, p.Amount, entries)
	case TypeMessage, TypeResponse:
		return Append(nil, p.Type, p.RequestID, entries)
	}
	v := p.ErrorView()
	at, err := time.Parse(timeLayout, string(v.TriggeredAt))
	if err != nil || string(v.TriggeredAt) != at.Format(timeLayout) || len(entries) > 0 {
		return nil
	}
	return AppendError(nil, p.RequestID, Error{
		Code: ilp.Code(v.Code[0])<<16 | ilp.Code(v.Code[1])<<8 | ilp.Code(v.Code[2]),
		Name: string(v.Name), TriggeredAt: at, Data: string(v.Data),
	})
}

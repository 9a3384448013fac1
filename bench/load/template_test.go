package load

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

var sampleLabel = label{run: 0xfeed, sender: 3, target: 1, seq: 123_456_789, version: 7}

// cutILP takes a frame apart as a server does.
func cutILP(t *testing.T, frame []byte, want btp.Type) (id uint32, packet []byte) {
	t.Helper()
	f, n, err := websocket.Cut(frame, websocket.Server, payloadMax)
	if err != nil || n != len(frame) {
		t.Fatalf("frame of %d bytes: cut %d, %v", len(frame), n, err)
	}
	p, err := btp.Parse(f.Payload)
	if err != nil || p.Type != want {
		t.Fatalf("type %d, %v", p.Type, err)
	}
	entry, ok := p.First(btp.ILP)
	if !ok {
		t.Fatal("no ilp entry")
	}
	return p.RequestID, entry.Data
}

func expiryText(at time.Time) (text [expiryBytes]byte) {
	copy(text[:], strings.Replace(at.UTC().Format("20060102150405.000"), ".", "", 1))
	return text
}

func TestTemplateWritesThePacketOfTheCodec(t *testing.T) {
	for _, destination := range []string{"g.a", "test.bench.r0001.wallet", "test." + strings.Repeat("x", 200)} {
		at := time.UnixMilli(1_700_000_000_123)
		text := expiryText(at)
		template := newPrepareTemplate(strings.Repeat("y", len(destination)), nil)
		id, packet := cutILP(t, template.append(nil, 77, sampleLabel, destination, &text), btp.TypeMessage)

		data := []byte(filler[:dataBytes])
		sampleLabel.put(data)
		draft := ilp.Draft{
			Amount: sampleLabel.amount(), Expiry: at.UnixMilli(), Condition: sampleLabel.condition(),
			Destination: destination, Data: data,
		}
		if want := draft.Append(nil); id != 77 || !bytes.Equal(packet, want) {
			t.Errorf("request %d\n got %x\nwant %x", id, packet, want)
		}
	}
}

func TestAnswersAreThoseOfTheCodec(t *testing.T) {
	data := []byte(filler[:replyBytes])
	sampleLabel.put(data)
	fulfill := ilp.Fulfill{Fulfillment: sampleLabel.preimage(), Data: data}
	reject := ilp.Reject{Code: refusalCode, TriggeredBy: "test.r", Message: refusalMessage, Data: data}
	for name, c := range map[string]struct {
		template *answerTemplate
		want     []byte
	}{
		"fulfill": {newFulfillTemplate(true), fulfill.Append(nil)},
		"reject":  {newRejectTemplate("test.r", true), reject.Append(nil)},
	} {
		id, packet := cutILP(t, c.template.append(nil, 9, sampleLabel), btp.TypeResponse)
		if id != 9 || !bytes.Equal(packet, c.want) {
			t.Errorf("%s: request %d\n got %x\nwant %x", name, id, packet, c.want)
		}
	}
}

func TestMakingPacketsAllocatesNothing(t *testing.T) {
	text := expiryText(time.Now())
	prepare, fulfill := newPrepareTemplate("test.a", nil), newFulfillTemplate(true)
	buf := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		buf = prepare.append(buf[:0], 1, sampleLabel, "test.b", &text)
		buf = fulfill.append(buf, 1, sampleLabel)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLabelComesBack(t *testing.T) {
	var b [labelBytes]byte
	sampleLabel.put(b[:])
	if got := readLabel(b[:]); got != sampleLabel {
		t.Errorf("put %+v, read %+v", sampleLabel, got)
	}
}

func TestNeighboringPacketsDiffer(t *testing.T) {
	next := sampleLabel
	next.seq++
	if next.condition() == sampleLabel.condition() || next.preimage() == sampleLabel.preimage() {
		t.Error("two packets have one condition: a cache could answer the second")
	}
	if sampleLabel.amount()%1000 == 0 {
		t.Error("an amount without remainder does not show how it was rounded")
	}
}

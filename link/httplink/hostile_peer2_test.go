package httplink_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// hostilePeer2 listens as a peer over HTTP/2 with prior knowledge that answers each POST with what
// answer writes. To a GET it says 200. It keeps the settings of its clients in settings, by their
// numbers.
func hostilePeer2(t testing.TB, settings *sync.Map, answer func(conn net.Conn, stream uint32)) string {
	t.Helper()
	return listenRaw(t, func(conn net.Conn) {
		from := bufio.NewReader(conn)
		if _, err := io.ReadFull(from, make([]byte, len(http2Preface))); err != nil {
			return
		}
		_ = write(conn, frame2(frameSettings, 0, 0, ""))
		for {
			head := make([]byte, 9)
			if _, err := io.ReadFull(from, head); err != nil {
				return
			}
			payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
			if _, err := io.ReadFull(from, payload); err != nil {
				return
			}
			stream := binary.BigEndian.Uint32(head[5:])
			switch {
			case head[3] == frameSettings && head[4]&ack == 0:
				for ; len(payload) >= 6; payload = payload[6:] {
					settings.Store(binary.BigEndian.Uint16(payload), binary.BigEndian.Uint32(payload[2:]))
				}
				_ = write(conn, frame2(frameSettings, ack, 0, ""))
			case head[3] == frameWindow && stream == 0:
				settings.Store("window", binary.BigEndian.Uint32(payload)+65535)
			case head[3] == frameHeaders && head[4]&endStream != 0:
				_ = write(conn, frame2(frameHeaders, endHeaders|endStream, stream, "\x88"))
			case head[3] == frameHeaders:
				answer(conn, stream)
			}
		}
	})
}

// Whatever a peer over HTTP/2 answers with, the packet is answered once and in time.
func TestAnswersOfHostilePeersOverHTTP2(t *testing.T) {
	before := log.Writer()
	log.SetOutput(io.Discard) // net/http writes there; cli bounds it
	t.Cleanup(func() { log.SetOutput(before) })
	fulfillment := ilptest.Fulfill()
	fulfill := string(fulfillment.Bytes())
	type answer = func(stream uint32) string
	response := func(stream uint32) string {
		return frame2(frameHeaders, endHeaders, stream, "\x88") + frame2(frameData, endStream, stream, fulfill)
	}
	head := func(fields string) answer {
		return func(stream uint32) string {
			return frame2(frameHeaders, endHeaders, stream, fields) + frame2(frameData, endStream, stream, fulfill)
		}
	}
	behind := func(first string) answer { return func(stream uint32) string { return first + response(stream) } }
	data := strings.Repeat("x", 16<<10)
	for name, c := range map[string]struct {
		first answer // comes once
		more  answer // comes again and again
		want  string // the codes of the Reject that may be, or what describe says of the answer
	}{
		"a fulfill": {response, nil, "fulfill"},
		"after 103": {func(s uint32) string {
			return frame2(frameHeaders, endHeaders, s, field(":status", "103")) + response(s)
		}, nil, "fulfill"},
		"behind pings":            {behind(strings.Repeat(frame2(framePing, 0, 0, "12345678"), 5000)), nil, "fulfill"},
		"behind settings":         {behind(strings.Repeat(frame2(frameSettings, 0, 0, setting(4, 70_000)), 5000)), nil, "fulfill"},
		"behind unknown frames":   {behind(strings.Repeat(frame2(99, 0xff, 3, data), 100)), nil, "fulfill"},
		"a goodbye, then it":      {func(s uint32) string { return frame2(frameGoAway, 0, 0, u32(s, 0)) + response(s) }, nil, "fulfill"},
		"nothing at all":          {nil, nil, "R00"},
		"data first":              {func(s uint32) string { return frame2(frameData, endStream, s, fulfill) }, nil, "T01"},
		"no status":               {head(field("x", "x")), nil, "T01"},
		"a status of letters":     {head(field(":status", "abc")), nil, "T01"},
		"101":                     {head(field(":status", "101")), nil, "T01 R00"},
		"a capital":               {head("\x88" + field("X", "x")), nil, "T01"},
		"a request's field":       {head("\x88" + field(":path", "/")), nil, "T01"},
		"another length":          {head("\x88" + field("content-length", "3")), nil, "T01 fulfill"},
		"more than the length":    {head("\x88" + field("content-length", "1")), nil, "T01 T00 fulfill"},
		"HPACK that is none":      {head("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), nil, "T01"},
		"a reset":                 {func(s uint32) string { return frame2(frameReset, 0, s, u32(2)) }, nil, "T01"},
		"calm":                    {func(s uint32) string { return frame2(frameReset, 0, s, u32(11)) }, nil, "T01"},
		"refused for ever":        {func(s uint32) string { return frame2(frameReset, 0, s, u32(7)) }, nil, "T01 R00"},
		"a goodbye":               {func(s uint32) string { return frame2(frameGoAway, 0, 0, u32(0, 0)) }, nil, "T01 R00"},
		"an angry goodbye":        {func(s uint32) string { return frame2(frameGoAway, 0, 0, u32(s, 11)+"s3cret"+data[:9000]) }, nil, "T01 R00"},
		"no streams, and nothing": {func(uint32) string { return frame2(frameSettings, 0, 0, setting(3, 0)) }, nil, "R00"},
		"a push":                  {func(s uint32) string { return frame2(framePush, endHeaders, s, u32(2)+"\x82") }, nil, "T01"},
		"a huge frame":            {func(s uint32) string { return head2(1<<24-1, frameData, 0, s) }, nil, "T01"},
		"a window that overflows": {behind(frame2(frameWindow, 0, 0, u32(1<<31-1))), nil, "T01"},
		"garbage":                 {func(uint32) string { return data }, nil, "T01"},
		"HTTP/1.1":                {func(uint32) string { return ok(fulfill) }, nil, "T01"},
		"endless data": {func(s uint32) string { return frame2(frameHeaders, endHeaders, s, "\x88") },
			func(s uint32) string { return frame2(frameData, 0, s, data) }, "T00 T01"},
		"endless 103": {nil, func(s uint32) string {
			return frame2(frameHeaders, endHeaders, s, field(":status", "103")+field("x", data[:1000]))
		}, "T01"},
		"endless headers": {func(s uint32) string { return frame2(frameHeaders, 0, s, "\x88") }, func(s uint32) string {
			return frame2(frameContinuation, 0, s, field("x", data[:1000]))
		}, "T01"},
		"endless settings": {nil, func(uint32) string { return frame2(frameSettings, 0, 0, setting(4, 70_000)) }, "T01 R00"},
		"endless pings":    {nil, func(uint32) string { return frame2(framePing, 0, 0, "12345678") }, "T01 R00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, settings := new(journal), new(sync.Map)
			address := hostilePeer2(t, settings, func(conn net.Conn, stream uint32) {
				if c.first != nil {
					_ = write(conn, c.first(stream))
				}
				for err := error(nil); c.more != nil && err == nil; {
					err = write(conn, c.more(stream))
				}
			})
			l := httplink.New(httplink.Options{
				Outgoing: to(t, address, func(o *httplink.Outgoing) { o.HTTP2 = true }),
				Log:      slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			run(t, l, ilptest.NewLink())
			await(t, l.Connected)
			r := ilptest.NewRecorder()
			l.HandlePrepare(r, ilptest.Prepare("test.far", 5, ilptest.ExpiresIn(2*time.Second)))
			reply := r.Reply()
			got := "fulfill"
			if !reply.Fulfilled() {
				got = reply.Code().String()
			}
			if !strings.Contains(c.want, got) || r.Calls() != 1 {
				t.Errorf("answered with %.100q instead of %s, %d times", describe(reply), c.want, r.Calls())
			}
			if text := lines.String() + fmt.Sprint(l.Status()); len(text) > 2500 || strings.Contains(text, "s3cret") {
				t.Errorf("operators are told %d bytes: %.3000s", len(text), text)
			}
			for id, most := range map[any]uint32{uint16(4): 64 << 10, uint16(5): 16 << 10, uint16(6): 20 << 10, "window": 8 << 20} {
				if given, _ := settings.Load(id); given == nil || given.(uint32) > most {
					t.Errorf("the peer may use %v of %v, more than %d", given, id, most)
				}
			}
		})
	}
}

// A peer that allows one stream at a time gets one packet after the other, and refuses none.
func TestPeerThatAllowsOneStream(t *testing.T) {
	fulfillment := ilptest.Fulfill()
	var settings sync.Map
	var mu sync.Mutex
	most, now := 0, 0
	address := hostilePeer2(t, &settings, func(conn net.Conn, stream uint32) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		_ = write(conn, frame2(frameSettings, 0, 0, setting(3, 1)), frame2(frameHeaders, endHeaders, stream, "\x88"))
		mu.Lock()
		now--
		mu.Unlock()
		_ = write(conn, frame2(frameData, endStream, stream, string(fulfillment.Bytes())))
	})
	l := sending(t, address, func(o *httplink.Outgoing) { o.HTTP2 = true })
	if reply := ask(l, ilptest.Prepare("test.far", 1)); !reply.Fulfilled() {
		t.Fatalf("answered with %s", describe(reply))
	}
	var group sync.WaitGroup
	for i := range uint64(50) {
		group.Go(func() {
			if reply := ask(l, ilptest.Prepare("test.far", i)); !reply.Fulfilled() {
				t.Errorf("answered with %s", describe(reply))
			}
		})
	}
	group.Wait()
	if most == 0 {
		t.Error("no packet came")
	}
}

var _ ilp.Handler = (*httplink.Link)(nil)

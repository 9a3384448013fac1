package btp

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ilp-go/connector/ilp/oer"
)

// rawError is an Error frame of any bytes.
func rawError(code, name, at, data string, entries ...Entry) []byte {
	contents := oer.AppendOctets([]byte(code), name)
	contents = oer.AppendOctets(contents, at)
	contents = oer.AppendOctets(contents, data)
	contents = appendEntries(contents, entries)
	return append(appendHead(nil, TypeError, 1, len(contents)), contents...)
}

func errorJSON(t *testing.T, frame []byte) string {
	t.Helper()
	p, err := Parse(frame)
	if err != nil {
		t.Fatal(err)
	}
	return string(p.AppendErrorJSON([]byte("failed to send packet: ")))
}

// The texts below are what JSON.stringify gives; the vectors of package ilp
// hold many more.
func TestErrorAsJSON(t *testing.T) {
	const at = "20200101000000.000Z"
	for _, c := range []struct{ frame, want string }{
		{
			string(rawError("F00", "NotAcceptedError", at, `{"message":"no"}`)),
			`{"code":"F00","name":"NotAcceptedError","triggeredAt":"2020-01-01T00:00:00.000Z","data":"{\"message\":\"no\"}","protocolData":[]}`,
		},
		{
			string(rawError("F00", "", "20201301000000.000Z", "a\x00\b\t\n\f\r\x1f\x7f/é\u2028\U0001f4b8")),
			`{"code":"F00","name":"","triggeredAt":null,"data":"a\u0000\b\t\n\f\r\u001f` + "\x7f/é\u2028\U0001f4b8" + `","protocolData":[]}`,
		},
		{
			string(rawError("F00", "", "20200101000000.+00Z", "")),
			`{"code":"F00","name":"","triggeredAt":null,"data":"","protocolData":[]}`,
		},
		{
			string(rawError("\xc6\xb0\xb0", "N\xce", "20200101000000,000Z", "\xe2\x82a\xf0\x9f\x98\xff")),
			`{"code":"F00","name":"NN","triggeredAt":null,"data":"` + "\ufffda\ufffd\ufffd" + `","protocolData":[]}`,
		},
		{
			string(rawError("T00", "N", "", "", Entry{Name: []byte(`i"`), ContentType: Text, Data: []byte{0, 255}}, Entry{})),
			`{"code":"T00","name":"N","triggeredAt":null,"data":"","protocolData":[{"protocolName":"i\"","contentType":1,` +
				`"data":{"type":"Buffer","data":[0,255]}},{"protocolName":"","contentType":0,"data":{"type":"Buffer","data":[]}}]}`,
		},
	} {
		if got := errorJSON(t, []byte(c.frame)); got != "failed to send packet: "+c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestErrorJSONIsBounded(t *testing.T) {
	long := strings.Repeat("\x01ü", 50_000)
	money := strings.Repeat("\U0001f4b8", 5000) // four bytes each, so that the cut falls within one
	for name, frame := range map[string][]byte{
		"data":    rawError("F00", "N", "", long),
		"name":    rawError("F00", long, "", long),
		"entry":   rawError("F00", "N", "", "", Entry{Name: []byte(long), Data: []byte(long)}, Entry{Data: []byte(long)}),
		"money":   rawError("F00", "", "", money),
		"money 1": rawError("F00", "N", "", money),
		"money 2": rawError("F00", "NN", "", money),
		"money 3": rawError("F00", "NNN", "", money),
	} {
		got := errorJSON(t, frame)
		if n := len(got) - len("failed to send packet: "); n > ErrorJSONBytesMax || n < ErrorJSONBytesMax-utf8.UTFMax {
			t.Errorf("%s: %d bytes", name, n)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%s: cut within a character", name)
		}
	}
}

func TestErrorDataIsAMessage(t *testing.T) {
	for message, want := range map[string]string{
		"No sendMoney functionality is included in this module": `{"message":"No sendMoney functionality is included in this module"}`,
		"a \"b\" \\ <é\u2028>":                                  `{"message":"a \"b\" \\ <é` + "\u2028" + `>"}`,
		"":                                                      `{"message":""}`,
	} {
		if got := ErrorData(message); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// FuzzErrorJSON holds that the text is JSON which says what the frame said, for
// frames short enough.
func FuzzErrorJSON(f *testing.F) {
	f.Add("F00", "NotAcceptedError", "20200101000000.000Z", `{"message":"no"}`)
	f.Add("T00", "", "x", "\xe2\x82\x00")
	f.Fuzz(func(t *testing.T, code, name, at, data string) {
		if len(code) != codeBytes || len(name) > 0xffff || len(at) > 0xffff || len(data) > 0xffff {
			return
		}
		p, err := Parse(rawError(code, name, at, data, Entry{Name: []byte(name), Data: []byte(data)}))
		if err != nil {
			t.Fatal(err)
		}
		text := p.AppendErrorJSON(nil)
		if !utf8.Valid(text) || len(text) > ErrorJSONBytesMax {
			t.Fatalf("%d bytes: %q", len(text), text)
		}
		if len(name)+len(data) > ErrorJSONBytesMax/20 {
			return
		}
		var back struct {
			Data         string
			ProtocolData []struct{ Data struct{ Data []int } }
		}
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if utf8.ValidString(data) && back.Data != data || len(back.ProtocolData[0].Data.Data) != len(data) {
			t.Fatalf("data %q came back as %+v", data, back)
		}
	})
}

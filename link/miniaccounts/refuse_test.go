package miniaccounts_test

import (
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// TestRequestsAreRefusedInTheWordsOfThePlugin wants a BTP Error with a plain text, as JavaScript
// clients of ilp-plugin-mini-accounts show it.
func TestRequestsAreRefusedInTheWordsOfThePlugin(t *testing.T) {
	h := ilptest.Answering(ilptest.Reject(ilp.F00, "packet is empty"))
	_, url := serve(t, h)
	p := btppeer.Join(t, url, "alice", "a")
	message := func(name string, contentType btp.ContentType, data string) []byte {
		return btp.Append(nil, btp.TypeMessage, 7, []btp.Entry{{Name: []byte(name), ContentType: contentType, Data: []byte(data)}})
	}
	const noPacket = "invalid packet, no ilp protocol data."
	for _, tt := range []struct {
		name    string
		message []byte
		told    string
	}{
		{"nothing", btp.Append(nil, btp.TypeMessage, 7, nil), noPacket},
		{"another entry", message("info", btp.OctetStream, "\x02"), noPacket},
		{"an empty text", message("ilp", btp.Text, ""), noPacket},
		{"bad JSON", message("note", btp.JSON, "{"), "Unexpected token in JSON"},
		{"a transfer", btp.AppendTransfer(nil, 7, 100, nil), "No sendMoney functionality is included in this module"},
		{"garbage", message("ilp", btp.OctetStream, "garbage"), "packet is empty"},
		{"a packet as text", message("ilp", btp.Text, "hello"), "packet is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.Send(tt.message)
			p.WantError(tt.told, 7)
		})
	}
	if got := len(h.Sent()); got != 2 {
		t.Errorf("the account saw %d packets that do not parse, want 2: it limits and counts them", got)
	}
	p.Send(btppeer.Request(8, ilptest.Prepare("test.x", 1)))
	if reply := p.WantReply(8); reply.Code() != ilp.F00 {
		t.Errorf("a packet that parses gets %s", reply.Code())
	}
}

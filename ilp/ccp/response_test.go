package ccp

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/ilp"
)

func TestResponseIsAnEmptyPeerFulfill(t *testing.T) {
	reply, err := ilp.ParseReply(AppendResponse([]byte("before"))[len("before"):])
	if err != nil || !reply.Fulfilled() || len(reply.Data()) != 0 {
		t.Fatalf("%x, %v", reply.Bytes(), err)
	}
	if err := CheckResponse(reply); err != nil {
		t.Error(err)
	}
}

func TestRejectIsRepeated(t *testing.T) {
	r := ilp.Reject{Code: ilp.F00, TriggeredBy: "g.peer", Message: "not you"}
	rejected, err := ilp.ParseReply(r.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range []ilp.Reply{rejected, ilp.Fail(ilp.F00, "not you")} {
		err := CheckResponse(reply)
		var refused *RejectedError
		if !errors.As(err, &refused) || refused.Code != ilp.F00 || err.Error() != "ccp request rejected with F00: not you" {
			t.Errorf("got %v", err)
		}
	}
}

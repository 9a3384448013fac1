package ilp_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ilp-go/connector/ilp"
)

func TestCallReturnsAnAnswerOfItsOwn(t *testing.T) {
	fulfill := ilp.Fulfill{Data: []byte("hello")}
	packet := fulfill.Append(nil)
	h := ilp.HandlerFunc(func(up ilp.ReplyWriter, p ilp.Prepare) {
		if p.Amount() != 7 || string(p.Destination()) != "test.bob" {
			t.Errorf("asked for %d to %s", p.Amount(), p.Destination())
		}
		reply, err := ilp.ParseReply(packet)
		if err != nil {
			t.Fatal(err)
		}
		up.WriteReply(reply)
		clear(packet) // it was borrowed until now
	})
	reply, err := ilp.Call(t.Context(), h, ilp.Draft{Amount: 7, Destination: "test.bob", Expiry: 1})
	if err != nil || !reply.Fulfilled() || string(reply.Data()) != "hello" {
		t.Errorf("%q, %v", reply.Data(), err)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var late ilp.ReplyWriter
	silent := ilp.HandlerFunc(func(up ilp.ReplyWriter, _ ilp.Prepare) {
		late = up
		cancel()
	})
	if _, err := ilp.Call(ctx, silent, ilp.Draft{Destination: "test.bob", Expiry: 1}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	late.WriteReply(ilp.Fail(ilp.T00, "too late")) // must not block
	if _, err := ilp.Call(t.Context(), silent, ilp.Draft{Destination: "no address", Expiry: 1}); err == nil {
		t.Error("a packet to no address was sent")
	}
}

func TestRefusalGoesWithTheReadThatBroughtThePacket(t *testing.T) {
	d := ilp.Draft{Destination: "test.bob", Expiry: 1}
	prepare, err := ilp.ParsePrepare(d.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	prepare.Batch = new(ilp.ReadBatch)
	var got ilp.Reply
	ilp.Refuse(ilp.ReplyFunc(func(r ilp.Reply) { got = r }), &prepare, ilp.F02, "no way")
	if got.Code() != ilp.F02 || string(got.Message()) != "no way" || got.Batch != prepare.Batch {
		t.Errorf("%s %s, batch %p", got.Code(), got.Message(), got.Batch)
	}
}

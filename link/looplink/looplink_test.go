package looplink

import (
	"bytes"
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs a link until the test ends, or until stop is called.
func run(t *testing.T, l *Link, h ilp.Handler) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done, changes := make(chan struct{}), make(chan bool, 1)
	go func() {
		defer close(done)
		l.Run(ctx, h, func(connected bool) { changes <- connected })
	}()
	if !<-changes {
		t.Error("told that it is not connected")
	}
	<-l.Ready()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// ask is the answer to a packet.
func ask(l *Link, prepare ilp.Prepare) ilp.Reply {
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, prepare)
	return r.Reply()
}

func TestKnownConditionIsFulfilledOthersAreNot(t *testing.T) {
	other := ilptest.Prepare("test.x", 5, func(d *ilp.Draft) { d.Condition[0]++ })
	pong := ilptest.Prepare("test.x", 5, ilptest.Data(echo.AppendResponse(nil)), func(d *ilp.Draft) { d.Condition[0]++ })
	tests := []struct {
		name     string
		preimage *[ilp.ConditionBytes]byte
		prepare  ilp.Prepare
		want     ilp.Code // 0 is fulfilled
	}{
		{"the condition", &ilptest.Preimage, ilptest.Prepare("test.x", 5), 0},
		{"another", &ilptest.Preimage, other, ilp.F06},
		{"an echo's response", &ilptest.Preimage, pong, ilp.F06},
		{"any without a preimage", nil, ilptest.Prepare("test.x", 5), ilp.F06},
		{"zeros without a preimage", nil, ilptest.Prepare("test.x", 5, func(d *ilp.Draft) { d.Condition = [32]byte{} }), ilp.F06},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := New(tt.preimage)
			run(t, l, nil)
			reply := ask(l, tt.prepare)
			if reply.Code() != tt.want || reply.Fulfilled() != (tt.want == 0) {
				t.Fatalf("%s %s", reply.Code(), reply.Message())
			}
			if tt.want == 0 && !bytes.Equal(reply.Fulfillment(), ilptest.Preimage[:]) {
				t.Errorf("fulfillment %x", reply.Fulfillment())
			}
		})
	}
}

// Otherwise the session would be requested for ever, and an alarm would fire.
func TestRouteControlIsDeclined(t *testing.T) {
	l := New(&ilp.PeerFulfillment)
	run(t, l, nil)
	reply := ask(l, ilptest.Prepare("peer.route.control", 0, ilptest.WithCondition(ilp.PeerCondition)))
	if reply.Code() != ilp.F00 || string(reply.Message()) != "cannot process route control messages from non-peers." {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
}

func TestEchoGoesBackToItsSource(t *testing.T) {
	for _, answer := range []ilp.Reply{ilptest.Fulfill(), ilptest.Reject(ilp.F02, "no route found.")} {
		back := ilptest.Answering(answer)
		l := New(nil)
		run(t, l, back)
		asked := ilptest.Prepare("test.loop.x", 1<<63+1, ilptest.Data(echo.AppendRequest(nil, "test.us.me")))
		reply := ask(l, asked)
		if !bytes.Equal(reply.Bytes(), answer.Bytes()) {
			t.Errorf("answered %s %s", reply.Code(), reply.Message())
		}
		sent := back.Sent()
		if len(sent) != 1 {
			t.Fatalf("%d packets were sent", len(sent))
		}
		got := sent[0].Prepare
		if m, err := echo.Parse(got.Data()); err != nil || !m.Response || string(got.Destination()) != "test.us.me" {
			t.Errorf("sent %q to %s", got.Data(), got.Destination())
		}
		if got.Amount() != asked.Amount() || got.Expiry() != asked.Expiry() || !bytes.Equal(got.Condition(), asked.Condition()) {
			t.Errorf("sent %d until %d under %x", got.Amount(), got.Expiry(), got.Condition())
		}
	}
}

func TestEchoNeedsALinkThatRuns(t *testing.T) {
	l := New(&ilptest.Preimage)
	ping := ilptest.Prepare("test.loop", 1, ilptest.Data(echo.AppendRequest(nil, "test.us")))
	for _, when := range []string{"before", "after"} {
		if reply := ask(l, ping); reply.Code() != ilp.T01 || l.Status().State != link.Disabled || !l.Connected() {
			t.Errorf("%s: %s, %+v", when, reply.Code(), l.Status())
		}
		if when == "before" {
			stop := run(t, l, ilptest.Fulfilling())
			if reply := ask(l, ping); !reply.Fulfilled() || l.Status().State != link.Established {
				t.Errorf("while it runs: %s, %+v", reply.Code(), l.Status())
			}
			stop()
		}
	}
}

func TestAnswersStayInTheBatch(t *testing.T) {
	var batch ilp.ReadBatch
	var got *ilp.ReadBatch
	up := ilp.ReplyFunc(func(reply ilp.Reply) { got = reply.Batch })
	prepare := ilptest.Prepare("test.x", 1)
	prepare.Batch = &batch
	l := New(&ilptest.Preimage)
	l.HandlePrepare(up, prepare)
	if got != &batch {
		t.Error("the answer is of no batch")
	}
	if allocs := testing.AllocsPerRun(100, func() { l.HandlePrepare(up, prepare) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

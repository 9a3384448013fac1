package nodehost

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

func TestPacketsHaveTheIDsOfTheirObject(t *testing.T) {
	f := newFake(t)
	o, h := f.add()
	a, b := ilptest.NewRecorder(), ilptest.NewRecorder()
	go func() {
		o.HandlePrepare(a, ilptest.Prepare("test.a", 1))
		o.HandlePrepare(b, ilptest.Prepare("test.b", 2))
	}()
	first, second := f.read(), f.read()
	reply := ilptest.Fulfill(1)
	f.write(
		frame{frameReply, o.number, second.id, reply.Bytes()},
		frame{frameReply, o.number, second.id, reply.Bytes()}, // again
		frame{frameReply, o.number, first.id + 100, reply.Bytes()},
		frame{frameRefusal, o.number, first.id, []byte(`{"message":"no","code":"T99"}`)},
	)
	got := b.Reply()
	if !got.Fulfilled() {
		t.Errorf("%v", got)
	}
	if got := a.Reply(); got.Code() != ilp.T99 {
		t.Errorf("%v", got)
	}
	f.write(frame{typ: framePong, body: []byte(`{}`)})
	f.sync()
	if a.Calls() != 1 || b.Calls() != 1 || h.unmatched != 2 {
		t.Errorf("%d and %d answers, %d unmatched", a.Calls(), b.Calls(), h.unmatched)
	}
}

// sync waits until what was written is handled.
func (f *fake) sync() {
	f.t.Helper()
	f.write(frame{typ: framePacket, object: 9999, id: 7, body: []byte{}}) // is refused
	for f.read().object != 9999 {
	}
}

// Whatever the process says, it is answered or its session ends. We go on either way.
func TestGarbageEndsTheSessionAtMost(t *testing.T) {
	for _, garbage := range []string{
		"00", "00000000", "ffffffff", "0000000900", "00000009ff" + "00000000" + "00000000",
		"0000000a20" + "00000000" + "00000000" + "00", // a hello that is no JSON
		"0000000a22" + "00000000" + "00000000" + "7b", // a pong
		"0000000a11" + "00000000" + "00000000" + "7b", // a failure
		"0000000a13" + "00000001" + "00000000" + "7b", // a refusal
		"0000000901" + "00000001" + "00000000",        // a call of nothing
		"0000000a01" + "00000001" + "00000000" + "5b",
		"0000000902" + "00000001" + "00000000", // an empty packet
		"0000000912" + "00000001" + "00000000", // an empty reply
		"0000000924" + "00000001" + "00000000", // a state of nothing
		"0000000904" + "00000001" + "00000000", // a packet that passed no stage
		"0000000925" + "00000000" + "00000000", // a log of nothing
	} {
		f := newFake(t)
		o, _ := f.add()
		b, _ := hex.DecodeString(garbage)
		f.writeBytes(b)
		go func() { // what we answer
			for buf := make([]byte, 4096); ; {
				if _, err := f.conn.Read(buf); err != nil {
					return
				}
			}
		}()
		_ = f.conn.Close()
		<-f.s.ended
		f.end()
		r := ilptest.NewRecorder()
		o.HandlePrepare(r, ilptest.Prepare("test.a", 1))
		if got := r.Reply(); got.Code() != ilp.T01 {
			t.Errorf("%s: %v", garbage, got)
		}
	}
}

func TestEndOfTheProcessAnswersEverything(t *testing.T) {
	f := newFake(t)
	o, h := f.add()
	r := ilptest.NewRecorder()
	outcome := make(chan error, 1)
	go func() {
		o.HandlePrepare(r, ilptest.Prepare("test.a", 1))
		_, err := o.Call(t.Context(), "sendMoney", "5")
		outcome <- err
	}()
	f.read()
	f.read()
	f.end()
	if got := r.Reply(); got.Code() != ilp.T01 {
		t.Errorf("%v", got)
	}
	if err := <-outcome; !errors.Is(err, ErrLost) || errors.Is(err, ErrDown) {
		t.Errorf("%v", err)
	}
	if why := <-h.downs; !IsDown(why) || !o.Down() {
		t.Errorf("%v", why)
	}
	if _, err := o.Call(t.Context(), "sendMoney", "5"); !errors.Is(err, ErrDown) || errors.Is(err, ErrLost) {
		t.Errorf("%v", err)
	}
}

// A process that reads nothing fills a bounded buffer, and then packets are refused.
func TestMemoryIsBoundedWhileTheProcessHangs(t *testing.T) {
	f := newFake(t)
	o, _ := f.add()
	refused := 0
	big := make([]byte, 32<<10)
	for range 1000 {
		r := ilptest.NewRecorder()
		o.HandlePrepare(r, ilptest.Prepare("test.a", 1, ilptest.Data(big)))
		if r.Calls() > 0 {
			if got := r.Reply(); got.Code() != ilp.T02 {
				t.Fatalf("%v", got)
			}
			refused++
		}
	}
	if refused < 800 || refused == 1000 {
		t.Errorf("%d of 1000 packets of 32 KiB were refused", refused)
	}
}

func TestSilentProcessIsNotConnected(t *testing.T) {
	f := newFake(t)
	o, h := f.add()
	go func() {
		for buf := make([]byte, 4096); ; {
			if _, err := f.conn.Read(buf); err != nil {
				return
			}
		}
	}()
	if err := f.host.beat(f.s, silentAfter+1); err != nil || <-h.changes || o.Connected() || o.Silent() == nil {
		t.Errorf("%v %v", err, o.Silent())
	}
	if err := f.host.beat(f.s, time.Second); err != nil || !<-h.changes || !o.Connected() || o.Silent() != nil {
		t.Errorf("%v %v", err, o.Silent())
	}
	if err := f.host.beat(f.s, HangTimeout+1); err == nil {
		t.Error("a process that hangs goes on")
	}
	f.write(frame{typ: framePong, body: []byte(`{"rss":99999999999}`)})
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for f.host.beat(f.s, 0) == nil { // until the pong is handled
		<-ticker.C
	}
}

func TestRemovedObjectHearsNothing(t *testing.T) {
	f := newFake(t)
	o, h := f.add()
	go o.Remove()
	if got := f.read(); got.typ != frameEvent {
		t.Errorf("%+v", got)
	}
	f.write(frame{framePacket, o.number, 5, []byte{1}}, frame{frameState, o.number, 0, []byte{0}}, frame{frameCall, o.number, 6, []byte(`["get","a"]`)})
	for _, want := range []frameType{frameRefusal, frameFailure} {
		if got := f.read(); got.typ != want {
			t.Errorf("%+v", got)
		}
	}
	select {
	case <-h.changes:
		t.Error("a removed object was called")
	case <-h.downs:
		t.Error("a removed object was called")
	default:
	}
}

func TestWorldIsToldToEachProcess(t *testing.T) {
	f := newFake(t)
	go f.host.SetWorld([]byte(`{"address":"test.us"}`))
	if got := f.read(); string(got.body) != `["world",{"address":"test.us"}]` {
		t.Errorf("%s", got.body)
	}
}

// A packet that no peer takes would end the connection to that peer.
func TestPacketsOfModulesAreNoLargerThanPeersTake(t *testing.T) {
	f := newFake(t)
	o, h := f.add()
	faults := make(chan error, 1)
	h.answering = ilp.HandlerFunc(func(up ilp.ReplyWriter, prepare ilp.Prepare) {
		faults <- prepare.Fault()
		up.WriteReply(prepare.Reply(ilptest.Fulfill()))
	})
	large := make([]byte, packetBytesMax)
	prepare, reply := ilptest.Prepare("test.a", 1, ilptest.Data(large)), ilptest.Fulfill(large...)
	r := ilptest.NewRecorder()
	go o.HandlePrepare(r, ilptest.Prepare("test.a", 1))
	id := f.read().id
	go f.write(frame{frameReply, o.number, id, reply.Bytes()}, frame{framePacket, o.number, 5, prepare.Bytes()})
	f.read()
	if got := <-faults; !errors.Is(got, errLarge) {
		t.Errorf("%v", got)
	}
	if got := r.Reply(); got.Code() != ilp.F00 {
		t.Errorf("%v", got)
	}
}

// A second greeting would make a second chain of middlewares, which nothing ends.
func TestProcessGreetsOnce(t *testing.T) {
	f := newFake(t)
	f.add()
	stages := &stageCounter{}
	f.host.SetStages(stages)
	f.write(frame{typ: frameHello, body: []byte(`{"protocol":1,"node":"v20.0.0"}`)})
	<-f.s.ended
	if stages.began != 0 || !errors.Is(f.s.reason, errFrame) {
		t.Errorf("%d chains, and the session ends because of %v", stages.began, f.s.reason)
	}
}

// stageCounter counts how often processes begin.
type stageCounter struct {
	StageHandler
	began int
}

func (s *stageCounter) Began(*Stages) { s.began++ }
func (s *stageCounter) Lost()         {}

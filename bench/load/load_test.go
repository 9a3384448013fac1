//go:build linux

package load

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func honest(_ *btp.Packet, packet []byte) [][]byte { return [][]byte{packet} }

// dialFake connects a sender and a receiver to a fake connector.
func dialFake(t *testing.T, hook func(p *btp.Packet, packet []byte) [][]byte, edits ...func(*Options)) *Load {
	t.Helper()
	f := startFake(t, hook)
	opts := Options{Senders: []Endpoint{f.endpoint()}, Receivers: []Endpoint{f.endpoint()}, Address: "test.bench", Divisor: 1}
	for _, edit := range edits {
		edit(&opts)
	}
	l, err := Dial(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	l.patience = 200 * time.Millisecond
	return l
}

// short returns a plan of two phases.
func short() Plan {
	return Plan{
		Window: 8, Core: OnAnyCore,
		Aim:    func(int) []Target { return []Target{{"test.a", 0}, {"test.b", 0}, {"test.c", 0}} },
		Phases: []Phase{{Duration: 20 * time.Millisecond}, {Duration: 50 * time.Millisecond}},
		CPU:    func() (time.Duration, error) { return 0, nil },
	}
}

func TestClosedLoopKeepsItsWindow(t *testing.T) {
	var inFlight, most atomic.Int64
	l := dialFake(t, func(p *btp.Packet, packet []byte) [][]byte {
		if p.Type == btp.TypeResponse {
			inFlight.Add(-1)
		} else if n := inFlight.Add(1); n > most.Load() {
			most.Store(n)
		}
		return [][]byte{packet}
	})
	phases, err := l.Run(t.Context(), short())
	if err != nil {
		t.Fatal(err)
	}
	sum := Sum(phases)
	if sum.Elapsed < 65*time.Millisecond || sum.Packets == 0 || sum.Latency.counts.TotalCount() < sum.Packets {
		t.Errorf("two phases of 20 and 50 ms took %v, with %d packets and %d latencies", sum.Elapsed, sum.Packets, sum.Latency.counts.TotalCount())
	}
	if most.Load() > 8 || inFlight.Load() != 0 {
		t.Errorf("at most %d packets were in flight, %d are left", most.Load(), inFlight.Load())
	}
}

func TestPacedLoadSendsWhatTheScheduleSays(t *testing.T) {
	l := dialFake(t, honest)
	plan := short()
	plan.Window, plan.Rate = 0, 1000
	phases, err := l.Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{20, 50} {
		if got := phases[i].Latency.counts.TotalCount(); got != want {
			t.Errorf("phase %d: %d packets, want %d", i, got, want)
		}
	}
}

func TestPhaseLastsUntilItSaysSo(t *testing.T) {
	l := dialFake(t, honest)
	plan := short()
	plan.Window, plan.Rate = 0, 1000
	asked := 0
	plan.Phases[0].Until = func() bool { asked++; return asked > 30 }
	phases, err := l.Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{50, 50} {
		if got := phases[i].Latency.counts.TotalCount(); got != want {
			t.Errorf("phase %d: %d packets, want %d", i, got, want)
		}
	}
}

func TestLatencyOfAPacedLoadCountsFromTheSchedule(t *testing.T) {
	const stall = 30 * time.Millisecond
	stalled := false
	l := dialFake(t, func(p *btp.Packet, packet []byte) [][]byte {
		if p.Type == btp.TypeMessage && !stalled {
			stalled = true
			<-time.After(stall) // the connector holds all that comes behind
		}
		return [][]byte{packet}
	})
	plan := short()
	plan.Window, plan.Rate = 0, 1000
	phases, err := l.Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	sum := Sum(phases)
	if got := sum.Latency.Percentile(75); got < stall/10 {
		t.Errorf("a stall of %v shows as a 75th percentile of %v: packets that waited behind it do not count", stall, got)
	}
}

// spoiling returns a hook that changes the fifth message of a type.
func spoiling(typ btp.Type, spoil func(packet []byte) [][]byte) func(*btp.Packet, []byte) [][]byte {
	seen := 0
	return func(p *btp.Packet, packet []byte) [][]byte {
		if p.Type == typ {
			if seen++; seen == 5 {
				return spoil(packet)
			}
		}
		return [][]byte{packet}
	}
}

func TestRunFailsOverOneWrongPacket(t *testing.T) {
	flip := func(back int) func(packet []byte) [][]byte {
		return func(packet []byte) [][]byte {
			packet[len(packet)-back] ^= 1
			return [][]byte{packet}
		}
	}
	reject := ilp.Reject{Code: ilp.T02, TriggeredBy: "test.bench", Message: "busy"}
	for name, c := range map[string]struct {
		typ   btp.Type
		spoil func(packet []byte) [][]byte
		want  string
	}{
		"data of a Prepare":  {btp.TypeMessage, flip(1), "data"},
		"data of a Fulfill":  {btp.TypeResponse, flip(1), "data"},
		"fulfillment":        {btp.TypeResponse, flip(replyBytes + 2), "preimage"},
		"a Reject":           {btp.TypeResponse, func([]byte) [][]byte { return [][]byte{reject.Append(nil)} }, `T02 "busy"`},
		"answered twice":     {btp.TypeResponse, func(p []byte) [][]byte { return [][]byte{p, p} }, "second"},
		"answer lost":        {btp.TypeResponse, func([]byte) [][]byte { return nil }, "1 of "},
		"packet lost":        {btp.TypeMessage, func([]byte) [][]byte { return nil }, "1 of "},
		"answer is no reply": {btp.TypeResponse, func([]byte) [][]byte { return [][]byte{{1, 2}} }, "packet"},
	} {
		t.Run(name, func(t *testing.T) {
			l := dialFake(t, spoiling(c.typ, c.spoil))
			_, err := l.Run(t.Context(), short())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the run ended with %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestRunFailsWhenPacketsArriveTwice(t *testing.T) {
	seen := 0
	l := dialFake(t, func(p *btp.Packet, packet []byte) [][]byte {
		if p.Type == btp.TypeMessage {
			if seen++; seen == 5 {
				return [][]byte{packet, packet}
			}
		}
		return [][]byte{packet}
	})
	if _, err := l.Run(t.Context(), short()); err == nil {
		t.Error("a packet came twice, and the run did not fail")
	}
}

func TestProbeTriesUntilThereIsARoute(t *testing.T) {
	tries := 0
	reject := ilp.Reject{Code: ilp.F02, TriggeredBy: "test.bench", Message: "no route found."}
	l := dialFake(t, func(p *btp.Packet, packet []byte) [][]byte {
		if p.Type == btp.TypeResponse {
			if tries++; tries < 3 {
				return [][]byte{reject.Append(nil)}
			}
		}
		return [][]byte{packet}
	})
	if err := l.Probe(t.Context(), 5*time.Second, Fulfilled, short().Aim); err != nil || tries != 3 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

func TestProbeGivesUp(t *testing.T) {
	reject := ilp.Reject{Code: ilp.F02, TriggeredBy: "test.bench", Message: "no route found."}
	l := dialFake(t, spoiledAnswers(reject.Append(nil)))
	err := l.Probe(t.Context(), 20*time.Millisecond, Fulfilled, short().Aim)
	if !errors.Is(err, errPatience) || !strings.Contains(err.Error(), "no route found") {
		t.Errorf("the probe ended with %v", err)
	}
}

func spoiledAnswers(answer []byte) func(*btp.Packet, []byte) [][]byte {
	return func(p *btp.Packet, packet []byte) [][]byte {
		if p.Type == btp.TypeResponse {
			return [][]byte{answer}
		}
		return [][]byte{packet}
	}
}

func TestNeighborThatIsNeverAskedFails(t *testing.T) {
	f := startFake(t, honest)
	l, err := Dial(t.Context(), Options{Neighbors: []Endpoint{f.endpoint()}, Divisor: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.AwaitAsked(t.Context(), l.Neighbor(0), 10*time.Millisecond); !errors.Is(err, errNoControl) {
		t.Errorf("got %v", err)
	}
}

func TestDialRefusesAWrongToken(t *testing.T) {
	f := startFake(t, honest)
	e := f.endpoint()
	e.Token = "wrong"
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if l, err := Dial(ctx, Options{Senders: []Endpoint{e}, Divisor: 1}); err == nil {
		l.Close()
		t.Error("connected")
	}
}

func TestRunIsPinnedAndFreeAgain(t *testing.T) {
	l := dialFake(t, honest)
	plan := short()
	plan.Core = 0
	if _, err := l.Run(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Run(t.Context(), short()); err != nil {
		t.Fatal(err)
	}
}

// Each of two clients sends to the other, until a number of packets is answered.
func TestClientsSendAndReceive(t *testing.T) {
	f := startFake(t, honest)
	l, err := Dial(t.Context(), Options{Clients: []Endpoint{f.endpoint(), f.endpoint()}, Address: "test.bench", Divisor: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	const packets = 101
	plan := short()
	plan.Window, plan.Packets = 4, packets
	plan.Aim = func(sender int) []Target { return []Target{{"test.a", 1 - sender}} }
	plan.Phases = []Phase{{Duration: time.Millisecond, Until: func() bool { return l.Answered() >= packets }}}
	phases, err := l.Run(t.Context(), plan)
	if err != nil || phases[0].Packets != packets || l.sent != packets {
		t.Errorf("%v, sent %d, %+v", err, l.sent, phases)
	}
	if a, b := l.senders[0].seq, l.senders[1].seq; a == 0 || b == 0 || a+b != packets {
		t.Errorf("one client sent %d packets, the other %d", a, b)
	}
}

package load

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
)

const nowMs = int64(1_700_000_000_000)

// arriving returns a Prepare as it should arrive, and what its receiver expects.
func arriving() (ilp.Draft, *arrival) {
	data := []byte(filler[:dataBytes])
	sampleLabel.put(data)
	return ilp.Draft{
			Amount: sampleLabel.amount() / 1000, Expiry: nowMs + 5000, Condition: sampleLabel.condition(),
			Destination: "test.bench.r0002.wallet", Data: data,
		}, &arrival{
			run: sampleLabel.run, receiver: 2, divisor: 1000,
			targets: []Target{{Address: "test.other", To: 1}, {Address: "test.bench.r0002.wallet", To: 2}},
		}
}

func (a *arrival) checkDraft(t *testing.T, d *ilp.Draft) error {
	t.Helper()
	p, err := ilp.ParsePrepare(d.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.check(&p, nowMs)
	return err
}

func TestGoodPacketPasses(t *testing.T) {
	d, a := arriving()
	if err := a.checkDraft(t, &d); err != nil {
		t.Error(err)
	}
}

func TestReceiverSeesEveryChange(t *testing.T) {
	for name, spoil := range map[string]func(d *ilp.Draft, a *arrival){
		"amount one more":          func(d *ilp.Draft, _ *arrival) { d.Amount++ },
		"amount one less":          func(d *ilp.Draft, _ *arrival) { d.Amount-- },
		"amount not converted":     func(d *ilp.Draft, _ *arrival) { d.Amount = sampleLabel.amount() },
		"condition":                func(d *ilp.Draft, _ *arrival) { d.Condition[31] ^= 1 },
		"destination":              func(d *ilp.Draft, _ *arrival) { d.Destination = "test.bench.r0002.wallex" },
		"expired":                  func(d *ilp.Draft, _ *arrival) { d.Expiry = nowMs },
		"expires too late":         func(d *ilp.Draft, _ *arrival) { d.Expiry = nowMs + lifetime.Milliseconds() + 1 },
		"end of the data":          func(d *ilp.Draft, _ *arrival) { d.Data[dataBytes-1] ^= 1 },
		"begin of the filler":      func(d *ilp.Draft, _ *arrival) { d.Data[labelBytes] ^= 1 },
		"sequence":                 func(d *ilp.Draft, _ *arrival) { d.Data[23] ^= 1 },
		"version of the prices":    func(d *ilp.Draft, _ *arrival) { d.Data[labelBytes-1] ^= 1 },
		"target":                   func(d *ilp.Draft, _ *arrival) { d.Data[15] ^= 1 },
		"target out of range":      func(d *ilp.Draft, _ *arrival) { d.Data[12] ^= 0x80 },
		"run":                      func(d *ilp.Draft, _ *arrival) { d.Data[0] ^= 1 },
		"data cut":                 func(d *ilp.Draft, _ *arrival) { d.Data = d.Data[:dataBytes-1] },
		"data grown":               func(d *ilp.Draft, _ *arrival) { d.Data = append(d.Data, 0) },
		"no data":                  func(d *ilp.Draft, _ *arrival) { d.Data = nil },
		"came to another receiver": func(_ *ilp.Draft, a *arrival) { a.receiver = 1 },
		"packet of another load":   func(_ *ilp.Draft, a *arrival) { a.run++ },
	} {
		d, a := arriving()
		spoil(&d, a)
		if a.checkDraft(t, &d) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

// answers returns the good answers to a packet, one for each outcome.
func answers() (fulfill ilp.Fulfill, refusal, unreachable ilp.Reject) {
	data := func() []byte {
		b := []byte(filler[:replyBytes])
		sampleLabel.put(b)
		return b
	}
	fulfill = ilp.Fulfill{Fulfillment: sampleLabel.preimage(), Data: data()}
	refusal = ilp.Reject{Code: refusalCode, TriggeredBy: "test.receiver", Message: refusalMessage, Data: data()}
	unreachable = ilp.Reject{Code: ilp.F02, TriggeredBy: "test.bench", Message: "no route found."}
	return fulfill, refusal, unreachable
}

func checkBytes(t *testing.T, b []byte, want Outcome) error {
	t.Helper()
	r, err := ilp.ParseReply(b)
	if err != nil {
		t.Fatal(err)
	}
	return checkReply(&r, sampleLabel, want, &Target{Address: "test.receiver"}, "test.bench")
}

func TestEachAnswerPassesOnlyWhereItIsWanted(t *testing.T) {
	fulfill, refusal, unreachable := answers()
	for got, b := range map[Outcome][]byte{
		Fulfilled: fulfill.Append(nil), Refused: refusal.Append(nil), Unreachable: unreachable.Append(nil),
	} {
		for _, want := range []Outcome{Fulfilled, Refused, Unreachable} {
			if err := checkBytes(t, b, want); (err == nil) != (got == want) {
				t.Errorf("outcome %d where %d is wanted: %v", got, want, err)
			}
		}
	}
}

func TestSenderSeesEveryChangeOfAnAnswer(t *testing.T) {
	type all struct {
		f ilp.Fulfill
		r ilp.Reject
		u ilp.Reject
	}
	for name, spoil := range map[string]func(a *all) (b []byte, want Outcome){
		"fulfillment":         func(a *all) ([]byte, Outcome) { a.f.Fulfillment[0] ^= 1; return a.f.Append(nil), Fulfilled },
		"data of a Fulfill":   func(a *all) ([]byte, Outcome) { a.f.Data[replyBytes-1] ^= 1; return a.f.Append(nil), Fulfilled },
		"label in a Fulfill":  func(a *all) ([]byte, Outcome) { a.f.Data[labelBytes-1] ^= 1; return a.f.Append(nil), Fulfilled },
		"data of it cut":      func(a *all) ([]byte, Outcome) { a.f.Data = a.f.Data[:replyBytes-1]; return a.f.Append(nil), Fulfilled },
		"code of a Reject":    func(a *all) ([]byte, Outcome) { a.r.Code = ilp.F00; return a.r.Append(nil), Refused },
		"message of a Reject": func(a *all) ([]byte, Outcome) { a.r.Message += "."; return a.r.Append(nil), Refused },
		"origin of a Reject":  func(a *all) ([]byte, Outcome) { a.r.TriggeredBy = "test.bench"; return a.r.Append(nil), Refused },
		"data of a Reject":    func(a *all) ([]byte, Outcome) { a.r.Data[replyBytes-1] ^= 1; return a.r.Append(nil), Refused },
		"another refusal":     func(a *all) ([]byte, Outcome) { a.u.Code = ilp.T00; return a.u.Append(nil), Unreachable },
		"another origin":      func(a *all) ([]byte, Outcome) { a.u.TriggeredBy = "test.x"; return a.u.Append(nil), Unreachable },
	} {
		var a all
		a.f, a.r, a.u = answers()
		if b, want := spoil(&a); checkBytes(t, b, want) == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}

func TestCheckingAllocatesNothing(t *testing.T) {
	d, a := arriving()
	b := d.Append(nil)
	fulfill, _, _ := answers()
	answer := fulfill.Append(nil)
	target := &Target{Address: "test.receiver"}
	if n := testing.AllocsPerRun(100, func() {
		p, _ := ilp.ParsePrepare(b)
		r, _ := ilp.ParseReply(answer)
		if _, err := a.check(&p, nowMs); err != nil || checkReply(&r, sampleLabel, Fulfilled, target, "") != nil {
			t.Fatal("not good")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSumOfPhases(t *testing.T) {
	phases := make([]Measure, 3)
	for i := range phases {
		phases[i] = Measure{
			Elapsed: time.Second, Packets: 10, CPU: time.Millisecond, Own: 2 * time.Millisecond, Others: 3 * time.Millisecond,
			Latency: NewHistogram(),
		}
		phases[i].Latency.Add(time.Duration(i))
	}
	sum := Sum(phases)
	if sum.Elapsed != 3*time.Second || sum.Packets != 30 || sum.CPU != 3*time.Millisecond ||
		sum.Own != 6*time.Millisecond || sum.Others != 9*time.Millisecond || sum.Latency.counts.TotalCount() != 3 {
		t.Errorf("the sum is %v, %d packets, %v, %v, %d latencies", sum.Elapsed, sum.Packets, sum.CPU, sum.Own, sum.Latency.counts.TotalCount())
	}
}

package ilp_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/ilp-go/connector/ilp"
)

type prepareVector struct {
	verdict
	Amount      string
	ExpiresAt   int64
	Condition   blob
	Destination string
	Data        blob
}

func (v *prepareVector) compare(t *testing.T, p *ilp.Prepare) {
	t.Helper()
	equal(t, "amount", strconv.FormatUint(p.Amount(), 10), v.Amount)
	equal(t, "condition", p.Condition(), v.Condition)
	equal(t, "destination", p.Destination(), v.Destination)
	equal(t, "data", p.Data(), v.Data)
	if p.Expiry() != v.ExpiresAt {
		t.Errorf("expiry: got %d, want %d", p.Expiry(), v.ExpiresAt)
	}
}

func TestPrepareVectors(t *testing.T) {
	var file struct{ Cases, Judged []prepareVector }
	load(t, "prepare", &file)
	for _, v := range file.Cases {
		t.Run(v.Name, func(t *testing.T) {
			p, err := ilp.ParsePrepare(v.Packet)
			if err != nil {
				t.Fatal(err)
			}
			v.compare(t, &p)
			amount, _ := strconv.ParseUint(v.Amount, 10, 64)
			d := ilp.Draft{
				Amount: amount, Expiry: v.ExpiresAt, Condition: [32]byte(v.Condition),
				Destination: v.Destination, Data: v.Data,
			}
			equal(t, "packet", d.Append(nil), v.Packet)
		})
	}
	for i, v := range file.Judged {
		t.Run(v.title(i), func(t *testing.T) {
			p, err := ilp.ParsePrepare(slices.Clone(v.Packet))
			if v.check(t, err) {
				v.compare(t, &p)
			}
		})
	}
}

type fulfillVector struct {
	verdict
	Fulfillment, Data blob
}

func TestFulfillVectors(t *testing.T) {
	var file struct{ Cases, Judged []fulfillVector }
	load(t, "fulfill", &file)
	compare := func(t *testing.T, r *ilp.Reply, v *fulfillVector) {
		t.Helper()
		equal(t, "fulfillment", r.Fulfillment(), v.Fulfillment)
		equal(t, "data", r.Data(), v.Data)
	}
	for _, v := range file.Cases {
		t.Run(v.Name, func(t *testing.T) {
			r, err := ilp.ParseReply(v.Packet)
			if err != nil || !r.Fulfilled() {
				t.Fatalf("fulfilled: %t, %v", r.Fulfilled(), err)
			}
			compare(t, &r, &v)
			f := ilp.Fulfill{Fulfillment: [32]byte(v.Fulfillment), Data: v.Data}
			equal(t, "packet", f.Append(nil), v.Packet)
		})
	}
	for i, v := range file.Judged {
		if ilp.Type(v.Packet) != ilp.TypeFulfill {
			continue
		}
		t.Run(v.title(i), func(t *testing.T) {
			r, err := ilp.ParseReply(v.Packet)
			if v.check(t, err) {
				compare(t, &r, &v)
			}
		})
	}
}

type rejectVector struct {
	verdict
	Code        blob
	TriggeredBy string
	Message     blob
	Data        blob
}

func (v *rejectVector) compare(t *testing.T, r *ilp.Reply) {
	t.Helper()
	equal(t, "code", r.Code().String(), v.Code)
	equal(t, "triggeredBy", r.TriggeredBy(), v.TriggeredBy)
	equal(t, "message", r.Message(), v.Message)
	equal(t, "data", r.Data(), v.Data)
}

func TestRejectVectors(t *testing.T) {
	var file struct{ Cases, Judged []rejectVector }
	load(t, "reject", &file)
	for _, v := range file.Cases {
		t.Run(v.Name, func(t *testing.T) {
			r, err := ilp.ParseReply(v.Packet)
			if err != nil || r.Fulfilled() {
				t.Fatalf("fulfilled: %t, %v", r.Fulfilled(), err)
			}
			v.compare(t, &r)
			out := ilp.Reject{Code: r.Code(), TriggeredBy: v.TriggeredBy, Message: string(v.Message), Data: v.Data}
			equal(t, "packet", out.Append(nil), v.Packet)
		})
	}
	for i, v := range file.Judged {
		if ilp.Type(v.Packet) == ilp.TypeFulfill {
			continue
		}
		if odd := func(b byte) bool { return b < ' ' || b > '~' }; v.OK && v.Differs == "" && slices.ContainsFunc(v.Code, odd) {
			v.Differs = "a code is printable" // the mutants are made at random
		}
		t.Run(v.title(i), func(t *testing.T) {
			r, err := ilp.ParseReply(v.Packet)
			if v.check(t, err) {
				v.compare(t, &r)
			}
		})
	}
}

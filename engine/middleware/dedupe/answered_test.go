package dedupe

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// TestAnsweredAgreesWithAList holds the records against a plain list, while they grow,
// go around and are forgotten in the middle.
func TestAnsweredAgreesWithAList(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	type kept struct {
		packet
		answer string // what says it, encoded
	}
	var a answered
	var list []kept
	large := ilptest.Fulfill(make([]byte, 30_000)...)
	answers := []ilp.Reply{
		ilptest.Fulfill(1, 2, 3), ilptest.Reject(ilp.F99, "no"),
		ilp.Fail(ilp.F02, "failed to send packet: x"), ilp.Failure{Code: ilp.F08, Message: "m", Data: []byte{1, 2}, Name: "AmountTooLarge"}.Reply(),
	}
	for now := int64(0); now < 60_000; now++ {
		p := packet{hash: random.Uint64(), amount: random.Uint64(), until: now + random.Int64N(20_000)}
		p.condition[0] = byte(now)
		reply := answers[random.IntN(len(answers))]
		if random.IntN(500) == 0 {
			reply = large
		}
		a.put(&p, &reply)
		list = append(list, kept{p, say(&reply)})
		for a.live < len(list) { // what has made room
			list = list[1:]
		}
		switch random.IntN(1000) {
		case 0:
			a.forget(now)
			list = slices.DeleteFunc(list, func(k kept) bool { return k.until < now })
		case 1:
			for range min(500, a.live) {
				if a.oldest().hash != forgotten {
					list = list[1:]
				}
				a.pop()
			}
		case 2:
			i := random.IntN(len(list))
			a.drop(a.find(&list[i].packet))
			list = slices.Delete(list, i, i+1)
		}
		if a.live != len(list) {
			t.Fatalf("%d records, want %d", a.live, len(list))
		}
		for range min(2, len(list)) {
			k := list[random.IntN(len(list))]
			r := a.find(&k.packet)
			if r == nil { // its bucket was full
				if lost := a.lost(); lost > a.live/500 {
					t.Fatalf("%d of %d are not found", lost, a.live)
				}
				continue
			}
			if got := a.reply(r); r.packet != k.packet || say(&got) != k.answer {
				t.Fatalf("%+v is answered with %s", r.packet, say(&got))
			}
		}
		if other := (packet{hash: p.hash ^ 1}); a.find(&other) != nil {
			t.Fatal("what never was is found")
		}
	}
	if len(a.ring) != originalsMax {
		t.Errorf("the ring has %d places only", len(a.ring))
	}
	a.forget(1 << 40)
	if a.live != 0 || a.ring != nil || a.queue.bytes != 0 {
		t.Errorf("left over: %d records, %d places, %d bytes", a.live, len(a.ring), a.queue.bytes)
	}
}

// lost is how many records the index does not find.
func (a *answered) lost() (n int) {
	for number := a.tail; number != a.head; number++ {
		if r := *a.record(number); r.hash != forgotten && a.find(&r.packet) == nil {
			n++
		}
	}
	return n
}

// say writes a reply out.
func say(r *ilp.Reply) string {
	if f := r.Failure(); r.Failed() {
		return f.Code.String() + f.Message + f.Name + string(f.Data)
	}
	return string(r.Bytes())
}

// TestConditionsTellPacketsOfOneHashApart, however unlikely they are.
func TestConditionsTellPacketsOfOneHashApart(t *testing.T) {
	var a answered
	one, two := packet{hash: 5, condition: [32]byte{1}}, packet{hash: 5, condition: [32]byte{2}}
	reply := ilptest.Fulfill(1)
	a.put(&one, &reply)
	if a.find(&two) != nil || a.find(&one) == nil {
		t.Error("one is taken for the other")
	}
	a.put(&two, &reply)
	if r := a.find(&two); r == nil || r.condition != two.condition {
		t.Error("the other is not found")
	}
}

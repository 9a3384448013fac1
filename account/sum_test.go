package account

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// fill counts something of everything, n times as much for n.
func fill(c *Counters, n uint64) {
	for range n {
		for r := range resultCount {
			c.Incoming.Count(r)
			c.Outgoing.Count(r)
			c.Late.Count(r)
			c.Unmatched.Count(r)
			c.IncomingValue.Add(r, 1<<63)
			c.OutgoingValue.Add(r, 3)
		}
		c.Rejects.Count(int64(n), ilp.F02, n)
		c.LateReceived.Add(5)
		c.LateFulfills.Add(7)
		c.KeptFulfills.Add(1)
		c.RefusedFrom.Count(0, int64(n), ilp.T04, "maximum_balance", 10*n)
		c.RefusedTo.Count(0, int64(n), ilp.T01, "not_connected", n)
		c.RateLimited.Add(1)
		c.RateLimitedMoney.Add(1)
		c.Told.Tell(SampleOf(StatIncomingPackets, "fulfilled", ""), 3)
		c.Latency.Observe(time.Duration(n) * time.Second)
	}
	c.LastSeen.Store(int64(n))
	c.InFlight.Add(1)
	c.Outstanding.Add(1)
}

func TestSumCountsForAll(t *testing.T) {
	var sum, one, two, want Counters
	fill(&one, 1)
	fill(&two, 2)
	sum.Add(&two)
	sum.Add(&one)
	fill(&want, 1)
	fill(&want, 2)
	for i := range reflect.TypeFor[Counters]().NumField() {
		field := reflect.TypeFor[Counters]().Field(i).Name
		switch field {
		case "InFlight", "Outstanding", "IncomingMoney", "OutgoingMoney", "Latency", "RefusedFrom", "RefusedTo", "Told":
			continue
		}
		if got, want := reflect.ValueOf(&sum).Elem().Field(i), reflect.ValueOf(&want).Elem().Field(i); !reflect.DeepEqual(got.Addr().Interface(), want.Addr().Interface()) {
			t.Errorf("%s: %v, want %v", field, got, want)
		}
	}
	if sum.InFlight.Load() != 0 || sum.Outstanding.Load() != 0 {
		t.Error("packets under way are counted")
	}
	if got, want := sum.Told.Read(), want.Told.Read(); len(got) != 1 || !maps.Equal(got, want) {
		t.Errorf("Told: %v, want %v", got, want)
	}
	count, total, upTo := sum.Latency.Read()
	if count != 3 || total != 5*time.Second || upTo[time.Second] != 1 {
		t.Errorf("latency: %d, %s, %v", count, total, upTo)
	}
	want1 := []Refused{{Code: ilp.T04, Cause: "maximum_balance", Count: 3, LastAmount: 20, LastAt: time.Unix(0, 2)}}
	if got := sum.RefusedFrom.Read(); !slices.Equal(got, want1) {
		t.Errorf("refused: %+v", got)
	}
	if got := sum.RefusedTo.Read(); len(got) != 1 || got[0].Count != 3 {
		t.Errorf("refused: %+v", got)
	}
}

// Each counterparty may invent 64 codes, and all together could invent any number.
func TestSumCountsInventedCodesTogether(t *testing.T) {
	var sum Counters
	for _, first := range []byte("ABC") {
		var one Counters
		for second := range byte(26) {
			one.Rejects.Count(1, ilp.Code(uint32(first)<<16|uint32('A'+second)<<8|'X'), 1)
		}
		one.Rejects.Count(1, ilp.T04, 1)
		sum.Add(&one)
	}
	if got := sum.Rejects.Read(); len(got) != 2 || got[OtherCode].Count != 3*26 || got[ilp.T04].Count != 3 {
		t.Errorf("%v", got)
	}
}

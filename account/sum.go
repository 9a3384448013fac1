package account

import (
	"github.com/ilp-go/connector/ilp"
)

// Add adds what other has counted so far, so that c counts for several accounts together. The
// latest settlements of other and its packets under way are not counts, and are left out. Codes
// that are in no RFC are counted together, because the counterparties of many accounts could
// invent any number of them.
func (c *Counters) Add(other *Counters) {
	c.Incoming.add(&other.Incoming)
	c.IncomingValue.add(&other.IncomingValue)
	c.Outgoing.add(&other.Outgoing)
	c.OutgoingValue.add(&other.OutgoingValue)
	c.Rejects.add(&other.Rejects)
	c.Late.add(&other.Late)
	c.Unmatched.add(&other.Unmatched)
	c.LateReceived.add(&other.LateReceived)
	c.LateFulfills.add(&other.LateFulfills)
	c.KeptFulfills.Add(other.KeptFulfills.Load())
	c.RefusedFrom.add(&other.RefusedFrom)
	c.RefusedTo.add(&other.RefusedTo)
	c.RateLimited.Add(other.RateLimited.Load())
	c.RateLimitedMoney.Add(other.RateLimitedMoney.Load())
	c.Latency.add(&other.Latency)
	c.Told.add(&other.Told)
	if seen := other.LastSeen.Load(); seen > c.LastSeen.Load() {
		c.LastSeen.Store(seen)
	}
}

func (r *Results) add(other *Results) {
	for i := range r {
		if n := other[i].Load(); n != 0 {
			r[i].Add(n)
		}
	}
}

func (v *Values) add(other *Values) {
	for i := range v {
		v[i].add(&other[i])
	}
}

func (a *Amounts) add(other *Amounts) {
	a.Count.Add(other.Count.Load())
	a.Value.add(&other.Value)
}

func (s *Sum) add(other *Sum) {
	if carries := other.carries.Load(); carries != 0 {
		s.carries.Add(carries)
	}
	if low := other.low.Load(); low != 0 {
		s.Add(low)
	}
}

func (h *Histogram) add(other *Histogram) {
	more := other.counts.Load()
	if more == nil {
		return
	}
	sum := h.counted()
	for i := range more.buckets {
		if n := more.buckets[i].Load(); n != 0 {
			sum.buckets[i].Add(n)
		}
	}
	sum.sum.Add(more.sum.Load())
}

func (c *Codes) add(other *Codes) {
	counts := other.Read()
	if len(counts) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[ilp.Code]Rejects, len(counts))
	}
	for code, more := range counts {
		if !code.Known() {
			code = OtherCode
		}
		sum := c.counts[code]
		sum.Count += more.Count
		if more.LastAt.After(sum.LastAt) {
			sum.LastAmount, sum.LastAt = more.LastAmount, more.LastAt
		}
		c.counts[code] = sum
	}
}

// add adds the counts of other. There is no bound of pairs: their causes are ours, and no peer
// can invent them.
func (r *Refusals) add(other *Refusals) {
	refused := other.Read()
	if len(refused) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tallies == nil {
		r.tallies = make(map[refusalKey]*tally, len(refused))
	}
	for _, one := range refused {
		key := refusalKey{one.Code, one.Cause}
		t := r.tallies[key]
		if t == nil {
			r.tallies[key] = &tally{Refused: one}
			continue
		}
		t.Count += one.Count
		if one.LastAt.After(t.LastAt) {
			t.LastAmount, t.LastAt = one.LastAmount, one.LastAt
		}
	}
}

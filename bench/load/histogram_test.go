package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPercentileIsThatOfASortedListWithinABucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, countedMax), 1, 300).Draw(t, "values")
		p := rapid.SampledFrom([]float64{0, 1, 50, 90, 99, 99.9, 100}).Draw(t, "p")
		h := NewHistogram()
		for _, v := range values {
			h.Add(time.Duration(v))
		}
		slices.Sort(values)
		want := values[max(int(math.Ceil(p/100*float64(len(values)))), 1)-1]
		got := int64(h.Percentile(p))
		if got < want || got > want+want/1000 {
			t.Fatalf("percentile %v of %v is %d, want %d", p, values, got, want)
		}
	})
}

func TestHistogramsMergeToWhatOneWouldHaveCounted(t *testing.T) {
	both, low, high := NewHistogram(), NewHistogram(), NewHistogram()
	for i := range 1000 {
		d := time.Duration(i*i) * time.Microsecond
		both.Add(d)
		if i%3 == 0 {
			low.Add(d)
		} else {
			high.Add(d)
		}
	}
	low.Merge(&high)
	if !low.counts.Equals(both.counts) || low.largest != both.largest {
		t.Error("the merged histogram differs from a histogram of all durations")
	}
	if both.counts.TotalCount() != 1000 || both.Max() != 999*999*time.Microsecond {
		t.Errorf("counted %d, longest %v", both.counts.TotalCount(), both.Max())
	}
}

func TestHistogramBounds(t *testing.T) {
	h := NewHistogram()
	if got := h.Percentile(99); got != 0 {
		t.Errorf("the percentile of nothing is %v", got)
	}
	h.Add(-time.Second)
	if got := h.Percentile(100); got != 0 {
		t.Errorf("a negative duration counts as %v", got)
	}
	h.Add(10 * time.Hour)
	if got := h.Percentile(100); got < 18*time.Minute || h.Max() != 10*time.Hour {
		t.Errorf("ten hours count as %v, at most %v", got, h.Max())
	}
}

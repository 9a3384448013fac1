package main

import "testing"

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{7}, 7},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 2, 8}, 3},
		{[]float64{100, 1, 1, 1, 1}, 1},
	} {
		if got := median(c.values); got != c.want {
			t.Errorf("the median of %v is %v, want %v", c.values, got, c.want)
		}
	}
}

func TestMedianLeavesTheValuesInTheirOrder(t *testing.T) {
	values := []float64{3, 1, 2}
	median(values)
	if values[0] != 3 || values[1] != 1 {
		t.Errorf("got %v", values)
	}
}

func TestMediansAreThoseOfEachMetric(t *testing.T) {
	got := medians([]sample{{cpuMicros: 1, p50Micros: 10}, {cpuMicros: 3, p50Micros: 30}, {cpuMicros: 2, learnSeconds: 5}})
	want := sample{cpuMicros: 2, p50Micros: 20, learnSeconds: 5}
	for m, v := range want {
		if got[m] != v {
			t.Errorf("%s is %v, want %v", m, got[m], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

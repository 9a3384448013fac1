package account

import (
	"fmt"
	"math"
	"testing"
)

// A module may give any labels. There are few samples all the same, and only those labels are shown that the
// reference has.
func TestLabelsThatModulesInventAreOther(t *testing.T) {
	for _, test := range []struct {
		stat         Stat
		result, code string
		want         Sample
	}{
		{StatIncomingPackets, "fulfilled", "", Sample{StatIncomingPackets, "fulfilled", ""}},
		{StatIncomingPackets, "rejected", "F02", Sample{StatIncomingPackets, "rejected", ""}},
		{StatOutgoingPackets, "rejected", "F02", Sample{StatOutgoingPackets, "rejected", "F02"}},
		{StatOutgoingPackets, "rejected", "F77", Sample{StatOutgoingPackets, "rejected", "other"}},
		{StatOutgoingPackets, "rejected", "", Sample{StatOutgoingPackets, "rejected", "other"}},
		{StatOutgoingPackets, "failed", "F02", Sample{StatOutgoingPackets, "failed", ""}},
		{StatOutgoingValue, "", "", Sample{StatOutgoingValue, "other", ""}},
		{StatIncomingMoney, "succeeded", "F02", Sample{StatIncomingMoney, "succeeded", ""}},
		{StatIncomingMoney, "fulfilled", "", Sample{StatIncomingMoney, "other", ""}},
		{StatBalance, "fulfilled", "F02", Sample{StatBalance, "", ""}},
		{StatRateLimited, "x", "y", Sample{StatRateLimited, "", ""}},
	} {
		if got := SampleOf(test.stat, test.result, test.code); got != test.want {
			t.Errorf("%d %q %q: %+v, want %+v", test.stat, test.result, test.code, got, test.want)
		}
	}
	var told Told
	for stat := StatIncomingPackets; stat <= StatBalance; stat++ {
		for _, result := range []string{"fulfilled", "rejected", "failed", "succeeded", "mine"} {
			for i := range 1000 {
				told.Tell(SampleOf(stat, result, fmt.Sprintf("F%02d", i%100)), 1)
				told.Tell(SampleOf(stat, fmt.Sprint(i), fmt.Sprint(i)), 1)
			}
		}
	}
	if n := len(told.Read()); n > 60 {
		t.Errorf("%d samples", n)
	}
}

// What is no number that a metric may have changes nothing.
func TestSumsDoNotFallAndStayNumbers(t *testing.T) {
	var told Told
	sum, last := SampleOf(StatIncomingValue, "failed", ""), SampleOf(StatBalance, "", "")
	told.Tell(sum, 5)
	told.Tell(sum, 2.5)
	told.Tell(last, 5)
	told.Tell(last, -7)
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300} {
		if told.Tell(sum, value) || told.Tell(last, value) {
			t.Errorf("%v counts", value)
		}
	}
	if told.Tell(sum, -1) {
		t.Error("a sum falls")
	}
	if got := told.Read(); got[sum] != 7.5 || got[last] != -7 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

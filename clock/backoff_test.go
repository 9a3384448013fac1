package clock

import (
	"slices"
	"testing"
	"time"
)

func TestBackoffWaitsBetweenHalfAndAllOfEachStep(t *testing.T) {
	steps := []time.Duration{0, 1, 100 * time.Millisecond, time.Second}
	for range 200 {
		b := NewBackoff(steps...)
		for i := range 2 * len(steps) {
			step := steps[min(i, len(steps)-1)]
			if wait := b.Next(); wait < step/2 || wait > step {
				t.Fatalf("wait %d is %v of a step of %v", i, wait, step)
			}
		}
		b.Reset()
		if wait := b.Next(); wait != 0 {
			t.Fatalf("first wait after Reset is %v", wait)
		}
	}
}

// Operators read the waits in the log.
func TestBackoffWaitsInRoundTimes(t *testing.T) {
	for _, step := range []time.Duration{time.Second, 1500 * time.Millisecond, 30 * time.Second, 10 * time.Minute} {
		b := NewBackoff(step)
		for range 100 {
			wait, unit := b.Next(), time.Duration(1)
			for wait/unit >= 1000 {
				unit *= 10
			}
			if wait%unit != 0 {
				t.Fatalf("a wait of a step of %v is %v, with more than 3 digits", step, wait)
			}
		}
	}
}

func TestBackoffSpreadsThoseWhoLostTheSamePeer(t *testing.T) {
	var waits []time.Duration
	for range 100 {
		waits = append(waits, NewBackoff(time.Second).Next())
	}
	slices.Sort(waits)
	if spread := waits[99] - waits[0]; spread < 250*time.Millisecond {
		t.Errorf("a hundred waits lie within %v", spread)
	}
}

func TestBackoffHasDefaultSteps(t *testing.T) {
	b := NewBackoff()
	last := DefaultSteps[len(DefaultSteps)-1]
	for range DefaultSteps {
		b.Next()
	}
	if wait := b.Next(); wait < last/2 || wait > last {
		t.Errorf("last wait %v", wait)
	}
}

func TestDoublingEndsWithTheLongestStep(t *testing.T) {
	for _, test := range []struct {
		first, most time.Duration
		want        []time.Duration
	}{
		{1, 8, []time.Duration{1, 2, 4, 8}}, {1, 7, []time.Duration{1, 2, 4, 7}},
		{5, 5, []time.Duration{5}}, {5, 3, []time.Duration{3}},
	} {
		if got := Doubling(test.first, test.most); !slices.Equal(got, test.want) {
			t.Errorf("Doubling(%d, %d) = %d, want %d", test.first, test.most, got, test.want)
		}
	}
}

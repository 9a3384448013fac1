package route

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	midnight = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	flapper  = Route{Prefix: "g.us", Path: []string{"g.ann"}}
)

// TestRouteThatFlapsIsKeptBack lets a route come and go with a period.
func TestRouteThatFlapsIsKeptBack(t *testing.T) {
	for _, test := range []struct {
		period time.Duration
		flaps  int // before it is kept back; 0 for never
	}{
		{time.Second, 4},
		{30 * time.Second, 4},
		{time.Minute, 7},
		{2 * time.Minute, 0},
	} {
		var d Damping
		now, kept := midnight, 0
		for flap := 1; flap <= 20 && kept == 0; flap++ {
			d.Withdraw("g.us", &flapper, now)
			if !d.Learn(flapper, nil, now) {
				kept = flap
			}
			now = now.Add(test.period)
		}
		if kept != test.flaps {
			t.Errorf("every %v: kept back after %d, want %d", test.period, kept, test.flaps)
		}
	}
}

func TestRouteWhosePathFlapsIsKeptBack(t *testing.T) {
	var d Damping
	other := flapper
	other.Path = []string{"g.ann", "g.ben"}
	used, next, n := &flapper, &other, 0
	for ; d.Learn(*next, used, midnight); n++ {
		used, next = next, used
	}
	if n != 6 { // 7 times 500 is more than 3000
		t.Errorf("kept back after %d changes", n)
	}
	// While it is kept back it goes on, and what is kept is the last word.
	for i := range 7 {
		d.Learn([]Route{flapper, other}[i%2], nil, midnight)
	}
	if got := d.Release(midnight.Add(2*penaltyHalfLife + penaltyHalfLife/decayTicks)); len(got) != 0 {
		t.Errorf("released as if it had been quiet: %v", got)
	}
	if got := d.Release(midnight.Add(time.Hour)); len(got) != 1 || !slices.Equal(got[0].Path, flapper.Path) {
		t.Errorf("released %v", got)
	}
}

// TestKeptRouteMustBeQuietNotOnlyBetter: below the one mark and above the other.
func TestKeptRouteMustBeQuietNotOnlyBetter(t *testing.T) {
	var d Damping
	keepBack(t, &d, midnight)
	later := midnight.Add(penaltyHalfLife * 3 / 2) // at some 1400
	d.Withdraw("g.us", nil, later)
	if d.Learn(flapper, nil, later) {
		t.Error("used at less than it takes to keep a route back, but not yet quiet")
	}
}

func TestRouteThatStaysIsNotRemembered(t *testing.T) {
	var d Damping
	for i := range 100 {
		r := Route{Prefix: fmt.Sprint("g.", i)}
		if !d.Learn(r, nil, midnight) || !d.Learn(r, &r, midnight) {
			t.Fatal("kept back")
		}
		d.Withdraw(fmt.Sprint("g.never", i), nil, midnight)
	}
	if len(d.flapping) != 0 {
		t.Errorf("%d prefixes are remembered", len(d.flapping))
	}
}

func TestKeptRouteIsReleasedOnceItIsQuiet(t *testing.T) {
	var d Damping
	keepBack(t, &d, midnight) // at 4000: two half-lives from reuse
	for minutes, want := range map[int]int{1: 0, 3: 0} {
		if got := d.Release(midnight.Add(time.Duration(minutes) * time.Minute)); len(got) != want {
			t.Errorf("after %d minutes: %v", minutes, got)
		}
	}
	if kept(&d) != 1 {
		t.Errorf("%d routes are kept", kept(&d))
	}
	got := d.Release(midnight.Add(4*time.Minute + penaltyHalfLife/decayTicks))
	if len(got) != 1 || got[0].Prefix != "g.us" || kept(&d) != 0 {
		t.Errorf("released %v, %d are kept", got, kept(&d))
	}
	if again := d.Release(midnight.Add(5 * time.Minute)); len(again) != 0 {
		t.Errorf("released again: %v", again)
	}
	if d.Release(midnight.Add(time.Hour)); len(d.flapping) != 0 {
		t.Error("the prefix is remembered for ever")
	}
}

func TestKeptRouteThatIsWithdrawnIsNotReleased(t *testing.T) {
	for name, end := range map[string]func(*Damping){
		"withdrawn":        func(d *Damping) { d.Withdraw("g.us", nil, midnight) },
		"neighbor is gone": (*Damping).Clear,
	} {
		var d Damping
		keepBack(t, &d, midnight)
		end(&d)
		if got := d.Release(midnight.Add(time.Hour)); len(got) != 0 {
			t.Errorf("%s: released %v", name, got)
		}
	}
}

// TestPenaltyHasACeiling: whatever it did, six minutes of quiet are enough.
func TestPenaltyHasACeiling(t *testing.T) {
	var d Damping
	for range 1000 {
		d.Withdraw("g.us", &flapper, midnight)
	}
	d.Learn(flapper, nil, midnight)
	if got := d.Release(midnight.Add(6*time.Minute + penaltyHalfLife/decayTicks)); len(got) != 1 {
		t.Errorf("released %v", got)
	}
}

func TestReleaseIsSorted(t *testing.T) {
	var d Damping
	for i := range 20 {
		prefix := fmt.Sprintf("g.%02d", i)
		for range 4 {
			d.Withdraw(prefix, &flapper, midnight)
		}
		d.Learn(Route{Prefix: prefix}, nil, midnight)
	}
	got := d.Release(midnight.Add(time.Hour))
	if len(got) != 20 || got[0].Prefix != "g.00" || got[19].Prefix != "g.19" {
		t.Errorf("released %v", got)
	}
}

// TestFlappingPrefixesAreBounded also makes room once old ones are quiet.
func TestFlappingPrefixesAreBounded(t *testing.T) {
	var d Damping
	for i := range flappingMax + 100 {
		d.Withdraw(fmt.Sprint("g.", i), &flapper, midnight)
	}
	if len(d.flapping) != flappingMax {
		t.Errorf("%d prefixes, want %d", len(d.flapping), flappingMax)
	}
	d.Withdraw("g.late", &flapper, midnight.Add(time.Hour))
	if len(d.flapping) != 1 || d.flapping["g.late"] == nil {
		t.Errorf("%d prefixes an hour later", len(d.flapping))
	}
}

func TestClockThatStandsOrGoesBackDoesNoHarm(t *testing.T) {
	var d Damping
	keepBack(t, &d, midnight)
	if got := d.Release(midnight.Add(-time.Hour)); len(got) != 0 {
		t.Errorf("released %v", got)
	}
	if got := d.Release(midnight.Add(time.Hour)); len(got) != 1 {
		t.Errorf("released %v", got)
	}
}

// TestPenaltyHalves holds the integers against the formula. Looking at a penalty often
// may cost a part of a unit each time, rounded down, and nothing else.
func TestPenaltyHalves(t *testing.T) {
	if got := decayed(8000, decayTicks); got != 4000 {
		t.Errorf("after a half-life: %d", got)
	}
	if got := decayed(penaltyMax, 40*decayTicks); got != 0 {
		t.Errorf("after forty: %d", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		penalty := rapid.Uint32Range(0, penaltyMax).Draw(t, "penalty")
		looks := rapid.SliceOfN(rapid.Uint32Range(0, 40), 1, 10).Draw(t, "ticks between looks")
		f, ticks := flaps{penalty: penalty}, uint32(0)
		for _, n := range looks {
			ticks += n
			f.age(ticks)
		}
		want := float64(penalty) * math.Exp2(-float64(ticks)/decayTicks)
		if diff := float64(f.penalty) - want; diff > 0.5 || diff < -float64(2*len(looks)) {
			t.Fatalf("%d after %d ticks is %d, want %.1f", penalty, ticks, f.penalty, want)
		}
	})
}

// keepBack lets flapper flap four times at once.
func keepBack(t *testing.T, d *Damping, now time.Time) {
	t.Helper()
	for range 4 {
		d.Withdraw("g.us", &flapper, now)
	}
	if d.Learn(flapper, nil, now) {
		t.Fatal("not kept back")
	}
}

// kept is the number of routes that are kept.
func kept(d *Damping) (n int) {
	for range d.Kept() {
		n++
	}
	return n
}

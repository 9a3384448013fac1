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

// TestRouteThatFlapsIsSuppressed withdraws and announces a route with a period.
func TestRouteThatFlapsIsSuppressed(t *testing.T) {
	for _, test := range []struct {
		period time.Duration
		flaps  int // before it is suppressed; 0 for never
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
			t.Errorf("every %v: suppressed after %d, want %d", test.period, kept, test.flaps)
		}
	}
}

func TestRouteWhosePathFlapsIsSuppressed(t *testing.T) {
	var d Damping
	other := flapper
	other.Path = []string{"g.ann", "g.ben"}
	used, next, n := &flapper, &other, 0
	for ; d.Learn(*next, used, midnight); n++ {
		used, next = next, used
	}
	if n != 6 { // 7 times 500 is more than 3000
		t.Errorf("suppressed after %d changes", n)
	}
	// It flaps on while it is suppressed: Damping keeps the last announcement.
	for i := range 7 {
		d.Learn([]Route{flapper, other}[i%2], nil, midnight)
	}
	if got := d.Release(midnight.Add(2*penaltyHalfLife + penaltyHalfLife/decayTicks)); len(got) != 0 {
		t.Errorf("released as if it had been stable: %v", got)
	}
	if got := d.Release(midnight.Add(time.Hour)); len(got) != 1 || !slices.Equal(got[0].Path, flapper.Path) {
		t.Errorf("released %v", got)
	}
}

// TestSuppressedRouteMustBeStable has a penalty between reuseBelow and suppressAbove.
// TestForgivenRouteIsReleasedAtOnce holds that an operator may end the damping of a neighbor, whose
// routes then flap as if they never had.
func TestForgivenRouteIsReleasedAtOnce(t *testing.T) {
	var d Damping
	other := Route{Prefix: "g.them", Path: []string{"g.ann"}}
	suppress := func() {
		for range 4 {
			d.Withdraw("g.us", &flapper, midnight)
			d.Learn(flapper, nil, midnight)
		}
	}
	suppress()
	for range 4 { // it is suppressed, and not there
		d.Learn(other, nil, midnight)
		d.Withdraw("g.them", &other, midnight)
	}
	d.Withdraw("g.once", &Route{Prefix: "g.once"}, midnight)
	if n := d.Forgive(); n != 1 {
		t.Errorf("forgave %d routes, want 1", n)
	}
	if got := d.Release(midnight); len(got) != 1 || got[0].Prefix != "g.us" {
		t.Errorf("released %v", got)
	}
	if len(d.flapping) > 0 || d.Forgive() != 0 {
		t.Errorf("%d prefixes are remembered", len(d.flapping))
	}
	if !d.Learn(other, nil, midnight) {
		t.Error("a route that was forgiven is suppressed")
	}
	suppress()
	if got := d.Release(midnight); len(got) > 0 {
		t.Errorf("it flaps again, and is released: %v", got)
	}
}

func TestSuppressedRouteMustBeStable(t *testing.T) {
	var d Damping
	suppress(t, &d, midnight)
	later := midnight.Add(penaltyHalfLife * 3 / 2) // at some 1400
	d.Withdraw("g.us", nil, later)
	if d.Learn(flapper, nil, later) {
		t.Error("used below suppressAbove, but not yet stable")
	}
}

func TestRouteThatStaysIsNotRemembered(t *testing.T) {
	var d Damping
	for i := range 100 {
		r := Route{Prefix: fmt.Sprint("g.", i)}
		if !d.Learn(r, nil, midnight) || !d.Learn(r, &r, midnight) {
			t.Fatal("suppressed")
		}
		d.Withdraw(fmt.Sprint("g.never", i), nil, midnight)
	}
	if len(d.flapping) != 0 {
		t.Errorf("%d prefixes are remembered", len(d.flapping))
	}
}

func TestSuppressedRouteIsReleasedOnceItIsStable(t *testing.T) {
	var d Damping
	suppress(t, &d, midnight) // at 4000: two half-lives from reuse
	for minutes, want := range map[int]int{1: 0, 3: 0} {
		if got := d.Release(midnight.Add(time.Duration(minutes) * time.Minute)); len(got) != want {
			t.Errorf("after %d minutes: %v", minutes, got)
		}
	}
	if suppressed(&d) != 1 {
		t.Errorf("%d routes are suppressed", suppressed(&d))
	}
	got := d.Release(midnight.Add(4*time.Minute + penaltyHalfLife/decayTicks))
	if len(got) != 1 || got[0].Prefix != "g.us" || suppressed(&d) != 0 {
		t.Errorf("released %v, %d are suppressed", got, suppressed(&d))
	}
	if again := d.Release(midnight.Add(5 * time.Minute)); len(again) != 0 {
		t.Errorf("released again: %v", again)
	}
	if d.Release(midnight.Add(time.Hour)); len(d.flapping) != 0 {
		t.Error("the prefix is remembered for ever")
	}
}

// TestReleaseIsForetold checks the time that operators are shown, after any history.
func TestReleaseIsForetold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var d Damping
		now := midnight
		for range rapid.IntRange(4, 12).Draw(rt, "flaps") {
			d.Withdraw("g.us", &flapper, now)
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "seconds")) * time.Second)
		}
		if d.Learn(flapper, nil, now) {
			return
		}
		var foretold time.Time
		for _, foretold = range d.Suppressed() {
		}
		if foretold.Before(now) || foretold.After(now.Add(6*time.Minute+tickTime)) {
			rt.Fatalf("foretold %v from now", foretold.Sub(now))
		}
		for ; now.Before(foretold); now = now.Add(time.Second) {
			if got := d.Release(now); len(got) != 0 {
				rt.Fatalf("released %v earlier", foretold.Sub(now))
			}
		}
		if got := d.Release(foretold); len(got) != 1 {
			rt.Fatal("released later")
		}
	})
}

// TestDampingThatIsOff passes on every flap, as the reference does.
func TestDampingThatIsOff(t *testing.T) {
	d := Damping{Off: true}
	other := flapper
	other.Path = []string{"g.ann", "g.ben"}
	for range 100 {
		if !d.Learn(flapper, nil, midnight) || !d.Learn(other, &flapper, midnight) {
			t.Fatal("suppressed")
		}
		d.Withdraw("g.us", &other, midnight)
	}
	if len(d.flapping) != 0 || suppressed(&d) != 0 || len(d.Release(midnight)) != 0 {
		t.Errorf("remembers %v", d.flapping)
	}
}

func TestWithdrawnRouteIsNotReleased(t *testing.T) {
	for name, end := range map[string]func(*Damping){
		"withdrawn":        func(d *Damping) { d.Withdraw("g.us", nil, midnight) },
		"neighbor is gone": (*Damping).Clear,
	} {
		var d Damping
		suppress(t, &d, midnight)
		end(&d)
		if got := d.Release(midnight.Add(time.Hour)); len(got) != 0 {
			t.Errorf("%s: released %v", name, got)
		}
	}
}

// TestPenaltyHasACeiling holds that six minutes without a flap are always enough.
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

// TestFlappingPrefixesAreBounded also checks that stable prefixes make room for new ones.
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
	suppress(t, &d, midnight)
	if got := d.Release(midnight.Add(-time.Hour)); len(got) != 0 {
		t.Errorf("released %v", got)
	}
	if got := d.Release(midnight.Add(time.Hour)); len(got) != 1 {
		t.Errorf("released %v", got)
	}
}

// TestPenaltyHalves compares the integers with the formula. Each look at a penalty may
// round it down by part of a unit.
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

// suppress lets flapper flap four times at once.
func suppress(t *testing.T, d *Damping, now time.Time) {
	t.Helper()
	for range 4 {
		d.Withdraw("g.us", &flapper, now)
	}
	if d.Learn(flapper, nil, now) {
		t.Fatal("not suppressed")
	}
}

// suppressed returns the number of suppressed routes.
func suppressed(d *Damping) (n int) {
	for range d.Suppressed() {
		n++
	}
	return n
}

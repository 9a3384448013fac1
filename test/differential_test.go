package test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// countersPatience is how long the admin API may take to tell what has happened already.
const countersPatience = 2 * time.Second

// subjects are the differential tests, each in a file of its own.
func subjects() []subject {
	return slices.Concat([]subject{
		routing(),
		malformed(),
		strict(),
		entries(),
		peerProtocol(),
		expiry(),
		limits(),
		echo(),
		answers(),
		amounts(),
		overflow(),
		duplicates(),
		balances(),
		settlement(),
		unanswered(),
		adminRequests(),
		badBalances(),
		upstream(),
		inherited(),
		dials(),
		rates(),
		currencies(),
		sockets(),
		routeControls(),
		learnedRoutes(),
		routeUpdates(),
		bestRoutes(),
		toldRoutes(),
		filteredRoutes(),
		routeSessions(),
		heldRoutes(),
		routeReconnects(),
		inheritedRoutes(),
		disabledRoutes(),
		miniLogins(),
		miniAddresses(),
		miniInherits(),
		miniPackets(),
		miniSockets(),
		miniLimits(),
	}, spreads(), disabled())
}

// TestDifferential does the same to the npm ilp-connector and to ours, and compares everything that can be seen:
// the replies, the packets that the next hop receives, and what the admin API tells afterwards. A difference is
// a failure, unless the scenario says why there is one and what ours does instead.
//
// What the reference does is kept in testdata/reference; `reference` fails when it does something else.
func TestDifferential(t *testing.T) {
	t.Parallel()
	chosen := kinds(t)
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			golden := record{}
			if !*update {
				golden = readGolden(t, s)
			}
			if slices.Contains(chosen, reference) {
				t.Run(string(reference), func(t *testing.T) {
					seen := s.drive(t, reference, golden.Facts, golden.Facts)
					if *update {
						writeGolden(t, s, seen)
						golden = seen
					}
					s.forgiveWording(seen, golden) // which may be that of another Node.js
					compare(t, seen, golden, golden.Facts)
				})
			}
			if slices.Contains(chosen, ours) {
				t.Run(string(ours), func(t *testing.T) {
					expected := s.expected(t, golden)
					seen := s.drive(t, ours, expected.Facts, golden.Facts)
					s.forgiveWording(seen, expected)
					compare(t, seen, expected, golden.Facts)
				})
			}
		})
	}
}

// drive does all scenarios of a subject to a connector. The facts may take a moment to be the expected ones.
func (s subject) drive(t *testing.T, k kind, expected, ofReference facts) record {
	t.Helper()
	b := newBench(t, k, s)
	seen := record{Outcomes: make(map[string]outcome)}
	for _, scenario := range s.scenarios {
		if _, twice := seen.Outcomes[scenario.name]; twice {
			t.Fatalf("two scenarios are named %q", scenario.name)
		}
		seen.Outcomes[scenario.name] = b.run(scenario)
	}
	deadline := time.After(countersPatience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		seen.Facts = readFacts(t, b.connector.Admin)
		if k == ours && s.diverges != "" {
			if maps.Equal(seen.Facts.ofRoutes(), ofReference.ofRoutes()) {
				t.Error("the routes of ours are said to differ, but are the same")
			}
			maps.DeleteFunc(seen.Facts, aboutRoutes)
		}
		if expected == nil || len(seen.Facts.differences(expected, ofReference)) == 0 {
			return seen
		}
		select {
		case <-deadline:
			return seen
		case <-tick.C:
		}
	}
}

// expected is what ours does, given what the reference does. A difference that is none is a mistake in the subject.
func (s subject) expected(t *testing.T, golden record) record {
	t.Helper()
	want := record{Outcomes: maps.Clone(golden.Outcomes), Facts: maps.Clone(golden.Facts)}
	for _, scenario := range s.scenarios {
		if scenario.differs == "" {
			continue
		}
		if reflect.DeepEqual(scenario.better, want.Outcomes[scenario.name]) {
			t.Errorf("%s: ours is said to differ, but does the same", scenario.name)
		}
		want.Outcomes[scenario.name] = scenario.better
	}
	if s.diverges != "" {
		maps.DeleteFunc(want.Facts, aboutRoutes)
	}
	for _, d := range s.differs {
		if want.Facts[d.fact] == d.better {
			t.Errorf("%s: ours is said to differ, but is the same", d.fact)
		}
		want.Facts[d.fact] = d.better
		if d.better == "" {
			delete(want.Facts, d.fact)
		}
	}
	return want
}

// forgiveWording takes the words that were seen for the expected ones where that is allowed, if there are any.
func (s subject) forgiveWording(seen, expected record) {
	for _, scenario := range s.scenarios {
		got, want := seen.Outcomes[scenario.name], expected.Outcomes[scenario.name]
		if scenario.wording != "" {
			got.Reply = got.Reply.inWordsOf(want.Reply)
			seen.Outcomes[scenario.name] = got
		}
	}
}

// inWordsOf is the reply with the messages of another, where it has any.
func (r reply) inWordsOf(other reply) reply {
	if r.Message != "" {
		r.Message = other.Message
	}
	if len(r.Entries) == len(other.Entries) {
		r.Entries = slices.Clone(r.Entries)
		for i := range r.Entries {
			r.Entries[i].Reply = r.Entries[i].Reply.inWordsOf(other.Entries[i].Reply)
		}
	}
	return r
}

// compare fails the test for each difference. A fact too many may be an addition to those of the reference.
func compare(t *testing.T, seen, want record, ofReference facts) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want.Outcomes)) {
		if !reflect.DeepEqual(seen.Outcomes[name], want.Outcomes[name]) {
			t.Errorf("%s:\n got %s\nwant %s", name, inLine(t, seen.Outcomes[name]), inLine(t, want.Outcomes[name]))
		}
	}
	for name := range seen.Outcomes {
		if _, ok := want.Outcomes[name]; !ok {
			t.Errorf("%s: the record does not have it; write it again with -update", name)
		}
	}
	for _, difference := range seen.Facts.differences(want.Facts, ofReference) {
		t.Error(difference)
	}
}

func inLine(t *testing.T, value any) string {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text.String())
}

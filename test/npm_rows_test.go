package test

import (
	"slices"
	"strings"
	"testing"
)

// npmKinds are the connectors that these tests drive.
var npmKinds = []kind{reference, ours}

// npmSubject is a configuration with modules, and what is done to a connector that has it, row by row.
type npmSubject struct {
	name   string
	config npmConfig
	// awaits is a text that the record shows when the rows may begin, for a connector that never gets ready.
	awaits string
	// unready says that the rows begin at once.
	unready bool
	// start says that the first row shows what the start of the connector does.
	start bool
	rows  []*npmRow

	// polls are in lines that ours may show at any time, and which say nothing.
	polls []string
	// parallel says why the lines of ours have no order in any row.
	parallel string
	changes  []npmChange
	changed  map[int]bool // the changes that some row shows
}

// npmRow is one thing that is done, and all that is seen of it: a line for each call that a probe has got, and a line for
// each answer. What is seen of the reference is kept in testdata/reference. The lines of different probes have no order
// among each other, unless the row is ordered.
type npmRow struct {
	name    string
	do      func(w *npmWorld) []string
	shows   []string // texts that the lines must contain, so that a row cannot come to show nothing
	hides   []string // and those that they must not contain
	ordered bool

	// differs says why ours does not do as the reference, and better is what is seen then.
	differs string
	better  []string
	// wording says why the messages of ours are its own; all else is the same.
	wording string
	// missing says what ours does not do yet.
	missing string
	changes []npmChange
	// parallel says why the lines of ours have no order, and sequences are texts that follow each other nevertheless.
	parallel  string
	sequences [][]string
}

// row adds a row, with the texts that it must show. What it returns is good for changes.
func (s *npmSubject) row(name string, do func(w *npmWorld) []string, shows ...string) *npmRow {
	r := &npmRow{name: name, do: do, shows: shows}
	s.rows = append(s.rows, r)
	return r
}

// hiding says what a row must not show.
func (r *npmRow) hiding(texts ...string) *npmRow {
	r.hides = texts
	return r
}

// inOrder says that the lines of different probes have an order.
func (r *npmRow) inOrder() *npmRow {
	r.ordered = true
	return r
}

// TestNpm drives connectors with modules that misbehave, and compares all that is seen with what the reference does.
func TestNpm(t *testing.T) {
	t.Parallel()
	for _, s := range npmSubjects() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, k := range npmKinds {
				if slices.Contains(kinds(t), k) {
					t.Run(string(k), func(t *testing.T) {
						seen := s.drive(t, k)
						if *update && k == reference {
							s.write(t, seen)
						}
						s.compare(t, k, seen, s.read(t))
					})
				}
			}
		})
	}
}

func npmSubjects() []npmSubject {
	return slices.Concat([]npmSubject{
		npmStart(),
		npmInherits(),
		npmReplies(),
		npmPlugins(),
		npmAdmin(),
		npmBare(),
		npmMoney(),
		npmLoads(),
		npmLoadsModules(),
		npmBuiltIn(),
		npmV1(),
		npmBackends(),
		npmPlainBackend(),
		npmBareBackend(),
		npmStores(),
		npmOrder(),
		npmMiddlewares(),
		npmKept(),
	}, npmBadStarts(), npmNoLoads(), npmDying(), npmPackages())
}

// drive does all rows to a connector, and returns what it saw, by row.
func (s npmSubject) drive(t *testing.T, k kind) map[string][]string {
	t.Helper()
	w := launchNpm(t, k, s.config)
	switch {
	case s.unready:
	case s.awaits != "":
		w.awaitSeen(s.awaits)
	default:
		awaitPort(t, w.adminPort, w.exited)
		w.awaitReady()
	}
	seen := make(map[string][]string)
	for i, row := range s.rows {
		if i > 0 || !s.start {
			w.seen() // what came late belongs to no row
		}
		w.label = s.name + " " + row.name
		if _, twice := seen[row.name]; twice {
			t.Fatalf("two rows are named %q", row.name)
		}
		answers := row.do(w)
		seen[row.name] = append(w.seen(), answers...)
	}
	return seen
}

// compare fails the test for each row whose lines are not the expected ones, or do not show what they should.
func (s npmSubject) compare(t *testing.T, k kind, seen, golden map[string][]string) {
	t.Helper()
	s.changed = make(map[int]bool)
	for _, r := range s.rows {
		got, want := seen[r.name], golden[r.name]
		r.check(t, want)
		if k == ours {
			r.follow(t, got)
			for _, poll := range s.polls {
				got, want = lacking("", poll).of(got), lacking("", poll).of(want)
			}
			want = r.changesFor(t, &s, want)
		}
		switch {
		case k == ours && r.parallel+s.parallel != "":
			got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
		case !r.ordered:
			got, want = byProbe(got), byProbe(want)
		}
		if k == ours && r.wording != "" {
			got, want = withoutMessages(got), withoutMessages(want)
		}
		switch equal := slices.Equal(got, want); {
		case k == ours && r.missing != "":
			if equal {
				t.Errorf("%s: ours does it now: remove the mark that it is open", r.name)
			}
		case !equal:
			t.Errorf("%s:\n got %s\nwant %s", r.name, listed(got), listed(want))
		}
	}
	for i, c := range s.changes {
		if k == ours && !s.changed[i] {
			t.Errorf("ours is said to differ, since %s, but no row shows it", c.reason)
		}
	}
}

// check fails the test if the lines do not show what they should.
func (r npmRow) check(t *testing.T, lines []string) {
	t.Helper()
	all := strings.Join(lines, "\n")
	for _, text := range r.shows {
		if !strings.Contains(all, text) {
			t.Errorf("%s: it does not show %q:%s", r.name, text, listed(lines))
		}
	}
	for _, text := range r.hides {
		if strings.Contains(all, text) {
			t.Errorf("%s: it shows %q:%s", r.name, text, listed(lines))
		}
	}
}

// byProbe sorts lines by their first word, and keeps the order of those that begin alike.
func byProbe(lines []string) []string {
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(x, y string) int {
		first, _, _ := strings.Cut(x, " ")
		other, _, _ := strings.Cut(y, " ")
		return strings.Compare(first, other)
	})
	return sorted
}

func listed(lines []string) string { return "\n    " + strings.Join(lines, "\n    ") }

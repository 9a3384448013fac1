package route

import "testing"

func TestWithLeavesTheOldTableAlone(t *testing.T) {
	rib := NewRIB()
	ann, ben := Neighbour{Account: "ann"}, Neighbour{Account: "ben"}
	for _, prefix := range []string{"g.a", "g.b", "g.a.b.c"} {
		rib.Learn(ann, Route{Prefix: prefix})
	}
	old := rib.Table(someNumber)
	var changes []Change
	for _, step := range []func() (Change, bool){
		func() (Change, bool) { return rib.Withdraw("ann", "g.b") },
		func() (Change, bool) { return rib.Withdraw("ann", "g.a.b.c") },
		func() (Change, bool) {
			return rib.Learn(Neighbour{Account: "ben", LocalPreference: 1}, Route{Prefix: "g.a"})
		},
		func() (Change, bool) { return rib.Learn(ben, Route{Prefix: "g.c"}) },
		func() (Change, bool) { return rib.Learn(ben, Route{Prefix: "g.c.d.e.f"}) },
	} {
		c, _ := step()
		changes = append(changes, c)
	}
	next := old.With(changes, someNumber)
	const ann0, ben1, none = 0, 1, 99
	for _, test := range []struct {
		address   string
		old, next Hop
	}{
		{"g.a", ann0, ben1}, {"g.b", ann0, none}, {"g.a.b.c", ann0, ben1}, {"g.c", none, ben1}, {"g.c.d.e.f", none, ben1}, {"g.x", none, none},
	} {
		for name, c := range map[string]struct {
			table *Table
			want  Hop
		}{"old": {old, test.old}, "next": {next, test.next}} {
			if hop, ok := c.table.Next([]byte(test.address)); ok != (c.want != none) || ok && hop != c.want {
				t.Errorf("%s table: %s leads to %d, %t, want %d", name, test.address, hop, ok, c.want)
			}
		}
	}
}

// TestWithSharesWhatDoesNotChange, so that a path change costs nothing at all.
func TestWithSharesWhatDoesNotChange(t *testing.T) {
	rib := NewRIB()
	ann := Neighbour{Account: "ann"}
	for _, prefix := range []string{"g.a", "g.a.b"} {
		rib.Learn(ann, Route{Prefix: prefix})
	}
	table := rib.Table(someNumber)
	c, _ := rib.Learn(ann, Route{Prefix: "g.a", Path: []string{"g.x"}})
	changes := []Change{c}
	if n := testing.AllocsPerRun(100, func() { table.With(changes, someNumber) }); n > 3 {
		t.Errorf("%v allocations", n)
	}
}

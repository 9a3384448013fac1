package test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// hearPatience is how long a neighbor waits for what it has to hear.
	hearPatience = 15 * time.Second
	// neverPatience is how long it waits for what the reference is known not to do.
	neverPatience = 500 * time.Millisecond
)

// patience is how long to wait for something that is up to the connector.
func (b *bench) patience(s scenario) time.Duration {
	if s.differs != "" && b.connector.kind == reference {
		return neverPatience
	}
	return hearPatience
}

// hear waits until neighbors have heard of all that has changed, and tells what they heard since the last time;
// exact is for all that the updates say.
type hear struct {
	at    string // their names
	exact bool
}

func (h hear) narrate(b *bench, _ scenario) (lines []string) {
	current := b.routing().CurrentEpoch
	for _, id := range strings.Fields(h.at) {
		n := b.neighbor(id)
		b.await(n, current, h.exact)
		lines = append(lines, sentences(id, "hears", n.heardOf(0))...)
	}
	return lines
}

// await waits until a neighbor knows the connector's table up to an epoch.
func (b *bench) await(n *neighbor, epoch uint32, exact bool) {
	if !within(hearPatience, func() bool {
		b.listen(n, exact)
		return n.table != noTable && n.epoch >= epoch
	}) {
		n.heard = append(n.heard, "nothing more although there is")
	}
}

// gather does the same, but tells everything as one, since changes that follow each other quickly may come together.
type gather struct{ at string }

func (g gather) narrate(b *bench, _ scenario) (lines []string) {
	current := b.routing().CurrentEpoch
	for _, id := range strings.Fields(g.at) {
		n := b.neighbor(id)
		b.await(n, current, false)
		heard := strings.Split(strings.Join(n.heardOf(0), ", "), ", ")
		slices.Sort(heard)
		lines = append(lines, id+" hears "+strings.Join(slices.Compact(heard), ", "))
	}
	return lines
}

// portions waits for the same, but tells only how many entries the updates have.
type portions struct{ at string }

func (p portions) narrate(b *bench, _ scenario) []string {
	n := b.neighbor(p.at)
	before := len(n.updates)
	b.await(n, b.routing().CurrentEpoch, false)
	n.heardOf(0)
	var sizes []string
	for _, u := range n.updates[before:] {
		if size := len(u.announced) + len(u.withdrawn); size > 0 {
			sizes = append(sizes, fmt.Sprint(size))
		}
	}
	return []string{p.at + " hears updates of " + strings.Join(sizes, ", ")}
}

// news waits for a number of updates that are no heartbeats, whether these are all or not.
type news struct {
	at    string
	count int
}

func (w news) narrate(b *bench, s scenario) []string {
	n := b.neighbor(w.at)
	within(b.patience(s), func() bool {
		b.listen(n, false)
		return len(n.heard) >= w.count
	})
	return sentences(w.at, "hears", n.heardOf(w.count))
}

// quiet tells what neighbors have heard since the last time, without waiting.
type quiet struct{ at string }

func (q quiet) narrate(b *bench, _ scenario) (lines []string) {
	for _, id := range strings.Fields(q.at) {
		n := b.neighbor(id)
		b.listen(n, false)
		lines = append(lines, sentences(id, "hears", n.heardOf(0))...)
	}
	return lines
}

func sentences(who, does string, what []string) (lines []string) {
	for _, w := range what {
		lines = append(lines, who+" "+does+" "+w)
	}
	if len(what) == 0 {
		lines = []string{who + " " + does + " nothing"}
	}
	return lines
}

// spaced tells whether the updates that a neighbor has heard were sent far enough apart. As a busy machine may take
// long over one of them, no three may be sent within 100 ms; they should take 300.
type spaced struct{ at string }

func (w spaced) narrate(b *bench, _ scenario) []string {
	n := b.neighbor(w.at)
	for i := 2; i < len(n.updates); i++ {
		if took := n.updates[i].at.Sub(n.updates[i-2].at); took < 100*time.Millisecond {
			return []string{fmt.Sprint(n.id, " hears three updates sent within ", took)}
		}
	}
	return []string{n.id + " hears updates with pauses"}
}

// asked waits for a number of route controls and tells them, or all that came since the last time if that is 0. The
// neighbor goes on with what it is asked for.
type asked struct {
	at    string
	count int
}

func (a asked) narrate(b *bench, s scenario) (lines []string) {
	n := b.neighbor(a.at)
	within(b.patience(s), func() bool {
		b.listen(n, false)
		return len(n.controls) >= a.count
	})
	count := a.count
	if count == 0 || count > len(n.controls) {
		count = len(n.controls)
	}
	for _, r := range n.controls[:count] {
		lines = append(lines, n.obey(r)+r.oddities())
	}
	n.controls = n.controls[count:]
	return sentences(n.id, "is asked for", lines)
}

// obey describes a control, and goes on where it says.
func (n *neighbor) obey(r request) string {
	m, ok := readControl(unhex(r.Data))
	if !ok {
		return r.Data
	}
	table := "table " + m.table
	n.told = 0
	switch m.table {
	case noTable:
		table = "any table"
	case n.tableID():
		table, n.told = "its table", m.epoch
	}
	return fmt.Sprintf("mode %d, %s from %d, features %q", m.mode, table, m.epoch, m.features)
}

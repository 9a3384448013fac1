package test

import (
	"fmt"
	"testing"
	"time"
)

// beatPatience is how long a neighbor waits for heartbeats in time, while others may keep the machine busy.
const beatPatience = time.Minute

// beats waits for a number of heartbeats in a row that are as far apart as they should be. A busy machine may hold up
// some of them, so the row may be long in coming; from a connector that leaves out heartbeats, or sends them too often,
// it never comes.
type beats struct {
	at    string
	count int
}

func (w beats) narrate(b *bench, _ scenario) []string {
	n := b.neighbor(w.at)
	b.listen(n, false)
	first := len(n.updates)
	if within(beatPatience, func() bool {
		b.listen(n, false)
		return beatsInTime(n.updates[first:]) >= w.count
	}) {
		return []string{fmt.Sprint(n.id, " hears ", w.count, " heartbeats in time")}
	}
	var apart []string
	for i := first + 1; i < len(n.updates); i++ {
		apart = append(apart, fmt.Sprint(n.updates[i].at.Sub(n.updates[i-1].at)))
	}
	return []string{fmt.Sprint(n.id, " hears ", len(n.updates)-first, " updates, apart by ", apart)}
}

// beatsInTime is how many heartbeats there are in the longest row of them that are in time.
func beatsInTime(updates []heardUpdate) (longest int) {
	row := 0
	for i, u := range updates {
		switch {
		case !u.beat:
			row = 0
		case row == 0 || !inTime(u.at.Sub(updates[i-1].at)):
			row = 1
		default:
			row++
		}
		longest = max(longest, row)
	}
	return longest
}

// inTime reports whether one heartbeat may follow another after that time.
func inTime(apart time.Duration) bool {
	return apart >= exchangeInterval/2 && apart <= 2*exchangeInterval
}

// TestBeatsInTime has a connector speak at these times, in milliseconds; without a heartbeat if they are negative.
func TestBeatsInTime(t *testing.T) {
	for name, test := range map[string]struct {
		at   []int
		want int
	}{
		"none":                        {nil, 0},
		"in time":                     {[]int{1, 601, 1201, 1801}, 4},
		"one is late":                 {[]int{1, 601, 2044, 2644, 3244}, 3},
		"every second one is missing": {[]int{1, 1202, 2403, 3604}, 1},
		"too often":                   {[]int{1, 101, 201, 301, 401}, 1},
		"news between":                {[]int{1, 601, -700, 1201, 1801, 2401}, 3},
	} {
		var updates []heardUpdate
		for _, at := range test.at {
			updates = append(updates, heardUpdate{at: time.UnixMilli(int64(max(at, -at))), beat: at > 0})
		}
		if got := beatsInTime(updates); got != test.want {
			t.Errorf("%s: %d heartbeats in a row, want %d", name, got, test.want)
		}
	}
}

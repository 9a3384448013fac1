package speaker

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestRoutesHeal connects and disconnects links of a random network, and then waits: in the
// end packets must arrive wherever links lead, and nowhere else. The oracle is a search
// through the links that are up.
func TestRoutesHeal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(2, 6).Draw(rt, "nodes")
		var links [][2]int
		for a := range size {
			for b := range a {
				if rapid.IntRange(0, 2).Draw(rt, "joined") > 0 {
					links = append(links, [2]int{b, a})
				}
			}
		}
		type toggle struct {
			link  int
			pause time.Duration
		}
		var toggles []toggle
		if len(links) > 0 {
			for range rapid.IntRange(0, 12).Draw(rt, "toggles") {
				toggles = append(toggles, toggle{
					rapid.IntRange(0, len(links)-1).Draw(rt, "link"),
					time.Duration(rapid.SampledFrom([]int{0, 1, 100, 500, 3000}).Draw(rt, "pause")) * time.Millisecond,
				})
			}
		}
		paced := rapid.Bool().Draw(rt, "paced")
		var failure error
		synctest.Test(t, func(t *testing.T) {
			net := newNetwork(t)
			net.paced = paced
			defer net.end()
			name := func(i int) string { return string(rune('a' + i)) }
			for i := range size {
				net.add(name(i))
			}
			up := make([]bool, len(links))
			for i, l := range links {
				net.join(name(l[0]), name(l[1]))
				up[i] = true
			}
			for _, g := range toggles {
				l := links[g.link]
				up[g.link] = !up[g.link]
				net.link(name(l[0]), name(l[1]), up[g.link])
				net.pass(g.pause)
			}
			net.pass(15 * time.Minute) // until suppressed routes are released
			failure = net.compare(size, func(a, b int) bool {
				for i, l := range links {
					if up[i] && (l == [2]int{a, b} || l == [2]int{b, a}) {
						return true
					}
				}
				return false
			})
		})
		if failure != nil {
			rt.Fatal(failure)
		}
	})
}

// compare compares the paths of packets with those that the links allow.
func (net *network) compare(size int, joined func(a, b int) bool) error {
	for a := range size {
		reached := map[int]bool{a: true}
		for queue := []int{a}; len(queue) > 0; queue = queue[1:] {
			for b := range size {
				if !reached[b] && joined(queue[0], b) {
					reached[b] = true
					queue = append(queue, b)
				}
			}
		}
		for b := range size {
			from, to := string(rune('a'+a)), string(rune('a'+b))
			way, arrives := net.way(from, "test."+to)
			if arrives != reached[b] || arrives && way[len(way)-1] != to {
				return fmt.Errorf("from %s to %s: %v, arrives: %t, want %t", from, to, way, arrives, reached[b])
			}
		}
	}
	return nil
}

package journal

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"

	"github.com/ilp-go/connector/store/storetest"
)

// What a search examines grows with the bytes of the entries, after a clean stop and
// after a kill. It compares zeros once, and in the last block of a half twice.
func TestSearchCostsTheBytesOfTheEntries(t *testing.T) {
	const half = directMin
	for _, direct := range []bool{true, false} {
		for _, entries := range []int{1, 100, 250, 400, 1300} {
			t.Run(fmt.Sprintf("direct=%t/%d", direct, entries), func(t *testing.T) {
				b, name, o := newBase(), fileIn(t.TempDir()), Options{HalfBytes: half}
				storetest.MustClose(t, mustOpen(t, name, b, o))
				d := newDisk(t, name)
				d.direct, o.open = direct, d.open
				s := mustOpen(t, name, b, o)
				for n := range entries {
					storetest.MustApply(t, s, put("k", strconv.Itoa(n)))
				}
				wantCost(t, "killed", d.kill(), mustClone(t, b))
				storetest.MustClose(t, s)
				wantCost(t, "stopped", d.kill(), b)
			})
		}
	}
}

func wantCost(t *testing.T, how string, image []byte, b *base) {
	t.Helper()
	m, err := readMark(b)
	if err != nil {
		t.Fatal(err)
	}
	h, err := readHeader("store.journal", bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	searched := func(last uint64) *search {
		s := newSearch(h.half, h.seed(), last)
		for half := range 2 {
			s.run(image[h.at(half):h.at(half+1)])
		}
		return s
	}
	entries := 0
	for _, f := range searched(0).found {
		entries += f.size
	}
	s := searched(m.last)
	if s.looked > 2*entries+100 {
		t.Errorf("%s, it looks at %d positions and bytes of %d", how, s.looked, entries)
	}
	if most := int(2*h.half) + 2*blockSize; s.skipped > most {
		t.Errorf("%s, it compares %d bytes of %d with 0", how, s.skipped, most)
	}
	t.Logf("%s, there are %d bytes of entries: it looks at %d and skips %d", how, entries, s.looked, s.skipped)
}

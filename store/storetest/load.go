package storetest

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/store"
)

func newIsEmpty(t *testing.T, s *subject) {
	expect(t, s, "")
	expect(t, s, "a")
}

// loadIsInOrder checks that keys are in the order of their bytes, whatever their length,
// case or language.
func loadIsInOrder(t *testing.T, s *subject) {
	sorted := []store.Change{
		put("\x00", "1"), put("\x00\x00", "2"), put(" ", "3"), put("-", "4"), put("/", "5"), put("0", "6"), put("10", "7"), put("9", "8"),
		put("A", "9"), put("Z", "10"), put("a", "11"), put("a-b", "12"), put("a.b", "13"), put("a/b", "14"), put("a0", "15"), put("aa", "16"),
		put("b", "17"), put("~", "18"), put("ä", "19"), put("€", "20"), put("\U0010ffff", "21"),
	}
	for i := range sorted {
		apply(t, s, sorted[(i*8)%len(sorted)]) // 8 and 21 have no common divisor
	}
	expect(t, s, "", sorted...)
}

func loadVisitsPrefix(t *testing.T, s *subject) {
	apply(t, s, put("a", "1"), put("a/", "2"), put("a/b", "3"), put("a/c", "4"), put("a0", "5"), put("ab", "6"), put("b", "7"), put("\U0010ffffx", "8"))
	expect(t, s, "a/", put("a/", "2"), put("a/b", "3"), put("a/c", "4"))
	expect(t, s, "a/b", put("a/b", "3"))
	expect(t, s, "a/b/")
	expect(t, s, "a", put("a", "1"), put("a/", "2"), put("a/b", "3"), put("a/c", "4"), put("a0", "5"), put("ab", "6"))
	expect(t, s, "\U0010ffff", put("\U0010ffffx", "8"))
	expect(t, s, "\xff")
	expect(t, s, "A")
}

func loadEndsWithError(t *testing.T, s *subject) {
	apply(t, s, put("a", "1"), put("b", "2"), put("c", "3"))
	stop := errors.New("stop")
	var visited []string
	err := s.Load("", func(key string, _ []byte) error {
		visited = append(visited, key)
		if key == "b" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || len(visited) != 2 {
		t.Errorf("after %q came the error %v", visited, err)
	}
	expect(t, s, "", put("a", "1"), put("b", "2"), put("c", "3"))
}

// loadShowsOneMoment checks that Load does not show what is applied after the call.
func loadShowsOneMoment(t *testing.T, s *subject) {
	before := []store.Change{put("a", "1"), put("b", "1"), put("c", "1")}
	apply(t, s, before...)
	applied := false
	var got []store.Change
	err := s.Load("", func(key string, value []byte) error {
		got = append(got, put(key, string(value)))
		if !applied {
			applied = true
			done := make(chan error)
			go func() { done <- s.Apply(store.Batch{put("b", "2"), remove("c"), put("d", "2")}) }()
			return <-done
		}
		return nil
	})
	if err != nil || text(got) != text(before) {
		t.Errorf("loaded %s and not %s: %v", text(got), text(before), err)
	}
	expect(t, s, "", put("a", "1"), put("b", "2"), put("d", "2"))
}

func visitorsMayCall(t *testing.T, s *subject) {
	apply(t, s, put("a/1", "1"), put("a/2", "2"))
	err := s.Load("a/", func(key string, value []byte) error {
		return s.Load(key, func(key string, value []byte) error {
			// More than a store sets aside, so that it has to make room.
			return s.Apply(store.Batch{{Key: "b" + key, Value: append(make([]byte, 1<<20), value...)}, remove(key)})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, s, "a/")
	if got := load(t, s, "ba/"); len(got) != 2 || got[1].Value[1<<20] != '2' {
		t.Errorf("there is %s", text(got))
	}
}

package storetest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
)

func changesAreInOrder(t *testing.T, s *subject) {
	apply(t, s, put("a", "1"), put("a", "2"), put("b", "1"), remove("b"), remove("c"), put("c", "1"))
	expect(t, s, "", put("a", "2"), put("c", "1"))
	apply(t, s, remove("a"), put("a", "3"), put("c", "2"), remove("c"))
	expect(t, s, "", put("a", "3"))
}

func nilRemoves(t *testing.T, s *subject) {
	apply(t, s, remove("never there"), put("a", ""), store.Change{Key: "b", Value: []byte{}}, put("c", "1"))
	expect(t, s, "", put("a", ""), put("b", ""), put("c", "1"))
	apply(t, s, remove("a"), put("c", ""))
	expect(t, s, "", put("b", ""), put("c", ""))
	apply(t, s, remove("b"), remove("c"))
	expect(t, s, "")
}

func emptyBatch(t *testing.T, s *subject) {
	apply(t, s, put("a", "1"))
	apply(t, s)
	expect(t, s, "", put("a", "1"))
}

func invalidBatch(t *testing.T, s *subject) {
	apply(t, s, put("a", "1"), put("b", "1"))
	for name, wrong := range map[string]store.Change{
		"an empty key":     put("", "x"),
		"no key to remove": remove(""),
		"a long key":       put(strings.Repeat("k", store.KeyMax+1), "x"),
		"no UTF-8":         put("\xff", "x"),
		"a long value":     {Key: "c", Value: make([]byte, store.ValueMax+1)},
	} {
		if err := s.Apply(store.Batch{put("a", "2"), remove("b"), wrong, put("c", "2")}); err == nil {
			t.Errorf("%s is taken", name)
		}
		expect(t, s, "", put("a", "1"), put("b", "1"))
	}
}

func batchIsBorrowed(t *testing.T, s *subject) {
	value := []byte("1")
	batch := store.Batch{{Key: "a", Value: value}, {Key: "b", Value: value}}
	apply(t, s, batch...)
	value[0] = '9'
	batch[0], batch[1] = put("c", "9"), put("d", "9")
	expect(t, s, "", put("a", "1"), put("b", "1"))
}

func limits(t *testing.T, s *subject) {
	key := strings.Repeat("k", store.KeyMax)
	value := bytes.Repeat([]byte{0xa5}, store.ValueMax)
	apply(t, s, store.Change{Key: key, Value: value}, put("other", "1"))
	got := load(t, s, "k")
	if len(got) != 1 || got[0].Key != key || !bytes.Equal(got[0].Value, value) {
		t.Errorf("the longest key and value came back as %d pairs", len(got))
	}
	apply(t, s, remove(key))
	expect(t, s, "", put("other", "1"))
}

// namespaces checks that two namespaces never share a key. In the reference account "a"
// with key "bc" and account "ab" with key "c" do.
func namespaces(t *testing.T, s *subject) {
	a, ab := store.Namespace(s, "a"), store.Namespace(s, "ab")
	inner := store.Namespace(a, "b")
	apply(t, a, put("bc", "1"))
	apply(t, ab, put("c", "2"))
	apply(t, inner, put("c", "3"))
	expect(t, a, "", put("b/c", "3"), put("bc", "1"))
	expect(t, ab, "", put("c", "2"))
	expect(t, inner, "", put("c", "3"))
	expect(t, inner, "c", put("c", "3"))
	expect(t, s, "a/", put("a/b/c", "3"), put("a/bc", "1"))
	apply(t, inner, remove("c"))
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	expect(t, s, "", put("a/bc", "1"), put("ab/c", "2"))
}

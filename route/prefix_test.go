package route

import "testing"

func TestChildAddressTakesSegmentOrElseID(t *testing.T) {
	for _, test := range []struct{ id, segment, want string }{
		{"alice", "", "test.hub.alice"},
		{"bob", "robert", "test.hub.robert"},
		{"a.b", "", "test.hub.a.b"},
	} {
		if got := ChildAddress("test.hub", test.id, test.segment); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

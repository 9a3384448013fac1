package httplink_test

import (
	"maps"
	"testing"

	"github.com/ilp-go/connector/ilptest"
)

// Operators see how many requests were refused, and why.
func TestRefusedRequestsAreCountedByCause(t *testing.T) {
	l, address := receiving(t, ilptest.Fulfilling())
	prepare := ilptest.Prepare("test.us.near", 7)
	for range 2 {
		postTo(t, address, prepare.Bytes(), "Authorization", "Bearer stranger")
	}
	postTo(t, address, prepare.Bytes(), "Content-Type", "text/html")
	postTo(t, address, make([]byte, 40_000))
	postTo(t, address, prepare.Bytes(), "Callback-Url", "http://127.0.0.1/")
	postTo(t, address, prepare.Bytes())
	want := map[string]uint64{"credentials": 2, "content_type": 1, "too_large": 1, "callback": 1}
	if got := l.RefusedRequests(); !maps.Equal(got, want) {
		t.Errorf("counted are %v, want %v", got, want)
	}
}

package connector_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// far is a server that fulfills each packet, and notes the token that it comes with.
type far struct {
	url    string
	last   atomic.Pointer[string]
	refuse atomic.Bool // packets, with 401
}

func newFar(t *testing.T) *far {
	t.Helper()
	f := new(far)
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	f.url = s.URL
	return f
}

// ServeHTTP answers one request.
func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		return
	}
	token := r.Header.Get("Authorization")
	f.last.Store(&token)
	if f.refuse.Load() {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = w.Write((&ilp.Fulfill{Fulfillment: ilptest.Preimage}).Append(nil))
}

// token returns what the last packet came with.
func (f *far) token() string {
	if last := f.last.Load(); last != nil {
		return *last
	}
	return ""
}

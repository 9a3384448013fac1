package admin_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
)

// Edits of balances wait for the disk, as these pings wait for an answer.
func TestChangesThatWaitLeaveSlotsToReads(t *testing.T) {
	n := newNode(t)
	started, release := make(chan struct{}), make(chan struct{})
	n.Pong = func(context.Context, string) (time.Duration, error) {
		started <- struct{}{}
		<-release
		return time.Millisecond, nil
	}
	api := newAPI(t, n, loopback())
	status := make(chan int, 64)
	waiting := 0
	for range 64 {
		go func() {
			status <- answer(api, call(http.MethodPost, "/ping", `{"destination":"test.far"}`)).Code
		}()
		select {
		case <-started:
			waiting++
		case code := <-status:
			if code != http.StatusServiceUnavailable {
				t.Errorf("a change ended with %d", code)
			}
		}
	}
	if waiting != 32 {
		t.Errorf("%d changes wait", waiting)
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/alerts", "/balance"} {
		if w := answer(api, call(http.MethodGet, path, "")); w.Code != 200 {
			t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
		}
	}
	close(release)
	for range waiting {
		if code := <-status; code != 200 {
			t.Errorf("a change that waited ended with %d", code)
		}
	}
	n.Pong = nil
	if code := answer(api, call(http.MethodDelete, "/alerts/1", "")).Code; code != 204 {
		t.Errorf("a change after them: %d", code)
	}
}

// A read may wait too, such as one of the store. Monitors are answered all the same.
func TestReadsThatWaitLeaveSlotsToProbes(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	o := loopback()
	o.Stats = func() (any, error) {
		started <- struct{}{}
		<-release
		return nil, nil
	}
	api := newAPI(t, newNode(t), o)
	var waiting sync.WaitGroup
	for range 32 {
		waiting.Go(func() { answer(api, call(http.MethodGet, "/stats", "")) })
		<-started
	}
	checkStatus(t, api, "GET", "/status", 503)
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		checkStatus(t, api, "GET", path, 200)
	}
	checkStatus(t, api, "HEAD", "/livez", 200)
	checkStatus(t, api, "DELETE", "/alerts/1", 204)
	close(release)
	waiting.Wait()
	checkStatus(t, api, "GET", "/status", 200)
}

func checkStatus(t *testing.T, api *admin.API, method, path string, want int) {
	t.Helper()
	if w := answer(api, call(method, path, "")); w.Code != want {
		t.Errorf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
}

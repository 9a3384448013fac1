package admin_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/admin/admintest"
)

func TestPingTellsHowItWent(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	ping := func(status int, contentType, want string) {
		t.Helper()
		exchange{"POST", "/ping", `{"destination":"test.far"}`, status, contentType, want}.run(t, api)
	}
	n.Pong = func(_ context.Context, destination string) (time.Duration, error) {
		if destination != "test.far" {
			t.Errorf("pinged %s", destination)
		}
		return 1234567 * time.Nanosecond, nil
	}
	ping(200, asJSON, `{"destination":"test.far","rttMs":1.234}`)

	n.Pong = func(context.Context, string) (time.Duration, error) {
		return 0, &admintest.Reject{Code: "T01", TriggeredBy: "test.other", Message: "no connection to account. account=x"}
	}
	ping(502, asJSON, `{"destination":"test.far","code":"T01","triggeredBy":"test.other","message":"no connection to account. account=x"}`)

	n.Pong = func(context.Context, string) (time.Duration, error) { return 0, errors.New("no address yet") }
	ping(500, asText, "Error: no address yet")
}

func TestPingDoesNotWaitForEver(t *testing.T) {
	n := newNode(t)
	n.Pong = func(ctx context.Context, _ string) (time.Duration, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	api := newAPI(t, n, loopback())
	synctest.Test(t, func(t *testing.T) {
		exchange{"POST", "/ping", `{"destination":"test.far"}`, 504, asText, "Error: no answer from test.far within 15s"}.run(t, api)
	})
}

func TestRequestsAtOnceAreBounded(t *testing.T) {
	n := newNode(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	n.Pong = func(context.Context, string) (time.Duration, error) {
		entered <- struct{}{}
		<-leave
		return 0, nil
	}
	api := newAPI(t, n, loopback())
	left := make(chan int)
	const requestsMax = 64
	for range requestsMax {
		go func() { left <- answer(api, call(http.MethodPost, "/ping", `{"destination":"test.far"}`)).Code }()
		<-entered
	}
	if w := answer(api, call(http.MethodGet, "/status", "")); w.Code != 503 {
		t.Errorf("one request too many: %d", w.Code)
	}
	close(leave)
	for range requestsMax {
		if code := <-left; code != 200 {
			t.Errorf("an earlier request: %d", code)
		}
	}
	if w := answer(api, call(http.MethodGet, "/status", "")); w.Code != 200 {
		t.Errorf("afterwards: %d", w.Code)
	}
}

package admin_test

import (
	"context"
	"errors"
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

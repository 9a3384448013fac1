package httplink_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// Operators read in the log why a peer is not there, also if no packet goes to it.
func TestLogSaysWhyThePeerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := httplink.New(httplink.Options{
			Log:      slog.New(slog.NewTextHandler(&log, nil)),
			Outgoing: to(t, "http://127.0.0.1:0/accounts/us/ilp?key=s3cret"), // nobody can listen there
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.Run(ctx, ilptest.NewLink(), nil)
		}()
		time.Sleep(3 * time.Minute)
		cancel()
		<-done
		lines := log.String()
		for _, want := range []string{
			`level=WARN msg="connection to server failed" url=http://127.0.0.1:0/accounts/us/ilp error="dial tcp 127.0.0.1:0: `, "retryIn=",
		} {
			if !strings.Contains(lines, want) {
				t.Errorf("%s\nlacks %s", lines, want)
			}
		}
		if n := strings.Count(lines, "\n"); n < 4 || n > 10 {
			t.Errorf("%d lines in three minutes:\n%s", n, lines)
		}
		if strings.Contains(lines, "s3cret") {
			t.Errorf("a secret is in the log:\n%s", lines)
		}
	})
}

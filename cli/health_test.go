package cli

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
)

// A connector that hangs takes connections and does not answer.
func TestHealthDoesNotWaitForAConnectorThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), healthTimeout/100)
	defer cancel()
	for _, args := range [][]string{{"health"}, {"health", "--ready"}} {
		var out bytes.Buffer
		status := Run(ctx, append(args, "--url", "http://"+l.Addr().String(), "--token", "x"), &out, &out)
		if status != exitFailure || !strings.Contains(out.String(), "does not answer within 5s") {
			t.Errorf("%v: %d %s", args, status, out.String())
		}
	}
}

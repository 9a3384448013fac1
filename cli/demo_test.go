package cli

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// An operator may try the demo in the shell of a running connector.
func TestDemoSeesNothingOfTheOperatorsConnector(t *testing.T) {
	got, err := demoEnviron([]string{
		"HOME=/x", "CONNECTOR_ACCOUNTS={}", "CONNECTOR_ILP_ADDRESS=g.real", "CONNECTOR_ADMIN_API=false",
		"CONNECTOR_ADMIN_API_PORT=7790", "CONNECTOR_STORE_PATH=/x",
	})
	if want := []string{"CONNECTOR_ADMIN_API_PORT=7790"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("the demo sees %q, want %q", got, want)
	}
}

func TestDemoNamesItsAdminAPI(t *testing.T) {
	for variables, want := range map[string]string{
		"":                                  "",
		"CONNECTOR_ADMIN_API_PORT=7780":     "",
		"CONNECTOR_ADMIN_API_PORT=7790":     " --url http://127.0.0.1:7790",
		"CONNECTOR_ADMIN_API_HOST=::1":      " --url http://[::1]:7780",
		"CONNECTOR_ADMIN_API_TOKEN=x":       ` --token "$CONNECTOR_ADMIN_API_TOKEN"`,
		"CONNECTOR_ADMIN_API_TOKEN_FILE=/x": ` --token-file "$CONNECTOR_ADMIN_API_TOKEN_FILE"`,
	} {
		if got := demoFlags(strings.Fields(variables)); got != want {
			t.Errorf("with %q: %q, want %q", variables, got, want)
		}
	}
}

// The commands that the demo prints find it, also at a port of its own.
func TestDemoPrintsCommandsThatFindIt(t *testing.T) {
	t.Setenv("CONNECTOR_ADMIN_API_PORT", "0")
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	out := make(pipe, 16)
	ended := make(chan int, 1)
	go func() { ended <- Run(ctx, []string{"demo"}, out, &bytes.Buffer{}) }()
	t.Cleanup(func() { stop(); <-ended })
	for {
		select {
		case text := <-out:
			_, url, there := strings.Cut(text, "accounts --url ")
			if !there {
				continue
			}
			url, _, _ = strings.Cut(url, "\n")
			if o := run(t, "accounts", "--url", url); o.status != 0 || !strings.Contains(o.out, "alice") {
				t.Errorf("accounts --url %s: %+v", url, o)
			}
			return
		case <-ctx.Done():
			t.Fatal("the demo prints no --url")
		}
	}
}

// pipe passes on what is written.
type pipe chan string

func (p pipe) Write(b []byte) (int, error) {
	p <- string(b)
	return len(b), nil
}

package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/settle"
)

// paying is a link whose plugin pays as well, and never knows whether it has.
type paying struct{ *testLink }

func (paying) Pay(context.Context, settle.Payment) error { return errors.New("nobody answers") }

// ask makes a request to the admin API.
func ask(t *testing.T, port int, method, path, body string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true // another connector may have the port next
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// awaitSettlement is the settlement of a connector's, once it is in a state.
func awaitSettlement(t *testing.T, port int, state string) admin.Settlement {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.Now().Add(5 * time.Second)
	for {
		_, text := ask(t, port, "GET", "/settlements?account=alice", "")
		var list admin.SettlementList
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if len(list.Settlements) == 1 && list.Settlements[0].State == state {
			return list.Settlements[0]
		}
		if time.Now().After(deadline) {
			t.Fatalf("settlements: %s, want one that is %s", text, state)
		}
		<-ticker.C
	}
}

// TestOperatorEndsWhatNobodyKnows goes the whole way: a debt, a settlement by hand of
// which nobody knows how it ended, and an operator who says so.
func TestOperatorEndsWhatNobodyKnows(t *testing.T) {
	d, port := newDisk(), freePort(t)
	plugin := connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) {
		return paying{newTestLink(ilptest.NewLink())}, nil
	})
	yaml := fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port)
	c, _ := start(t, yaml, plugin, d.option())
	awaitReady(t, c)
	const now = `{"accountId":"alice"}`
	if status, text := ask(t, port, "POST", "/settlements", now); status != http.StatusConflict || !strings.Contains(text, "we owe nothing") {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := edit(t, port, "-70"); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := ask(t, port, "POST", "/settlements", now); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, text)
	}
	s := awaitSettlement(t, port, "unknown")
	if s.Amount != "70" || s.Scale != 2 || !s.Open || s.LastError != "nobody answers" {
		t.Errorf("%+v", s)
	}
	if status, text := ask(t, port, "POST", "/settlements", now); status != http.StatusConflict || !strings.Contains(text, "is unknown") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := ask(t, port, "POST", "/settlements/alice/"+s.ID, `{"paid":true,"reason":"the ledger has it"}`); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	awaitSettlement(t, port, "confirmed")
	if got := snapshot(c, "alice").Posted.String() + ", " + d.balances(t); got != "0, alice=0 2 USD" {
		t.Errorf("posted, and kept: %s", got)
	}
	want := []string{
		"resolve settlement alice done", "settle alice refused", "settle alice done", "edit balance alice done", "settle alice refused",
	}
	if got := entries(t, c); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

package connector_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
)

// edit asks the admin API for an edit of alice's balance.
func edit(t *testing.T, port int, diff string) (status int, text string) {
	t.Helper()
	body := fmt.Sprintf(`{"accountId":"alice","amountDiff":%q}`, diff)
	response, err := http.Post(fmt.Sprintf("http://127.0.0.1:%d/balance", port), "application/json", strings.NewReader(body))
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

// TestEditThatIsNotWrittenIsTakenBack holds that a balance, once its edit was answered
// with an error, is what it was.
func TestEditThatIsNotWrittenIsTakenBack(t *testing.T) {
	d, port := newDisk(), freePort(t)
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	yaml := fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port)
	c, _ := startToEnd(t, yaml, func(error) {}, links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
	awaitReady(t, c)
	if status, text := edit(t, port, "7"); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	d.fail(errors.New("the disk is broken"))
	for _, diff := range []string{"5", "-5", "1"} { // the first finds it out, the others know
		status, text := edit(t, port, diff)
		if status != http.StatusInternalServerError || !strings.Contains(text, "the edit was undone in memory") || !strings.Contains(text, "the disk is broken") {
			t.Errorf("%s: %d %s", diff, status, text)
		}
	}
	if got := snapshot(c, "alice").Posted.String() + ", " + d.balances(t); got != "7, alice=7 2 USD" {
		t.Errorf("posted, and kept: %s", got)
	}
}

// An account that is just being changed is not removed, and the error says that it is so: an expired
// invitation is then looked at again soon.
func TestRemovalDuringAChangeSaysWhy(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	a, _ := c.Account("alice")
	next := config.Account{ID: "alice", Relation: a.Relation, Plugin: "test", AssetCode: "USD", AssetScale: 2, Balance: &config.Balance{Maximum: "900"}}
	var err error
	if failed := connector.ChangeWith(c.Connector, next, func() { err = connector.RemoveAccount(c.Connector, "alice") }); failed != nil {
		t.Fatal(failed)
	}
	var conflict admin.Conflict
	if !errors.Is(err, connector.ErrLeaving) || !errors.As(err, &conflict) || !strings.Contains(string(conflict), "alice") {
		t.Errorf("an account that is being changed is removed with %v", err)
	}
}

package test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// admin is the admin API of a connector.
type admin struct{ url string }

// exchange makes one request and returns the status, the content type and the body of its answer.
func (a admin) exchange(t *testing.T, method, path, body string) (int, string, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(answer)
}

// get reads a JSON document.
func (a admin) get(t *testing.T, path string, into any) {
	t.Helper()
	status, _, body := a.exchange(t, http.MethodGet, path, "")
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, status, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

// balances are those of all accounts that have one, as decimal strings.
func (a admin) balances(t *testing.T) map[string]string {
	t.Helper()
	var body struct {
		Accounts map[string]struct {
			Balance string `json:"balance"`
		} `json:"accounts"`
	}
	a.get(t, "/balance", &body)
	balances := make(map[string]string)
	for id, entry := range body.Accounts {
		balances[id] = entry.Balance
	}
	return balances
}

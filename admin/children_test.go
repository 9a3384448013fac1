package admin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
)

// newHost makes a node whose account alice has the clients ann, which is connected, and bert.
func newHost(t testing.TB) (*admintest.Node, *admintest.Children) {
	t.Helper()
	n := newNode(t)
	kids := n.Host("alice")
	for _, a := range kids.Add([]admin.NewChild{{Name: "bert", Token: "s3cret-b"}, {Name: "ann", Token: "s3cret-a"}}) {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	n.Links["alice.ann"] = admin.Link{Connected: true, State: "established", Since: time.Unix(1e9, 0).UTC(), Remote: "192.0.2.1:5"}
	n.Registry.Find("alice.ann").Balance.Hold(7)
	return n, kids
}

func TestChildrenAreShown(t *testing.T) {
	n, kids := newHost(t)
	kids.Blocked["bert"], kids.Old["bert"] = true, time.Unix(2e9, 0).UTC()
	api := newAPI(t, n, loopback())
	const (
		ann  = `{"name":"ann","id":"alice.ann","address":"test.conn.alice.ann","connected":true,"state":"established","since":"2001-09-09T01:46:40.000Z","remote":"192.0.2.1:5","balance":"7","blocked":false}`
		bert = `{"name":"bert","id":"alice.bert","address":"test.conn.alice.bert","connected":false,"state":"disabled","problems":[{"reason":"an operator has blocked the client"}],"balance":"0","blocked":true,"oldTokenUntil":"2033-05-18T03:33:20.000Z"}`
		of   = "/accounts/alice/children"
	)
	for _, test := range []exchange{
		{"GET", of, "", 200, asJSON, `{"known":2,"connected":1,"children":[` + ann + `,` + bert + `]}`},
		{"GET", of + "?limit=1", "", 200, asJSON, `{"known":2,"connected":1,"children":[` + ann + `],"next":"ann"}`},
		{"GET", of + "?limit=1&after=ann", "", 200, asJSON, `{"known":2,"connected":1,"children":[` + bert + `]}`},
		{"GET", of + "?after=bert", "", 200, asJSON, `{"known":2,"connected":1,"children":[]}`},
		{"GET", of + "?connected=true", "", 200, asJSON, `{"known":2,"connected":1,"children":[` + ann + `]}`},
		{"GET", of + "?connected=false", "", 200, asJSON, `{"known":2,"connected":1,"children":[` + bert + `]}`},
		{"GET", of + "?connected=maybe", "", 400, asText, "Error: connected is not true or false"},
		{"GET", of + "?limit=1001", "", 400, asText, "Error: limit is not a number from 1 to 1000"},
		{"GET", of + "/", "", 500, asText, "Error: invalid account."},
		{"GET", "/accounts/nobody/children", "", 404, asText, "Error: unknown account id. accountId=nobody"},
		{"GET", "/accounts//children", "", 404, asText, "Error: unknown account id. accountId="},
		{"GET", "/accounts/bob/children", "", 404, asText, "Error: account bob has no clients that are accounts: it needs a children block in the configuration"},
		{"GET", "/accounts/alice.bert", "", 200, asJSON, `{"id":"alice.bert","parent":"alice","name":"bert","address":"test.conn.alice.bert","blocked":true,"oldTokenUntil":"2033-05-18T03:33:20.000Z","balance":{"balance":"0",...`},
		{"GET", "/accounts/alice.carl", "", 500, asText, "Error: unknown account id. accountId=alice.carl"},
		{"GET", "/accounts/alice", "", 200, asJSON, `{"id":"alice","blocked":false,"balance":{"balance":"30",...`},
		{"POST", "/accounts/alice.ann", "{}", 500, asText, "Error: plugin does not support sending admin info. account=alice.ann"},
		{"GET", "/balance?account=alice.ann", "", 200, asJSON, `{"accounts":{"alice.ann":{"balance":"7",...`},
		{"GET", "/balance?account=alice", "", 200, asJSON, `{"accounts":{"alice":{"balance":"30","minimum":"-500","maximum":"1000","posted":"30","pendingIn":"0","pendingOut":"0","settling":"0","children":{"known":2,"connected":1}}}}`},
		{"GET", "/balance?account=zoe", "", 200, asJSON, `{"accounts":{}}`},
		{"GET", "/balance?account=nobody", "", 404, asText, "Error: unknown account id. accountId=nobody"},
		{"POST", "/balance", `{"accountId":"alice.bert","amountDiff":"5"}`, 204, "", ""},
		{"GET", "/balance?account=alice.bert", "", 200, asJSON, `{"accounts":{"alice.bert":{"balance":"5",...`},
		{"GET", "/rejections?account=alice.ann", "", 200, asJSON, `{"rejections":[]}`},
		{"GET", "/settlements?account=alice.ann", "", 200, asJSON, `{"settlements":[],"receipts":[],"leftovers":[]}`},
	} {
		test.run(t, api)
	}
	var accounts, balances string
	accounts = answer(api, call("GET", "/accounts", "")).Body.String()
	balances = answer(api, call("GET", "/balance", "")).Body.String()
	for what, text := range map[string]string{"accounts": accounts, "balances": balances} {
		if !strings.Contains(text, `"children":{"known":2,"connected":1}`) || strings.Contains(text, "ann") {
			t.Errorf("%s: %s", what, text)
		}
	}
	n.Loading = true
	exchange{"GET", of, "", 503, asText, "Error: the balances are not loaded yet"}.run(t, api)
}

func TestChildrenAreAddedAndChanged(t *testing.T) {
	n, kids := newHost(t)
	api := newAPI(t, n, loopback())
	const of = "/accounts/alice/children"
	for _, test := range []exchange{
		{"POST", of, `{"name":"carl","token":"c"}`, 200, asJSON, `{"name":"carl","id":"alice.carl","address":"test.conn.alice.carl","created":true}`},
		{"POST", of, `{"name":"carl","token":"c"}`, 200, asJSON, `{"name":"carl","id":"alice.carl","address":"test.conn.alice.carl","created":false}`},
		{"POST", of, `{"name":"carl","token":"d"}`, 409, asText, "Error: the client has another token: rotate it..."},
		{"POST", of, `{"name":"dora"}`, 200, asJSON, `{"name":"dora","id":"alice.dora","address":"test.conn.alice.dora","created":true,"token":"...`},
		{"POST", of, `{"token":"d"}`, 400, asText, `Error: the name "" or the token is empty`},
		{"POST", of, `{"name":"","token":"d"}`, 400, asText, `Error: the name "" must be one segment of an ILP address: 1 to 128 letters, digits, _, ~ and -`},
		{"POST", of, `{"name":"a.b"}`, 400, asText, `Error: the name "a.b" must be one segment ...`},
		{"POST", of, `{"name":"` + strings.Repeat("a", 129) + `"}`, 400, asText, `Error: the name "` + strings.Repeat("a", 80) + `" must be one segment ...`},
		{"POST", of, `{"name":5}`, 400, asText, `Error: the "name" is not a string`},
		{"POST", of, `{"name":"erin","token":5}`, 400, asText, `Error: the "token" is not a string`},
		{"POST", of, `{"name":"erin","Token":"e"}`, 400, asText, `Error: the body has the unknown member "Token"`},
		{"POST", of, `[]`, 400, asText, `Error: the body is not an object with each member once`},
		{"POST", of, ``, 400, asText, `Error: the body is not an object with each member once`},
		{"POST", of, `{"name":"erin","reason":5}`, 400, asText, `Error: the "reason" is not...`},
		{"POST", "/accounts/bob/children", `{"name":"x"}`, 404, asText, "Error: account bob has no clients that are accounts..."},
		{"PATCH", of + "/ann", `{"blocked":true,"reason":"spam"}`, 204, "", ""},
		{"PATCH", of + "/ann", `{"blocked":"yes"}`, 400, asText, `Error: the "blocked" is not true or false`},
		{"PATCH", of + "/ann", `{}`, 400, asText, `Error: the body needs one of "blocked", "token" and "rotate"`},
		{"PATCH", of + "/ann", `{"blocked":true,"token":"x"}`, 400, asText, `Error: the body needs one of ...`},
		{"PATCH", of + "/ann", `{"rotate":true,"token":"x"}`, 400, asText, `Error: the body needs one of ...`},
		{"PATCH", of + "/ann", `{"token":"x","oldValidFor":"1"}`, 400, asText, `Error: "oldValidFor" is not a time from "0s" to "720h", such as "1h"`},
		{"PATCH", of + "/ann", `{"token":"x","oldValidFor":"721h"}`, 400, asText, `Error: "oldValidFor" is not ...`},
		{"PATCH", of + "/ann", `{"token":"x","oldValidFor":60}`, 400, asText, `Error: "oldValidFor" is not ...`},
		{"PATCH", of + "/ann", `{"token":"x","oldValidFor":"1h"}`, 204, "", ""},
		{"PATCH", of + "/nobody", `{"token":"x"}`, 404, asText, `Error: account alice has no client "nobody"`},
		{"DELETE", of + "/nobody", ``, 404, asText, `Error: account alice has no client "nobody"`},
		{"DELETE", of + "/carl?force=perhaps", ``, 400, asText, `Error: force is not true or false`},
		{"DELETE", of + "/carl", `{"reasn":"x"}`, 400, asText, `Error: the body has the unknown member "reasn"`},
		{"DELETE", of + "/carl", `{"reason":"gone"}`, 204, "", ""},
		{"DELETE", of + "/carl", ``, 404, asText, `Error: account alice has no client "carl"`},
		{"DELETE", of, ``, 404, asText, `Error: there is no account "alice/children"`},
		{"POST", "/balance", `{"accountId":"alice.bert","amountDiff":"5"}`, 204, "", ""},
		{"DELETE", of + "/bert", ``, 409, asText, "Error: the client stays: its balance is 5"},
		{"DELETE", of + "/bert?force=true", ``, 204, "", ""},
	} {
		test.run(t, api)
	}
	if !kids.Blocked["ann"] || kids.Tokens["ann"] != "x" || time.Until(kids.Old["ann"]) < 50*time.Minute {
		t.Errorf("%+v", kids)
	}
	if token := kids.Tokens["dora"]; len(token) < 20 {
		t.Errorf("the token that was made is %q", token)
	}
	w := answer(api, call("PATCH", of+"/dora", `{"rotate":true}`))
	var rotated admin.RotatedChild
	if err := json.Unmarshal(w.Body.Bytes(), &rotated); err != nil || rotated.ID != "alice.dora" || rotated.Token != kids.Tokens["dora"] {
		t.Errorf("%s, %v", w.Body, err)
	}
}

// linesOf makes a request whose body is lines.
func linesOf(path string, lines ...string) *http.Request {
	r := call("POST", path, strings.Join(lines, "\n"))
	r.Header.Set("Content-Type", "application/x-ndjson; charset=utf-8")
	return r
}

func TestChildrenAreAddedByLines(t *testing.T) {
	n, kids := newHost(t)
	kids.Most = 4
	api := newAPI(t, n, loopback())
	w := answer(api, linesOf("/accounts/alice/children?reason=import", `{"name":"carl","token":"c"}`, "", `{"name":"ann","token":"x"}`, `{"name":"dora"}`, `{"name":"erin"}`, `nonsense`, `{"name":"f","token":[]}`))
	want := `{"line":1,"name":"carl","ok":true,"created":true}
{"line":3,"name":"ann","ok":false,"error":"the client has another token: rotate it to give it a new one"}
{"line":4,"name":"dora","ok":true,"created":true,"token":"` + kids.Tokens["dora"] + `"}
{"line":5,"name":"erin","ok":false,"error":"as many clients are known as maxClients allows"}
{"line":6,"ok":false,"error":"the line is not an object with each member once; it should be such as {\"name\":\"alice\",\"token\":\"secret\"}"}
{"line":7,"name":"f","ok":false,"error":"the \"token\" is not a string"}
`
	if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%d %s\n%s", w.Code, w.Header(), w.Body)
	}
	log, err := n.Audit()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := log.Latest(10, "")
	if err != nil || len(entries) != 1 || entries[0].What != "add children" || entries[0].Account != "alice" || entries[0].Reason != "import" ||
		fmt.Sprint(entries[0].Details) != "map[created:2 lines:6 refused:4]" {
		t.Errorf("%+v, %v", entries, err)
	}
	if w := answer(api, linesOf("/accounts/alice/children", strings.Repeat(" ", 1<<20)+"x")); w.Code != 413 {
		t.Errorf("a body that is too large: %d %s", w.Code, w.Body)
	}
	if w := answer(api, linesOf("/accounts/alice/children")); w.Code != 200 || w.Body.String() != "" {
		t.Errorf("no lines: %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/balance", "/accounts/alice"} {
		if w := answer(api, linesOf(path, `{}`)); w.Code != 403 {
			t.Errorf("lines for %s: %d %s", path, w.Code, w.Body)
		}
	}
}

// A change whose entry cannot be written is not made, and one that cannot be stored is an error.
func TestChildrenThatCannotBeStored(t *testing.T) {
	n, kids := newHost(t)
	api := newAPI(t, n, loopback())
	requests := func() []*http.Request {
		return []*http.Request{
			call("POST", "/accounts/alice/children", `{"name":"carl","token":"c"}`), call("PATCH", "/accounts/alice/children/ann", `{"blocked":true}`),
			call("PATCH", "/accounts/alice/children/ann", `{"token":"x"}`), call("DELETE", "/accounts/alice/children/ann", ""),
			linesOf("/accounts/alice/children", `{"name":"dora"}`),
		}
	}
	kids.Broken = errors.New("the disk is full")
	for _, r := range requests() {
		w := answer(api, r)
		lines := r.Header.Get("Content-Type") != ""
		if !lines && (w.Code != 500 || w.Body.String() != "Error: the disk is full") || lines && w.Body.String() != `{"line":1,"name":"dora","ok":false,"error":"the disk is full"}`+"\n" {
			t.Errorf("%s: %d %s", r.Method, w.Code, w.Body)
		}
	}
	kids.Broken, n.Broken = nil, errors.New("the disk is full")
	for _, r := range requests() {
		if w := answer(api, r); w.Code != 503 || !strings.Contains(w.Body.String(), "the audit log cannot be written, so nothing is changed") {
			t.Errorf("%s: %d %s", r.Method, w.Code, w.Body)
		}
	}
	if len(kids.Tokens) != 2 || kids.Tokens["ann"] != "s3cret-a" || kids.Blocked["ann"] {
		t.Errorf("%+v", kids)
	}
}

func TestTokensOfChildrenAreSecret(t *testing.T) {
	var log bytes.Buffer
	n, _ := newHost(t)
	o := loopback()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	audits, err := n.Audit()
	if err != nil {
		t.Fatal(err)
	}
	audits.Log = o.Log
	api := newAPI(t, n, o)
	var shown strings.Builder
	for _, r := range []*http.Request{
		call("POST", "/accounts/alice/children", `{"name":"carl","token":"s3cret"}`), call("POST", "/accounts/alice/children", `{"name":"carl","token":"s3cret2"}`),
		call("POST", "/accounts/alice/children", `{"name":"carl","s3cret":"x"`), call("PATCH", "/accounts/alice/children/carl", `{"token":"s3cret3"}`),
		call("PATCH", "/accounts/alice/children/carl", `{"token":["s3cret3"]}`), call("PATCH", "/accounts/alice/children/nobody", `{"token":"s3cret3"}`),
		linesOf("/accounts/alice/children", `{"name":"dora","token":"s3cret"}`, `{"name":"dora","token":"s3cret2"}`, `"s3cret"`, `s3cret`),
		call("GET", "/accounts/alice/children", ""), call("GET", "/accounts/alice.carl", ""), call("GET", "/audit", ""),
	} {
		shown.WriteString(answer(api, r).Body.String())
	}
	if text := shown.String() + log.String(); strings.Contains(text, "s3cret") || !strings.Contains(text, "rotate token") {
		t.Errorf("%s", text)
	}
}

package admin_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCredentialsAreNeverShownNorLogged(t *testing.T) {
	var log bytes.Buffer
	o := loopback()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	api := newAPI(t, newNode(t), o)
	const account = `{"relation":"child","plugin":"p","assetCode":"X","assetScale":1,%s"options":{"listener":{"secret":"s3cret-new"}}}`
	for _, r := range []*http.Request{
		call("GET", "/status", ""), call("GET", "/accounts", ""), call("GET", "/balance", ""),
		call("GET", "/rates", ""), call("GET", "/stats", ""), call("GET", "/metrics", ""),
		call("GET", "/alerts", ""), call("GET", "/routing", ""), call("GET", "/version", ""),
		call("GET", "/accounts/alice", ""), call("POST", "/accounts/alice", `{"token":"s3cret"}`),
		call("POST", "/balance", `{"amountDiff":"s3cret"}`), call("POST", "/balance", `{"s3cret`),
		call("POST", "/ping", `{"destination":{"s3cret":1}}`),
		call("POST", "/addAccount", `{"id":"new","options":`+fmt.Sprintf(account, "")+`}`),
		call("POST", "/addAccount", `{"id":"new","options":`+fmt.Sprintf(account, "")+`}`),
		call("POST", "/addAccount", `{"id":"odd","options":`+fmt.Sprintf(account, `"unknown":1,`)+`}`),
		call("POST", "/addAccount", `{"id":"odd","options":{"options":"s3cret"}}`),
		call("POST", "/accounts/new/rotate", `{"secret":"s3cret-newer"}`), call("POST", "/accounts/new/rotate", `{"secret":["s3cret"]}`),
		call("POST", "/accounts/new/rotate", `{"secret":"s3cret","side":"s3cret","overlap":"s3cret"}`),
		call("GET", "/accounts", ""), call("GET", "/audit", ""),
	} {
		if w := answer(api, r); strings.Contains(w.Body.String()+fmt.Sprint(w.Header()), "s3cret") {
			t.Errorf("%s %s: %s", r.Method, r.URL, w.Body)
		}
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Errorf("the log has it:\n%s", &log)
	}
}

// A client of the API must not read files and variables of the machine by adding an account
// that refers to them.
func TestAddedAccountReadsNoFiles(t *testing.T) {
	var log bytes.Buffer
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SECRET", "s3cret")
	n, o := newNode(t), loopback()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	api := newAPI(t, n, o)
	for _, reference := range []string{fmt.Sprintf(`{"file":%q}`, file), `{"env":"SECRET"}`, `{"credential":"secret"}`} {
		for _, options := range []string{`{"server":%s}`, `{"server":"btp+ws://h","btpToken":%s}`, `{"listener":{"port":1,"secret":%s}}`} {
			w := answer(api, call("POST", "/addAccount", `{"id":"new","options":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"X","assetScale":1,"options":`+
				fmt.Sprintf(options, reference)+`}}`))
			text := w.Body.String()
			if w.Code != 500 || !strings.Contains(text, "refers to a secret on this machine") || !strings.Contains(text, "write the secret itself, or add the account to the configuration file") {
				t.Errorf("%s: %d %s", reference, w.Code, text)
			}
			if strings.Contains(text+log.String(), "s3cret") || n.Accounts().Find("new") != nil {
				t.Errorf("%s: %s\n%s", reference, text, &log)
			}
		}
	}
}

func TestTokenIsNotShownNorLogged(t *testing.T) {
	var log bytes.Buffer
	o := loopback()
	o.Token = token
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	api := newAPI(t, newNode(t), o)
	for _, given := range []string{token, token + "-almost"} {
		r := call(http.MethodPost, "/balance", `{}`)
		r.Header.Set("Authorization", "Bearer "+given)
		if w := answer(api, r); strings.Contains(w.Body.String()+fmt.Sprint(w.Header()), token) {
			t.Errorf("%s %s", w.Header(), w.Body)
		}
	}
	if !strings.Contains(log.String(), "refused") || strings.Contains(log.String(), token) {
		t.Errorf("the log is\n%s", &log)
	}
}

// A change has one line, of the audit log. A request that asks for none, or for one that
// makes no sense, has a line of its own.
func TestChangesAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	n, o := newNode(t), loopback()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	audits, err := n.Audit()
	if err != nil {
		t.Fatal(err)
	}
	audits.Log = o.Log
	api := newAPI(t, n, o)
	const by = " remote=127.0.0.1:50000 "
	for _, test := range []struct{ method, path, body, want string }{
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"1"}`, `level=WARN msg="audited change" what="edit balance" outcome=done entry=1 account=alice` + by},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"100000000"}`, `level=WARN msg="audited change" what="edit balance" outcome=refused entry=2 account=alice` + by},
		{"POST", "/balance", `{"accountId":"zoe","amountDiff":"1"}`, `level=WARN msg="admin API could not make a change" method=POST path=/balance remote=127.0.0.1:50000 error="account not found. accountId=zoe"` + "\n"},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"1` + strings.Repeat("0", 50) + `"}`, `level=WARN msg="admin API could not make a change" method=POST path=/balance` + by},
		{"POST", "/balance/move", `{"from":"nobody","to":"alice"}`, `level=WARN msg="audited change" what="move balance" outcome=refused entry=3 account=alice` + by},
		{"DELETE", "/alerts/1", "", ""},
		{"DELETE", "/alerts/x", "", `level=WARN msg="admin API could not make a change" method=DELETE path=/alerts/x` + by},
		{"POST", "/settlements", `{"accountId":"alice"}`, `level=WARN msg="audited change" what=settle outcome=refused entry=4 account=alice` + by},
		{"POST", "/settlements/alice/x", `{}`, `level=WARN msg="admin API could not make a change" method=POST path=/settlements/alice/x remote=127.0.0.1:50000 error="Error: the body needs \"paid\", true or false"` + "\n"},
		{"POST", "/store/backup", "", `level=INFO msg="audited change" what="back up store" outcome=done entry=5 remote=127.0.0.1:50000` + "\n"},
		{"GET", "/audit", "", ""},
		{"POST", "/ping", `{"destination":"test.x"}`, ""},
		{"GET", "/status", "", ""},
	} {
		log.Reset()
		answer(api, call(test.method, test.path, test.body))
		lines := strings.Count(log.String(), "\n")
		if !strings.Contains(log.String(), test.want) || (lines != 0) != (test.want != "") || lines > 1 {
			t.Errorf("%s %s: %q", test.method, test.path, log.String())
		}
	}
	n.Loading = true // the audit log cannot be opened, and no line is lost
	log.Reset()
	answer(api, call("POST", "/store/backup", ""))
	if !strings.Contains(log.String(), "could not make a change") {
		t.Errorf("while the store is read: %q", log.String())
	}
}

package admin_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
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
		call("GET", "/accounts", ""),
	} {
		if w := answer(api, r); strings.Contains(w.Body.String()+fmt.Sprint(w.Header()), "s3cret") {
			t.Errorf("%s %s: %s", r.Method, r.URL, w.Body)
		}
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Errorf("the log has it:\n%s", &log)
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

func TestChangesAreLogged(t *testing.T) {
	var log bytes.Buffer
	o := loopback()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	api := newAPI(t, newNode(t), o)
	for _, test := range []struct{ method, path, body, want string }{
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"1"}`, `level=INFO msg="admin API made a change" method=POST path=/balance remote=127.0.0.1:50000` + "\n"},
		{"POST", "/balance", `{"accountId":"zoe","amountDiff":"1"}`, `level=WARN msg="admin API could not make a change" method=POST path=/balance remote=127.0.0.1:50000 error="account not found. accountId=zoe"` + "\n"},
		{"DELETE", "/alerts/1", "", `level=INFO msg="admin API made a change" method=DELETE path=/alerts/1 remote=127.0.0.1:50000` + "\n"},
		{"POST", "/settlements", `{"accountId":"alice"}`, `level=WARN msg="admin API could not make a change" method=POST path=/settlements remote=127.0.0.1:50000 error="Error: we owe nothing to alice that could be settled"` + "\n"},
		{"POST", "/settlements/alice/x", `{}`, `level=WARN msg="admin API could not make a change" method=POST path=/settlements/alice/x remote=127.0.0.1:50000 error="Error: the body needs \"paid\", true or false"` + "\n"},
		{"GET", "/audit", "", ""},
		{"POST", "/ping", `{"destination":"test.x"}`, ""},
		{"GET", "/status", "", ""},
	} {
		log.Reset()
		answer(api, call(test.method, test.path, test.body))
		if !strings.HasSuffix(log.String(), test.want) || test.want == "" && log.Len() > 0 {
			t.Errorf("%s %s: %q", test.method, test.path, log.String())
		}
	}
}

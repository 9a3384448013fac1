package admin_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

const mebibyte = 1 << 20

func TestBodyIsBounded(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	const edit = `{"accountId":"alice","amountDiff":"0"}`
	for _, test := range []struct {
		size, status int
	}{{mebibyte, 204}, {mebibyte + 1, 413}, {8 * mebibyte, 413}} {
		w := answer(api, call(http.MethodPost, "/balance", edit+strings.Repeat(" ", test.size-len(edit))))
		if w.Code != test.status {
			t.Errorf("%d bytes: %d %s, want %d", test.size, w.Code, w.Body, test.status)
		}
	}
}

func TestBodyIsBoundedWhereNobodyReadsIt(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	if w := answer(api, call(http.MethodGet, "/status", strings.Repeat(" ", mebibyte+1))); w.Code != 413 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestDeepBodyIsRefused(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	body := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	if w := answer(api, call(http.MethodPost, "/balance", body)); w.Code != 500 || !strings.HasPrefix(w.Body.String(), "SyntaxError: ") {
		t.Errorf("%d %.100s", w.Code, w.Body)
	}
}

func TestBrokenBodyIsAnError(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	r := call(http.MethodPost, "/balance", "")
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("connection reset")))
	if w := answer(api, r); w.Code != 500 || !strings.Contains(w.Body.String(), "connection reset") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

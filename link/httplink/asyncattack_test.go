package httplink_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/uuid"
)

// A request says where its answer goes. It must not make our token travel without TLS if the operator
// has chosen TLS.
func TestRequestCannotTakeTLSFromTheAnswer(t *testing.T) {
	for outgoing, want := range map[string]map[string]int{
		"http://127.0.0.1:1":  {"http://127.0.0.1:1/reply": 202, "https://127.0.0.1:1/reply": 202},
		"https://127.0.0.1:1": {"http://127.0.0.1:1/reply": 400, "HTTP://127.0.0.1:1/reply": 400, "https://127.0.0.1:1/reply": 202},
	} {
		l := later(t, outgoing)
		for callback, status := range want {
			prepare := ilptest.Prepare("test.us.far", 7)
			if got := requestFrom(l, prepare.Bytes(), callback); got != status {
				t.Errorf("%s at a link to %s: status %d, want %d", callback, outgoing, got, status)
			}
		}
	}
}

// later returns a link that answers by callback. Its packets wait for an answer for ever.
func later(t *testing.T, outgoing string) *httplink.Link {
	l := httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, outgoing), Async: &httplink.Async{AccountID: "peer", Hosts: []string{"127.0.0.1"}}})
	run(t, l, ilptest.NewLink())
	await(t, func() bool { return requestFrom(l, nil, "") == http.StatusBadRequest })
	return l
}

// requestFrom returns the status of the response to a packet whose answer goes to a callback URL.
func requestFrom(l *httplink.Link, body []byte, callback string) int {
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	r.Header.Set("Authorization", token)
	r.Header.Set("Request-Id", uuid.New().String())
	r.Header.Set("Callback-Url", callback)
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Code
}

// Each packet under way may get an answer of 32 KB, so no more may be than of those whose answer is the
// response.
func TestPacketsThatWaitForALaterAnswerAreBounded(t *testing.T) {
	const most = 4096
	l := later(t, "http://127.0.0.1:1")
	taken := 0
	for taken <= 2*most {
		prepare := ilptest.Prepare("test.us.far", 7)
		if requestFrom(l, prepare.Bytes(), "http://127.0.0.1:1/reply") != 202 {
			break
		}
		taken++
	}
	if taken != most {
		t.Errorf("%d packets are taken, want %d", taken, most)
	}
}

// A sender far away chooses the expiry of a packet. It must not choose for how long we remember it.
func TestRequestsAreForgottenWhateverTheirExpiry(t *testing.T) {
	l := later(t, "http://127.0.0.1:1")
	prepare := ilptest.Prepare("test.us.far", 7, ilptest.ExpiresIn(20*365*24*time.Hour))
	if got := requestFrom(l, prepare.Bytes(), "http://127.0.0.1:1/reply"); got != 202 {
		t.Fatalf("status %d", got)
	}
	if n := httplink.RequestsAt(l, time.Now()); n != 1 {
		t.Fatalf("%d requests are remembered", n)
	}
	if n := httplink.RequestsAt(l, time.Now().Add(20*time.Minute)); n != 0 {
		t.Errorf("%d requests are remembered after 20 minutes", n)
	}
}

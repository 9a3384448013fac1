package admin_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

func TestBackupIsGivenToWhoMayChangeThings(t *testing.T) {
	o := loopback()
	n := newNode(t)
	n.Backed = strings.Repeat("all of it", 10_000)
	api := newAPI(t, n, o)
	for _, test := range []exchange{
		{"POST", "/store/backup", "", 200, "application/octet-stream", n.Backed},
		{"GET", "/store/backup", "", 404, asText, "Not Found"},
	} {
		test.run(t, api)
	}
	foreign := call("POST", "/store/backup", "")
	foreign.Header.Set("Origin", "https://evil.example")
	if w := answer(api, foreign); w.Code != 403 || strings.Contains(w.Body.String(), "all of it") {
		t.Errorf("a web page gets %d %s", w.Code, w.Body)
	}
	o.Token = token
	exchange{"POST", "/store/backup", "", 401, asText, "Error: ..."}.run(t, newAPI(t, n, o))
}

func TestBackupOfNothingIsAnError(t *testing.T) {
	n := newNode(t)
	n.BackupError = errors.New("nothing is kept")
	exchange{"POST", "/store/backup", "", 500, asText, "Error: nothing is kept"}.run(t, newAPI(t, n, loopback()))
	n.Loading = true
	exchange{"POST", "/store/backup", "", 503, asText, "Error: the balances are not loaded yet"}.run(t, newAPI(t, n, loopback()))
}

// Whoever gets half a backup must not take it for one.
func TestBackupThatFailsHalfwayIsCutOff(t *testing.T) {
	var log bytes.Buffer
	n, o := newNode(t), loopback()
	n.Backed, n.BackupError = strings.Repeat("half of it", 10_000), errors.New("the disk is broken")
	audits, err := n.Audit()
	if err != nil {
		t.Fatal(err)
	}
	audits.Log = slog.New(slog.NewTextHandler(&log, nil))
	address, stop := serve(t, n, o)
	c, err := client.New("http://"+address, "")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := c.Backup(t.Context(), &got); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("after %d bytes: %v", got.Len(), err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "the disk is broken") {
		t.Errorf("the log is %q", log.String())
	}
}

// patient is an answer whose deadline can be moved.
type patient struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (p *patient) SetWriteDeadline(at time.Time) error {
	p.deadlines = append(p.deadlines, at)
	return nil
}

// A large store takes longer than any other answer may.
func TestEachPartOfABackupHasTimeOfItsOwn(t *testing.T) {
	n := newNode(t)
	n.Backed = "all of it"
	w := &patient{ResponseRecorder: httptest.NewRecorder()}
	newAPI(t, n, loopback()).ServeHTTP(w, call(http.MethodPost, "/store/backup", ""))
	if len(w.deadlines) != 1 || time.Until(w.deadlines[0]) < 50*time.Second || w.Body.String() != n.Backed {
		t.Errorf("deadlines %v, %q", w.deadlines, w.Body)
	}
}

var _ http.ResponseWriter = (*patient)(nil)

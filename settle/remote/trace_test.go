package remote

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
)

// failing is a Receiver that returns an error.
type failing struct{ error }

func (f failing) Receive(string, settle.Receipt) (credited balance.Amount, err error) {
	return balance.Amount{}, f.error
}

// watched is an accounting API for bob, with its log and its alerts.
type watched struct {
	*Accounting
	mu     sync.Mutex
	log    bytes.Buffer
	alerts []string
}

// Write receives a line of the log.
func (w *watched) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

func watch(t *testing.T, err error) *watched {
	w := new(watched)
	w.Accounting = NewAccounting(AccountingOptions{
		Receiver: failing{err}, Engines: new(Engines), Log: slog.New(slog.NewTextHandler(w, nil)),
		Alert: func(accountID, message string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alerts = append(w.alerts, accountID+": "+message)
		},
		Resolved: func(accountID, message string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alerts = slices.DeleteFunc(w.alerts, func(a string) bool { return a == accountID+": "+message })
		},
	})
	w.Engines.Add(engineAt(t, "http://localhost:1", late))
	return w
}

// settle sends a request without a socket, and returns the status.
func (w *watched) settle(id, body string, keys ...string) int {
	r := httptest.NewRequest(http.MethodPost, "/accounts/"+id+"/settlements", strings.NewReader(body))
	r.Header = http.Header{"Content-Type": {jsonType}, "Idempotency-Key": keys}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer.Code
}

// lines empties the log and returns its lines.
func (w *watched) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text, _ := io.ReadAll(&w.log)
	return slices.Collect(strings.Lines(string(text)))
}

// Money has moved on the ledger for each of these.
func TestPaymentThatIsNotCreditedIsToldToOperators(t *testing.T) {
	const good, huge = `{"amount":"7","scale":2}`, `{"amount":"1` + "0000000000000000000000000000000000000000" + `","scale":2}`
	long := strings.Repeat("k", 300)
	tests := []struct {
		name, id, body string
		keys           []string
		err            error
		status         int
		kind, alerted  string
		logged         string
	}{
		{"no key", "bob", good, nil, nil, 400, alertKey, "bob", `account="\"bob\""`},
		{"two keys", "bob", good, []string{"x", "y"}, nil, 400, alertKey, "bob", "x, y"},
		{"a bad key", "bob", good, []string{"a\xff"}, settle.ErrReceiptID, 400, alertKey, "bob", `a\\xff`},
		{"a long key", "bob", good, []string{long}, settle.ErrReceiptID, 400, alertKey, "bob", "amount=7 scale=2"},
		{"out of range", "bob", huge, []string{"1"}, nil, 400, alertRange, "bob", "1000"},
		{"more than fits", "bob", good, []string{"1"}, balance.ErrOutOfRange, 400, alertRange, "bob", "amount=7"},
		{"no quantity", "bob", `{}`, []string{"1"}, nil, 400, alertQuantity, "bob", "{}"},
		{"too long", "bob", strings.Repeat(" ", quantityMax+1), []string{"1"}, nil, 413, alertQuantity, "bob", "too long"},
		{"no engine", "carl", good, []string{"1"}, nil, 404, alertAccount, "", "carl"},
		{"a long account", long, good, []string{"1"}, nil, 404, alertAccount, "", "kkk"},
		{"gone", "bob", good, []string{"1"}, settle.ErrNoAccount, 404, alertAccount, "bob", "amount=7"},
		{"busy", "bob", good, []string{"1"}, settle.ErrBusy, 503, alertBusy, "bob", "amount=7"},
	}
	for _, test := range tests {
		w := watch(t, test.err)
		status := w.settle(test.id, test.body, test.keys...)
		lines := w.lines()
		if status != test.status || len(lines) != 1 || !slices.Equal(w.alerts, []string{test.alerted + ": " + test.kind}) {
			t.Errorf("%s: %d, logged %q, alerts %q", test.name, status, lines, w.alerts)
			continue
		}
		for _, want := range []string{"level=WARN", test.kind, "account=", "reason=", "key=", test.logged} {
			if !strings.Contains(lines[0], want) || strings.Contains(lines[0], long) {
				t.Errorf("%s: %q lacks %q, or is too long", test.name, lines[0], want)
			}
		}
		w.Alert = nil
		if again := w.settle(test.id, test.body, test.keys...); again != status {
			t.Errorf("%s: %d without alerts", test.name, again)
		}
	}
}

// An engine that is told to send a payment again has no alert once that is credited.
func TestAlertOfABusyAccountEndsWithTheNextCredit(t *testing.T) {
	const good = `{"amount":"7","scale":2}`
	w := watch(t, settle.ErrBusy)
	w.settle("bob", good, "1")
	w.refused("bob", alertSlots, "too many")
	w.Receiver = failing{settle.ErrReceiptID}
	w.settle("bob", good, "2")
	if len(w.alerts) != 3 {
		t.Errorf("alerts are %q", w.alerts)
	}
	w.Receiver = failing{}
	if status := w.settle("bob", good, "1"); status != http.StatusCreated {
		t.Errorf("answered %d", status)
	}
	if !slices.Equal(w.alerts, []string{"bob: " + alertKey}) {
		t.Errorf("alerts are %q", w.alerts)
	}
}

// A flood of requests must not fill the disk of the log.
func TestTraceHasOneLineASecondPerKind(t *testing.T) {
	const good = `{"amount":"7","scale":2}`
	for kind, err := range map[string]error{
		kindReused: &settle.ReusedError{}, alertBusy: settle.ErrBusy, alertKey: settle.ErrReceiptID, kindUnknown: io.ErrUnexpectedEOF,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := watch(t, err)
			ask := func() {
				defer func() { _ = recover() }() // the connection breaks if the outcome is unknown
				w.settle("bob", good, "1")
			}
			for range 1000 {
				ask()
			}
			w.settle("carl", good, "1") // another kind has a line of its own
			if lines := w.lines(); len(lines) != 2 || !strings.Contains(lines[0], kind) || !strings.Contains(lines[1], alertAccount) {
				t.Errorf("%s: %d lines", kind, len(lines))
			}
			time.Sleep(tracePace)
			ask()
			ask()
			if lines := w.lines(); len(lines) != 1 || !strings.Contains(lines[0], "leftOut=999") {
				t.Errorf("%s: a second later: %q", kind, lines)
			}
		})
	}
}

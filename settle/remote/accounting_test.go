package remote

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/settle"
)

// apiTest is an accounting API for bob and carl. Only bob has an engine.
type apiTest struct {
	*httptest.Server
	*Accounting
	ledger *ledger
	link   ilp.Handler // of bob
}

func newAPI(t *testing.T, b *ledger) *apiTest {
	o := &apiTest{ledger: b}
	bob, carl := b.newAccount("bob", 2), b.newAccount("carl", 2)
	receiver := settle.NewReceiver(settle.ReceiverOptions{
		Ledger: b, Log: quiet, Alert: func(string, string) {},
		Find: func(id string) *account.Account { return map[string]*account.Account{"bob": bob, "carl": carl}[id] },
	})
	o.Accounting = NewAccounting(AccountingOptions{
		Receiver: receiver, Engines: new(Engines), Log: quiet,
		Link: func(string) ilp.Handler { return o.link },
	})
	o.Engines.Add(engineAt(t, "http://localhost:1", late))
	o.Server = httptest.NewServer(o.Accounting)
	t.Cleanup(o.Close)
	return o
}

// post sends a request; head holds names and values of headers.
func (o *apiTest) post(t *testing.T, path, body string, head ...string) (status int, answer string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Add(head[i], head[i+1])
	}
	response, err := o.Server.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// credit posts a settlement of bob, as engines do.
func (o *apiTest) credit(t *testing.T, key, body string) (status int, answer string, err error) {
	t.Helper()
	return o.post(t, "/accounts/bob/settlements", body, "Idempotency-Key", key, "Content-Type", "application/json;charset=utf-8")
}

func TestSettlementIsCreditedOncePerKeyAcrossRestarts(t *testing.T) {
	b := newLedger()
	for range 2 {
		o := newAPI(t, b)
		for range 2 {
			status, answer, err := o.credit(t, "tx/1", `{"amount":"12345","scale":4}`)
			if status != http.StatusCreated || !sameJSON(t, answer, `{"amount":"12345","scale":4}`) || err != nil {
				t.Errorf("%d %q %v", status, answer, err)
			}
		}
	}
	if b.balance("bob") != balance.FromInt64(-123) {
		t.Errorf("balance %s", b.balance("bob"))
	}
	// The leftover of the first is credited with the second.
	if status, _, _ := newAPI(t, b).credit(t, "tx/2", `{"amount":"55","scale":4}`); status != http.StatusCreated {
		t.Error(status)
	}
	if b.balance("bob") != balance.FromInt64(-124) {
		t.Errorf("balance %s", b.balance("bob"))
	}
}

func TestAKeyUsedAgainIsAnsweredWithWhatItWasCredited(t *testing.T) {
	o := newAPI(t, newLedger())
	_, _, _ = o.credit(t, "1", `{"amount":"5","scale":0}`)
	status, answer, _ := o.credit(t, "1", `{"amount":"7","scale":0}`)
	if status != http.StatusConflict || !sameJSON(t, answer, `{"amount":"5","scale":0}`) {
		t.Errorf("%d %q", status, answer)
	}
	if o.ledger.balance("bob") != balance.FromInt64(-500) {
		t.Errorf("balance %s", o.ledger.balance("bob"))
	}
}

// After an error an engine may assume that the amount was not credited, and send it under
// another key.
func TestThereIsNoAnswerWhenTheOutcomeIsUnknown(t *testing.T) {
	o := newAPI(t, newLedger())
	o.ledger.fails = 1
	if status, answer, err := o.credit(t, "1", `{"amount":"5","scale":0}`); err == nil {
		t.Errorf("%d %q", status, answer)
	}
	if status, _, err := o.credit(t, "1", `{"amount":"5","scale":0}`); status != http.StatusCreated || err != nil {
		t.Errorf("%d %v", status, err)
	}
	if o.ledger.balance("bob") != balance.FromInt64(-500) {
		t.Errorf("balance %s", o.ledger.balance("bob"))
	}
}

func TestSettlementsThatAreRefused(t *testing.T) {
	o := newAPI(t, newLedger())
	const good = `{"amount":"1","scale":2}`
	kind, key := []string{"Content-Type", jsonType}, []string{"Idempotency-Key", "1"}
	all := append(append([]string{}, kind...), key...)
	tests := []struct {
		name, path, body string
		head             []string
		want             int
	}{
		{"an account without an engine", "/accounts/carl/settlements", good, all, 404},
		{"no account", "/accounts/dave/settlements", good, all, 404},
		{"no such thing", "/accounts/bob/money", good, all, 404},
		{"no key", "/accounts/bob/settlements", good, kind, 400},
		{"an empty key", "/accounts/bob/settlements", good, append(kind, "Idempotency-Key", ""), 400},
		{"a long key", "/accounts/bob/settlements", good, append(kind, "Idempotency-Key", strings.Repeat("x", 256)), 400},
		{"two keys", "/accounts/bob/settlements", good, append(all, "Idempotency-Key", "2"), 400},
		{"no type", "/accounts/bob/settlements", good, key, 415},
		{"a form", "/accounts/bob/settlements", good, append(key, "Content-Type", "text/plain"), 415},
		{"a web page", "/accounts/bob/settlements", good, append(all, "Origin", "http://localhost"), 403},
		{"a web page of ours", "/accounts/bob/settlements", good, append(all, "Sec-Fetch-Site", "same-origin"), 403},
		{"too long", "/accounts/bob/settlements", good + strings.Repeat(" ", quantityMax), all, 413},
		{"no quantity", "/accounts/bob/settlements", `{"amount":"-1","scale":2}`, all, 400},
		{"out of range", "/accounts/bob/settlements", `{"amount":"1` + strings.Repeat("0", 40) + `","scale":2}`, all, 400},
	}
	for _, test := range tests {
		status, answer, err := o.post(t, test.path, test.body, test.head...)
		if status != test.want || err != nil {
			t.Errorf("%s: %d %q %v, want %d", test.name, status, answer, err, test.want)
		}
	}
	if got := o.ledger.balance("bob"); got.Sign() != 0 {
		t.Errorf("balance %s", got)
	}
}

// A refused key must not reach the store, because the Ledger would then fail for good.
func TestBadKeysAreRefusedWithWhatIsAllowed(t *testing.T) {
	o := newAPI(t, newLedger())
	for _, key := range []string{"", "k\xff", "k\xc3", "\xed\xa0\x80", "a\u0085b", strings.Repeat("x", 256)} {
		status, answer, err := o.credit(t, key, `{"amount":"1","scale":2}`)
		if status != http.StatusBadRequest || !strings.Contains(answer, "Idempotency-Key") || !strings.Contains(answer, "255 bytes of UTF-8") || err != nil {
			t.Errorf("%q: %d %q %v", key, status, answer, err)
		}
	}
	if status, _, err := o.credit(t, "schlüssel/1 €", `{"amount":"1","scale":2}`); status != http.StatusCreated || err != nil {
		t.Errorf("%d %v", status, err)
	}
	if o.ledger.balance("bob") != balance.FromInt64(-1) {
		t.Errorf("balance %s", o.ledger.balance("bob"))
	}
}

// busy is a Receiver whose account has very many receipts.
type busy struct{}

func (busy) Receive(string, settle.Receipt) (credited balance.Amount, err error) {
	return balance.Amount{}, settle.ErrBusy
}

func TestBusyAccountIsToldToComeAgain(t *testing.T) {
	o := newAPI(t, newLedger())
	o.Receiver = busy{}
	if status, answer, err := o.credit(t, "1", `{"amount":"1","scale":2}`); status != http.StatusServiceUnavailable || err != nil {
		t.Errorf("%d %q %v", status, answer, err)
	}
}

func TestTokenIsDemanded(t *testing.T) {
	o := newAPI(t, newLedger())
	o.Token = "secret"
	basic := func(password string) string {
		r, _ := http.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth("engine", password)
		return r.Header.Get("Authorization")
	}
	for authorization, want := range map[string]int{
		"": 401, "Bearer": 401, "Bearer wrong": 401, "Bearer secret": 201, "bearer secret": 201, "secret": 401,
		"Digest secret": 401, basic("secret"): 201, basic("wrong"): 401, basic(""): 401,
	} {
		status, answer, _ := o.post(t, "/accounts/bob/settlements", `{"amount":"1","scale":2}`,
			"Idempotency-Key", "1", "Content-Type", jsonType, "Authorization", authorization)
		if status != want || strings.Contains(answer, "secret") {
			t.Errorf("%q: %d %q, want %d", authorization, status, answer, want)
		}
	}
}

func TestQuantitiesAreReadExactly(t *testing.T) {
	tests := []struct {
		text   string
		amount string // empty: refused
		scale  uint8
	}{
		{`{"amount":"123","scale":9}`, "123", 9},
		{`{"amount":"0","scale":0}`, "0", 0},
		{`{"amount":"007","scale":255,"more":[1]}`, "7", 255},
		{`{"amount":12345678901234567890,"scale":2}`, "12345678901234567890", 2},
		{`{"amount":"123"}`, "", 0},
		{`{"scale":9}`, "", 0},
		{`{"amount":"","scale":9}`, "", 0},
		{`{"amount":"1","scale":256}`, "", 0},
		{`{"amount":"1","scale":-1}`, "", 0},
		{`{"amount":"1","scale":1.5}`, "", 0},
		{`{"amount":"1","scale":"1"}`, "", 0},
		{`{"amount":"+1","scale":1}`, "", 0},
		{`{"amount":"1.0","scale":1}`, "", 0},
		{`{"amount":1.0,"scale":1}`, "", 0},
		{`{"amount":1e3,"scale":1}`, "", 0},
		{`{"amount":"1e3","scale":1}`, "", 0},
		{`{"amount":" 1","scale":1}`, "", 0},
		{`{"amount":"\u0031","scale":1}`, "", 0},
		{`{"amount":null,"scale":1}`, "", 0},
		{`{"amount":["1"],"scale":1}`, "", 0},
		{`{"amount":"1","scale":1} {}`, "", 0},
		{`[]`, "", 0},
		{``, "", 0},
	}
	for _, test := range tests {
		amount, scale, err := parseQuantity([]byte(test.text))
		if (err == nil) != (test.amount != "") || err == nil && (amount.String() != test.amount || scale != test.scale) {
			t.Errorf("%s: %s, %d, %v", test.text, amount, scale, err)
		}
	}
}

func FuzzParseQuantity(f *testing.F) {
	f.Add([]byte(`{"amount":"123","scale":9}`))
	f.Add([]byte(`{"amount":1e3,"scale":-0}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		amount, scale, err := parseQuantity(b)
		if err != nil {
			if !errors.Is(err, errQuantity) && !errors.Is(err, balance.ErrOutOfRange) {
				t.Fatal(err)
			}
			return
		}
		again, sameScale, err := parseQuantity(marshal(quantity{amount.String(), scale}))
		if amount.Sign() < 0 || again != amount || sameScale != scale || err != nil || !bytes.Contains(b, []byte("amount")) && !bytes.ContainsAny(b, `\AMOUNT`) {
			t.Fatalf("%q is %s, %d; read again %s, %d, %v", b, amount, scale, again, sameScale, err)
		}
	})
}

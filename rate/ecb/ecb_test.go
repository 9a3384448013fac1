package ecb

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/rate"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// decode reads configuration as the connector does: numbers stay text.
func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var config map[string]any
	if err := decoder.Decode(&config); err != nil {
		t.Fatal(err)
	}
	return config
}

func mocked(t *testing.T, spread string, config map[string]any) *rate.Table {
	t.Helper()
	backend, err := New(rate.Options{Spread: spread, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	table, err := backend.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The vectors were computed with bignumber.js 7.2.1, the division made with 700 decimals.
// They equal what the ecb backend of ilp-connector 23.0.2 answers, as JSON, but for those
// where reference says otherwise: it cuts the quotient to 20 decimals, which takes digits
// away from rates under about 10^-5.
func TestRatesAreTheReferences(t *testing.T) {
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Cases []struct {
			Spread    string
			From, To  asset
			Want      string
			Reference string
		}
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Cases) < 80 {
		t.Fatalf("only %d vectors", len(vectors.Cases))
	}
	mock := decode(t, string(data))["mockData"]
	for _, v := range vectors.Cases {
		table := mocked(t, v.Spread, map[string]any{"mockData": mock})
		r, err := table.Between(rate.Asset(v.From), rate.Asset(v.To))
		if err != nil || r.Number().String() != v.Want {
			t.Errorf("spread %s, %v to %v: %s, %v; want %s", v.Spread, v.From, v.To, r.Number(), err, v.Want)
		}
	}
}

// asset is written [code, scale] in the vectors.
type asset rate.Asset

func (a *asset) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&a.Code, &a.Scale})
}

func TestMockPricesAreExact(t *testing.T) {
	const long = `{"mockData": {"base": "EUR", "rates": {"ABC": 0.1234567890123456789012345678901234567890}}}`
	for name, config := range map[string]map[string]any{
		"json":  decode(t, long),
		"text":  {"mockData": map[string]any{"base": "EUR", "rates": map[string]any{"ABC": "0.123456789012345678901234567890123456789"}}},
		"short": {"mockData": map[string]any{"base": "EUR", "rates": map[string]any{"ABC": 0.1}}},
	} {
		want := "123456789012345678901234567890123456789/1" + strings.Repeat("0", 39)
		if name == "short" {
			want = "1/10"
		}
		r, err := mocked(t, "", config).Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "ABC"})
		if err != nil || r.String() != want {
			t.Errorf("%s: %s, %v; want %s", name, r, err, want)
		}
	}
}

func TestMockCurrencyWithoutAPriceIsUnknown(t *testing.T) {
	table := mocked(t, "", decode(t, `{"mockData": {"base": "EUR", "rates": {"EUR": 5, "OFF": 0, "NIL": null, "USD": 2}}}`))
	for _, currency := range []string{"OFF", "NIL", "XYZ"} {
		_, err := table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: currency})
		if err == nil || err.Error() != "no rate available. currency="+currency {
			t.Errorf("%s: error %v", currency, err)
		}
	}
	// The base is worth 1, whatever the rates say of it.
	if r, err := table.Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "USD"}); err != nil || r.String() != "2" {
		t.Errorf("rate %s, %v; want 2", r, err)
	}
}

// They are the operator's word.
func TestMockPricesAreCertainAndNeverStale(t *testing.T) {
	table := mocked(t, "", decode(t, `{"mockData": {"base": "EUR", "rates": {"USD": 2}}, "maxAge": 1000}`))
	for currency, p := range table.Prices() {
		if !p.Certain || p.MaxAge != 0 || p.Source != "mockData" {
			t.Errorf("%s: %+v", currency, p)
		}
	}
}

func TestMockWithoutABase(t *testing.T) {
	table := mocked(t, "", decode(t, `{"mockData": {"rates": {"USD": 2, "ABC": 3}}}`))
	if r, err := table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: "ABC"}); err != nil || r.String() != "3/2" {
		t.Errorf("rate %s, %v; want 3/2", r, err)
	}
}

func TestUnusableConfigurationIsRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		`{"mockData": 1}`:                            "backendConfig.mockData: 1 is not an object",
		`{"mockData": {}}`:                           "backendConfig.mockData.rates: ",
		`{"mockData": {"rates": []}}`:                "backendConfig.mockData.rates: ",
		`{"mockData": {"rates": {"USD": "abc"}}}`:    `backendConfig.mockData.rates.USD: "abc" is not a decimal number`,
		`{"mockData": {"rates": {"USD": true}}}`:     "backendConfig.mockData.rates.USD: true is not a number",
		`{"mockData": {"rates": {"USD": -1.5}}}`:     "backendConfig.mockData.rates.USD: -1.5 is negative",
		`{"mockData": {"rates": {"USD": 1e999999}}}`: "backendConfig.mockData.rates.USD: the exponent",
		`{"mockData": {"rates": {}, "base": 1}}`:     "backendConfig.mockData.base: 1 is not a currency",
		`{"ratesApiUrl": 1}`:                         "backendConfig.ratesApiUrl: 1 is not a text",
		`{"ratesApiUrl": "ftp://example.com/x"}`:     "backendConfig.ratesApiUrl: ",
		`{"ratesApiUrl": "http:///x"}`:               "backendConfig.ratesApiUrl: ",
		`{"ratesApiUrl": "http://a b/"}`:             "backendConfig.ratesApiUrl: ",
		`{"spread": 1.5}`:                            "backendConfig.spread: a spread of 3/2 is over 1",
	} {
		if _, err := New(rate.Options{Config: decode(t, text)}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
}

func TestDefaultsAskTheBank(t *testing.T) {
	for _, config := range []map[string]any{nil, {"ratesApiUrl": nil, "mockData": nil}, {"ratesApiUrl": ""}} {
		backend, err := New(rate.Options{Config: config})
		if err != nil {
			t.Fatal(err)
		}
		if b := backend.(*Backend); b.source.Name() != defaultURL || !b.own || b.mock != nil {
			t.Errorf("%v: %+v", config, b)
		}
	}
}

func TestUseOfMockDataAndUnknownKeysAreLogged(t *testing.T) {
	var out bytes.Buffer
	_, err := New(rate.Options{
		Log:    slog.New(slog.NewTextHandler(&out, nil)),
		Config: decode(t, `{"mockData": {"base": "EUR", "rates": {"USD": 2}}, "ratesApiURL": "typo"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "key=backendConfig.ratesApiURL") || !strings.Contains(got, "currencies=2") {
		t.Errorf("log: %s", got)
	}
}

// Addresses may hold credentials, in more places than one.
func TestErrorsDoNotTellTheAddressesSecrets(t *testing.T) {
	refused := httptest.NewServer(http.NotFoundHandler())
	host := strings.TrimPrefix(refused.URL, "http://")
	for _, up := range []bool{true, false} {
		if !up {
			refused.Close()
		}
		backend, err := New(rate.Options{Config: map[string]any{"ratesApiUrl": "http://planted1:planted2@" + host + "/x?key=planted3"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = backend.Rates(t.Context())
		if err == nil || strings.Contains(err.Error(), "planted") || !strings.Contains(err.Error(), host+"/x") {
			t.Errorf("up %t: %v", up, err)
		}
	}
	if _, err := New(rate.Options{Config: map[string]any{"ratesApiUrl": "ftp://planted1@h/?planted3"}}); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("a bad address gives %v", err)
	}
}

package ecb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ilp-go/connector/rate"
)

// A price that cannot be used costs its own currency, and no other.
func TestBadPriceCostsItsCurrencyOnly(t *testing.T) {
	for _, bad := range []string{"0", "-1", "N/A", "1e400", "1e-300", "", strings.Repeat("9", 65), "NaN"} {
		for name, document := range map[string]string{
			"alone":  "<Cube currency='USD' rate='2'/><Cube currency='ABC' rate='%s'/>",
			"first":  "<Cube currency='ABC' rate='%s'/><Cube currency='ABC' rate='3'/><Cube currency='USD' rate='2'/>",
			"second": "<Cube currency='ABC' rate='3'/><Cube currency='ABC' rate='%s'/><Cube currency='USD' rate='2'/>",
			"twice":  "<Cube currency='ABC' rate='3'/><Cube currency='ABC' rate='4'/><Cube currency='USD' rate='2'/>%.0s",
		} {
			table, err := ask(t.Context(), t, func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, dated(document), bad)
			})
			if err != nil {
				t.Errorf("%s %s: %v", bad, name, err)
				continue
			}
			if r, err := table.Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "USD"}); err != nil || r.String() != "2" {
				t.Errorf("%s %s: EUR to USD %s, %v", bad, name, r, err)
			}
			_, err = table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: "ABC"})
			if missing, is := errors.AsType[*rate.MissingPrice](err); !is || missing.Currency != "ABC" || missing.Why == "" {
				t.Errorf("%s %s: USD to ABC: %v", bad, name, err)
			}
		}
	}
}

// The bank is asked every hour, so a warning comes once per change.
func TestBadPricesAreLoggedOncePerChange(t *testing.T) {
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, dated("<Cube currency='USD' rate='2'/>"+body))
	}))
	defer server.Close()
	var out bytes.Buffer
	backend, err := New(rate.Options{
		HTTP: server.Client(), Log: slog.New(slog.NewTextHandler(&out, nil)),
		Config: map[string]any{"ratesApiUrl": server.URL},
	})
	if err != nil {
		t.Fatal(err)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "<Cube currency='%s%d' rate='0'/>", strings.Repeat("X", 90), i)
	}
	long := "<Cube currency='" + strings.Repeat("€", 100_000) + "' rate='2'/>"
	for _, step := range []struct{ body, want string }{
		{"", ""},
		{"<Cube currency='DEF' rate='0'/><Cube currency='A&#10;C' rate='N/A'/>", `count=2 reasons="\"A\\nC\": it is no code of a currency; \"DEF\": the price is zero"`},
		{"<Cube currency='DEF' rate='0'/><Cube currency='A&#10;C' rate='N/A'/>", ""},
		{"<Cube currency='DEF' rate='0'/>", `count=1 reasons="\"DEF\": the price is zero"`},
		{"", "all currencies of the exchange rates have a price again"},
		{"", ""},
		{long, `count=1 reasons="\"€€€€€€\": it is no code of a currency"`},
		{many.String(), "count=1000 "},
	} {
		out.Reset()
		body = step.body
		if _, err := backend.Rates(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, step.want) || step.want == "" && got != "" || len(got) > 2000 {
			t.Errorf("log: %.2000s; want %s", got, step.want)
		}
	}
}

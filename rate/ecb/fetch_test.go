package ecb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/rate"
)

// fetch asks a server that answers with handler.
func fetch(ctx context.Context, t *testing.T, handler http.HandlerFunc) (*rate.Table, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	backend, err := New(rate.Options{
		HTTP:   server.Client(),
		Config: map[string]any{"ratesApiUrl": server.URL + "/daily.xml"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return backend.Rates(ctx)
}

func daily(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/daily.xml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPricesAreFetched(t *testing.T) {
	before := time.Now()
	table, err := fetch(t.Context(), t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/daily.xml" {
			http.NotFound(w, r)
			return
		}
		w.Write(daily(t))
	})
	if err != nil {
		t.Fatal(err)
	}
	if table.At.Before(before) || table.At.After(time.Now()) {
		t.Errorf("obtained at %s", table.At)
	}
	for pair, want := range map[[2]string]string{
		{"EUR", "USD"}: "2719/2500",
		{"USD", "EUR"}: "2500/2719",
		{"GBP", "JPY"}: "701000/3701",
		{"IDR", "IDR"}: "1",
	} {
		r, err := table.Between(rate.Asset{Code: pair[0]}, rate.Asset{Code: pair[1]})
		if err != nil || r.String() != want {
			t.Errorf("%v: %s, %v; want %s", pair, r, err, want)
		}
	}
	_, err = table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: "XYZ"})
	if err == nil || err.Error() != "no rate available. currency=XYZ" {
		t.Errorf("unknown currency: %v", err)
	}
}

func TestUselessAnswersAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"server error", 500, "boom", "status 500 Internal Server Error"},
		{"source gone", 410, string(daily(t)), "status 410 Gone"},
		{"no content", 204, "", "status 204"},
		{"web page", 200, "<!DOCTYPE html><html><head><title>Moved<br></head></html>", "HTML page"},
		{"tidy web page", 200, "<html><body>We moved</body></html>", "HTML page"},
		{"nothing", 200, "", "no exchange rates"},
		{"other XML", 200, "<rates><rate currency='USD' rate='2'/></rates>", "no exchange rates"},
		{"JSON", 200, `{"USD": 2}`, "no exchange rates"},
		{"oversized", 200, "<rates>" + strings.Repeat(" ", bodyBytesMax) + "</rates>", "over 1048576 bytes"},
		{"no usable price", 200, "<rates><Cube currency='ABC' rate='N/A'/><Cube currency='DEF' rate='0'/></rates>", "no exchange rates"},
		{"only the base", 200, "<rates><Cube currency='EUR' rate='1'/></rates>", "no exchange rates"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := fetch(t.Context(), t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			if err == nil || table != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v; want %s", table, err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), "/daily.xml") {
				t.Errorf("error does not name the source: %v", err)
			}
		})
	}
}

func TestLargestAnswerIsRead(t *testing.T) {
	body := append(daily(t), bytes.Repeat([]byte(" "), bodyBytesMax-len(daily(t)))...)
	if _, _, err := parse(body); err != nil {
		t.Error(err)
	}
	if _, _, err := parse(append(body, ' ')); err == nil {
		t.Error("one byte more was read too")
	}
}

func TestEveryProperPrefixIsRefused(t *testing.T) {
	whole := bytes.TrimSpace(daily(t))
	if _, _, err := parse(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if prices, _, err := parse(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes gave %v", n, len(whole), prices)
		}
	}
}

func TestConnectionLostInTheMiddle(t *testing.T) {
	_, err := fetch(t.Context(), t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(daily(t))))
		w.Write(daily(t)[:300])
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	backend, err := New(rate.Options{Config: map[string]any{"ratesApiUrl": server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	if table, err := backend.Rates(t.Context()); err == nil {
		t.Errorf("got %v", table)
	}
}

// A source that says nothing, or stops in the middle, is left when the context ends.
func TestSlowSourceIsLeft(t *testing.T) {
	for name, head := range map[string]string{"silent": "", "stops": "<rates>"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := fetch(ctx, t, func(w http.ResponseWriter, r *http.Request) {
				if head != "" {
					io.WriteString(w, head)
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done() // the client has gone
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(daily(f))
	f.Add([]byte("<rates><Cube currency='USD' rate='1e400'/></rates>"))
	f.Add([]byte("<rates><Cube currency='USD' rate='2'/><Cube currency='USD' rate='x'/><Cube currency='A' rate='1'/></rates>"))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		prices, left, err := parse(body)
		if err != nil {
			return
		}
		if len(prices) == 0 || prices[base] == nil {
			t.Fatalf("%q: %v", body, prices)
		}
		for currency, price := range prices {
			if currency == "" || price.Sign() <= 0 || left[currency] != nil {
				t.Fatalf("%q: %q costs %v", body, currency, price)
			}
		}
	})
}

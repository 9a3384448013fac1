package client_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin/client"
)

func TestQuestionsAboutRatesHaveTheirPaths(t *testing.T) {
	for want, q := range map[string]client.RatesQuery{
		"/rates":                   {},
		"/rates?from=a%26b&to=c":   {From: "a&b", To: "c"},
		"/rates?after=a&limit=2":   {After: "a", Limit: 2},
		"/rates?reasons=true&to=a": {To: "a", Reasons: true},
	} {
		if got := client.RatesPath(q); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestChangesOfRatesAreSent(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body strings.Builder
		_ = r.Write(&body)
		_, text, _ := strings.Cut(body.String(), "\r\n\r\n")
		asked = append(asked, strings.TrimSpace(r.Method+" "+r.URL.String()+" "+text))
		_, _ = w.Write([]byte("{}"))
	}))
	defer s.Close()
	c, err := client.New(s.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, pair, price := t.Context(), client.RatePair{From: "EUR", To: "USD"}, "0.92"
	_, err1 := c.PinRate(ctx, pair, "1.08", "a deal", true, true)
	_, err2 := c.UnpinRate(ctx, pair, "over")
	err3 := c.PauseRate(ctx, pair, "", false, false)
	err4 := c.ResumeRate(ctx, pair, "")
	_, err5 := c.ConfirmPrice(ctx, "EUR", "1/5", "seen")
	_, err6 := c.SetPrices(ctx, map[string]*string{"EUR": &price, "JPY": nil}, "", true)
	_, err7 := c.ExplainRate(ctx, "EUR:2", "bob", "7")
	_, err8 := c.RateOverrides(ctx)
	for _, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8} {
		if err != nil {
			t.Error(err)
		}
	}
	if want := []string{
		`POST /rates/pins?force=true&ephemeral=true {"from":"EUR","to":"USD","price":"1.08","reason":"a deal"}`,
		`DELETE /rates/pins?from=EUR&reason=over&to=USD`,
		`POST /rates/pauses {"from":"EUR","to":"USD"}`,
		`DELETE /rates/pauses?from=EUR&to=USD`,
		`POST /rates/confirm {"currency":"EUR","price":"1/5","reason":"seen"}`,
		`POST /rates/prices?ephemeral=true {"prices":{"EUR":"0.92","JPY":null}}`,
		`GET /rates/explain?amount=7&from=EUR%3A2&to=bob`,
		`GET /rates/overrides`,
	}; !slices.Equal(asked, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(asked, "\n"), strings.Join(want, "\n"))
	}
}

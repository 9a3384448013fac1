package combined

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Each source tells how it is doing, under a name of its own, and so do the sources of a source.
func TestSourcesTellHowTheyAreDoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		market := &fake{prices: map[string]string{"EUR": "1", "BTC": "2"}}
		down := &fake{err: rate.WithOutcome(errors.New("status 410"), rate.Refused)}
		inner, err := Join(rate.Options{}, Config{Name: "inner", Sources: []Source{{Name: "http", Backend: down}, {Name: "http", Backend: market}}})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := Join(rate.Options{}, Config{Name: "whole", Sources: []Source{
			{Name: "http", Backend: market}, {Name: "http", Backend: down}, {Name: "inner", Backend: inner}, {Name: "http-2", Backend: market},
		}})
		if err != nil {
			t.Fatal(err)
		}
		states := func() (said []string) {
			for _, s := range whole.(rate.Reporter).Sources() {
				said = append(said, fmt.Sprintf("%s %v %v", s.Name, s.Ended, s.Err))
			}
			return said
		}
		want := func(text string) {
			t.Helper()
			if got := fmt.Sprint(states()); got != text {
				t.Errorf("the sources are\n%s, want\n%s", got, text)
			}
		}
		want("[http map[] <nil> http-2 map[] <nil> inner map[] <nil> inner/http map[] <nil> inner/http-2 map[] <nil> http-2-2 map[] <nil>]")
		ask(t, whole)
		want("[http map[succeeded:1] <nil> http-2 map[refused:1] status 410 inner map[succeeded:1] <nil> " +
			"inner/http map[refused:1] status 410 inner/http-2 map[succeeded:1] <nil> http-2-2 map[succeeded:1] <nil>]")
		time.Sleep(time.Minute)
		down.prices, down.err = map[string]string{"EUR": "1"}, nil
		ask(t, whole)
		s := whole.(rate.Reporter).Sources()[1]
		if s.Failures != 0 || s.Err != nil || s.Ended[rate.Refused] != 1 || s.Ended[rate.Succeeded] != 1 || s.Success != time.Now() || !s.Table.At.Equal(time.Now()) {
			t.Errorf("the source that answers again is %+v", s)
		}
	})
}

// A source tells which prices it lacks, also if another one has it.
func TestSourcesTellWhichPricesTheyLack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &fake{prices: map[string]string{"EUR": "1", "BTC": "2", "XRP": "3"}}
		whole := join(t, Ordered, first, &fake{prices: map[string]string{"EUR": "1", "BTC": "2", "XRP": "3"}})
		want := func(text string) {
			t.Helper()
			time.Sleep(time.Minute)
			ask(t, whole)
			if got := fmt.Sprint(whole.Sources()[0].Missing); got != text || len(whole.Sources()[1].Missing) != 0 {
				t.Errorf("missing are %s, want %s", got, text)
			}
		}
		want("map[]")
		first.missing = map[string]string{"DOGE": "no coin has this symbol"} // nobody uses it
		want("map[]")
		first.prices = map[string]string{"EUR": "1"} // nobody uses XRP
		want("map[BTC:the source has no price of it any more]")
		first.missing = map[string]string{"BTC": "the price is zero"}
		want("map[BTC:the price is zero]")
		first.prices["BTC"], first.missing = "2", nil
		want("map[]")
	})
}

// While a source answers, the whole does not fail, even if all that were asked last have failed. If all
// have failed, it fails until one answers, also when none is asked, but for what changes with time: a
// price that becomes too old gives way to that of another source.
func TestWholeFailsWhileAllSourcesDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := &fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}, maxAge: time.Minute}
		daily := &fake{prices: map[string]string{"EUR": "1", "USD": "1.2"}, maxAge: 24 * time.Hour}
		b, err := Join(rate.Options{}, Config{Name: "combined", Mode: Ordered, Sources: []Source{
			{Name: "quick", Backend: quick, Interval: time.Second}, {Name: "daily", Backend: daily, Interval: time.Hour},
		}})
		if err != nil {
			t.Fatal(err)
		}
		ask(t, b)
		quick.err, daily.err = errors.New("status 500"), errors.New("status 501")
		for range 2 * 60 {
			time.Sleep(time.Second)
			table := ask(t, b)
			want := "11/10"
			if prices := table.Prices(); time.Since(prices["USD"].At) >= time.Minute {
				want = "6/5"
			}
			if got := between(table, "EUR", "USD"); got != want {
				t.Fatalf("EUR to USD is %s, want %s", got, want)
			}
		}
		time.Sleep(time.Hour)
		quick.maxAge, quick.err = time.Hour, nil // and answers once
		ask(t, b)
		quick.err = errors.New("status 500")
		failures, tables := 0, 0
		for range 2 * 60 * 60 {
			time.Sleep(time.Second)
			table, err := b.Rates(t.Context())
			if err != nil {
				failures++
				continue
			}
			if tables++; between(table, "EUR", "USD") != "6/5" {
				t.Errorf("EUR to USD is %s", between(table, "EUR", "USD"))
			}
		}
		if tables != 1 || failures != 2*60*60-1 {
			t.Errorf("%d tables and %d failures, want one table, when the price of the first source is too old", tables, failures)
		}
	})
}

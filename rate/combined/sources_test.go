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

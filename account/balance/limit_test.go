package balance_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

func TestParseLimitReadsWhatStringWrites(t *testing.T) {
	for _, text := range []string{"0", "-123", "456", "Infinity", "-Infinity", "-170141183460469231731687303715884105728"} {
		l, err := balance.ParseLimit(text)
		if err != nil || l.String() != text {
			t.Errorf("ParseLimit(%q) = %s, %v", text, l, err)
		}
		appended, err := l.AppendText([]byte("maximum="))
		if string(appended) != "maximum="+text || err != nil {
			t.Errorf("AppendText of %q = %q, %v", text, appended, err)
		}
	}
}

func TestParseLimitRefusesOtherWords(t *testing.T) {
	for _, text := range []string{"", "-", "infinity", "+Infinity", "Inf", "--Infinity", "Infinity ", "NaN", "-0", "01", "1.5"} {
		if l, err := balance.ParseLimit(text); !errors.Is(err, strconv.ErrSyntax) {
			t.Errorf("ParseLimit(%q) = %s, %v; want a syntax error", text, l, err)
		}
	}
}

func TestLimitComparesWithEveryAmount(t *testing.T) {
	const (
		lowest  = "-170141183460469231731687303715884105728"
		highest = "170141183460469231731687303715884105727"
	)
	tests := []struct {
		limit, amount string
		want          int
	}{
		{"Infinity", highest, +1},
		{"-Infinity", lowest, -1},
		{"5", "4", +1},
		{"5", "5", 0},
		{"5", "6", -1},
		{highest, highest, 0},
		{lowest, lowest, 0},
	}
	for _, test := range tests {
		if got := limitOf(test.limit).Cmp(amountOf(test.amount)); got != test.want {
			t.Errorf("limit %s compares %d with %s, want %d", test.limit, got, test.amount, test.want)
		}
	}
}

func TestLimitsAreInOrder(t *testing.T) {
	order := []string{"-Infinity", "-3", "0", "7", "Infinity"}
	for i, l := range order {
		for j, m := range order {
			if got := limitOf(l).Above(limitOf(m)); got != (i > j) {
				t.Errorf("%s above %s: %t", l, m, got)
			}
		}
	}
}

func TestLimitTellsWhereItStands(t *testing.T) {
	if a, ok := balance.Finite(amountOf("-7")).Amount(); !ok || a != amountOf("-7") {
		t.Errorf("finite limit stands at %s, %t", a, ok)
	}
	for _, l := range []balance.Limit{balance.Infinity(), balance.NegativeInfinity()} {
		if _, ok := l.Amount(); ok {
			t.Errorf("%s stands at an amount", l)
		}
	}
}

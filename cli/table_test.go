package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

func TestAmountsAreShownInUnitsOfTheAsset(t *testing.T) {
	for _, test := range []struct {
		amount string
		scale  int
		want   string
	}{
		{"0", 0, "0"}, {"0", 2, "0.00"}, {"5", 2, "0.05"}, {"-5", 2, "-0.05"}, {"12345", 2, "123.45"}, {"-100", 2, "-1.00"},
		{"1", 9, "0.000000001"}, {"42", 0, "42"}, {"Infinity", 2, "Infinity"}, {"-Infinity", 2, "-Infinity"},
		{"170141183460469231731687303715884105727", 18, "170141183460469231731.687303715884105727"},
	} {
		if got := inUnits(test.amount, test.scale); got != test.want {
			t.Errorf("%s of scale %d is %s, want %s", test.amount, test.scale, got, test.want)
		}
	}
}

func TestAgesAreShownInTheirLargestUnits(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "0s", 999 * time.Millisecond: "0s", 59 * time.Second: "59s", time.Minute: "1m0s",
		59*time.Minute + 59*time.Second: "59m59s", time.Hour: "1h0m", 24*time.Hour - 1: "23h59m",
		24 * time.Hour: "1d0h", 1000 * time.Hour: "41d16h",
		-time.Minute: "0s", // its clock is ahead of ours
	} {
		if got := age(client.Time{Time: now.Add(-d)}, now); got != want {
			t.Errorf("%s is shown as %s, want %s", d, got, want)
		}
	}
	if got := ago(client.Time{}, now); got != "" {
		t.Errorf("no moment is shown as %q", got)
	}
}

func TestWaitsAreShownUntilTheyAreOver(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-time.Second: "", 0: "", 1: "in 0s", 90 * time.Second: "in 1m30s", 25 * time.Hour: "in 1d1h",
	} {
		if got := until(client.Time{Time: now.Add(d)}, now); got != want {
			t.Errorf("%s is shown as %q, want %q", d, got, want)
		}
	}
	if got := until(client.Time{}, now); got != "" {
		t.Errorf("no moment is shown as %q", got)
	}
}

func TestProblemsTellWhenTheyAreTriedAgain(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(d time.Duration) client.Time { return client.Time{Time: now.Add(d)} }
	for _, test := range []struct {
		account client.Account
		want    string
	}{
		{client.Account{}, ""},
		{client.Account{NextRetry: at(time.Second)}, ""},
		{client.Account{LastError: "refused"}, "refused"},
		{client.Account{LastError: "refused", NextRetry: at(90*time.Second + 1)}, "refused (next try in 1m30s)"},
		{client.Account{LastError: "refused", NextRetry: at(-time.Second)}, "refused"},
	} {
		if got := (&remote{}).problemOf(test.account, now); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestStateOfTheReferenceIsShownToo(t *testing.T) {
	for want, a := range map[string]client.Account{
		"connected": {Connected: true}, "disconnected": {}, "authenticating": {State: "authenticating"},
	} {
		if got := stateOf(a); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTimesHaveThreeDigits(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0.000 ms", 0.0124: "0.012 ms", 0.5: "0.500 ms", 1.2345: "1.23 ms", 12.345: "12.3 ms", 921.718415: "922 ms", 12345.6: "12346 ms",
	} {
		if got := milliseconds(ms); got != want {
			t.Errorf("%v is shown as %s, want %s", ms, got, want)
		}
	}
}

func TestLongWordsAreCutBetweenCharacters(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		strings.Repeat("ü", 80):  strings.Repeat("ü", 80),
		strings.Repeat("ü", 81):  strings.Repeat("ü", 79) + "…",
		strings.Repeat("a ", 50): strings.TrimSpace(strings.Repeat("a ", 40)) + "…",
	} {
		if got := cut(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

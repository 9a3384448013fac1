package ilp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// timeText is the layout of an expiry for the standard library, which wants a
// point before the milliseconds.
const timeText = "20060102150405.000"

func expiryText(at time.Time) string {
	s := at.UTC().Format(timeText)
	return s[:14] + s[15:]
}

func putText(ms int64) string {
	var b [timeBytes]byte
	putTime(b[:], ms)
	return string(b[:])
}

func TestExpiryIsTheCalendarOfTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, expiryMax).Draw(t, "ms")
		want := expiryText(time.UnixMilli(ms))
		if got := putText(ms); got != want {
			t.Fatalf("put %d as %s, want %s", ms, got, want)
		}
		if got, ok := parseTime([]byte(want)); !ok || got != ms {
			t.Fatalf("parsed %s as %d, %t; want %d", want, got, ok, ms)
		}
	})
}

func TestEveryDayFrom1970To9999(t *testing.T) {
	day := time.Date(1970, 1, 1, 23, 59, 59, 999e6, time.UTC)
	for ; day.Year() <= yearMax; day = day.AddDate(0, 0, 1) {
		year, month, dayOfMonth := day.Date()
		n := day.UnixMilli() / msPerDay
		if y, m, d := civilFromDays(n); y != int64(year) || m != int64(month) || d != int64(dayOfMonth) {
			t.Fatalf("day %d is %d-%d-%d, want %s", n, y, m, d, day)
		}
		if got := daysFromCivil(int64(year), int64(month), int64(dayOfMonth)); got != n {
			t.Fatalf("%s is day %d, want %d", day, got, n)
		}
	}
	if expiryMax != day.AddDate(0, 0, -1).UnixMilli() {
		t.Errorf("expiryMax is %d", expiryMax)
	}
}

func TestExpiryThatIsNoDateIsRefused(t *testing.T) {
	for _, text := range []string{
		"19691231235959999", "00000101000000000", "00010101000000000",
		"20260001000000000", "20261301000000000", "20269901000000000",
		"20260100000000000", "20260132000000000", "20260230000000000", "20260431000000000", "20260631000000000",
		"20260931000000000", "20261131000000000", "20250229000000000", "21000229000000000",
		"20260101240000000", "20260101006000000", "20260101000060000", "20260101990000000",
		"2026 101000000000", "2026+101000000000", "-0260101000000000",
	} {
		if ms, ok := parseTime([]byte(text)); ok {
			t.Errorf("%s was read as %d", text, ms)
		}
	}
	for _, text := range []string{"19700101000000000", "20000229235959999", "20240229000000000", "99991231235959999"} {
		ms, ok := parseTime([]byte(text))
		if !ok || putText(ms) != text {
			t.Errorf("%s: %t, written back as %s", text, ok, putText(ms))
		}
	}
}

func TestExpiryTakesDigitsOnly(t *testing.T) {
	valid := "20260301123456789"
	for i := range timeBytes {
		for c := range 256 {
			if '0' <= c && c <= '9' {
				continue
			}
			b := []byte(valid)
			b[i] = byte(c)
			if _, ok := parseTime(b); ok {
				t.Fatalf("%q was read", b)
			}
		}
	}
}

func TestPutTimeStaysWithinTheFormat(t *testing.T) {
	for ms, want := range map[int64]string{
		-1: "19700101000000000", -1 << 63: "19700101000000000",
		expiryMax: "99991231235959999", expiryMax + 1: "99991231235959999", 1<<63 - 1: "99991231235959999",
	} {
		if got := putText(ms); got != want {
			t.Errorf("put %d as %s, want %s", ms, got, want)
		}
	}
}

// FuzzTime holds that what is read as a time is written back the same, and that
// the standard library reads the same.
func FuzzTime(f *testing.F) {
	f.Add([]byte("20260301123456789"))
	f.Add([]byte("20240229235959999"))
	f.Add([]byte("19700101000000000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != timeBytes {
			return
		}
		want, err := time.Parse(timeText, string(b[:14])+"."+string(b[14:]))
		lawful := err == nil && want.Year() >= yearMin && expiryText(want) == string(b) // the library takes "+1" for digits
		ms, ok := parseTime(b)
		if ok != lawful || ok && ms != want.UnixMilli() {
			t.Fatalf("%q: read %d, %t; the library %s, %v", b, ms, ok, want, err)
		}
		if ok && putText(ms) != string(b) {
			t.Fatalf("%q was written back as %q", b, putText(ms))
		}
	})
}

package fetch

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The examples of RFC 6901, section 5.
func TestPointersOfTheRFC(t *testing.T) {
	document, err := ParseJSON([]byte(`{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]any{
		"": document, "/foo": []any{"bar", "baz"}, "/foo/0": "bar", "/": json.Number("0"), "/a~1b": json.Number("1"), "/c%d": json.Number("2"),
		"/e^f": json.Number("3"), "/g|h": json.Number("4"), `/i\j`: json.Number("5"), `/k"l`: json.Number("6"), "/ ": json.Number("7"), "/m~0n": json.Number("8"),
	} {
		p, err := ParsePointer(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got, err := p.Find(document); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/x", "/foo/0/x", "//", "/foo/99999999999999999999"} {
		if got, err := Pointer(text).Find(document); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"foo", "#/foo", "/a~", "/a~2b"} {
		if _, err := ParsePointer(text); !errors.Is(err, ErrPointer) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTimesOfSources(t *testing.T) {
	want := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, value := range []any{
		"2026-12-01T12:00:00Z", "2026-12-01T13:00:00+01:00", "2026-12-02T12:00:00+24:00", "2026-12-01T12:00:00", "2026-12-01T12:00:00.000Z", "1796126400",
		json.Number("1796126400"), json.Number("1796126400000"), json.Number("1796126400.25"),
	} {
		if got, err := ParseTime(value); err != nil || got != want {
			t.Errorf("%v: %s, %v", value, got, err)
		}
	}
	for _, value := range []any{
		nil, true, "", "now", "2026-12-01", "2026-13-01T12:00:00Z", json.Number("-1"), json.Number("0"), json.Number("1e9"), json.Number("1e400"),
		json.Number("99999999999999999999"), "0x6cf2b300", "0000-01-01T00:00:00+23:00", "1969-12-31T23:59:59Z", "1796126400.x", strings.Repeat("1", 5000),
	} {
		if got, err := ParseTime(value); err == nil || len(err.Error()) > 200 {
			t.Errorf("%v: %s, %.200v", value, got, err)
		}
	}
}

func TestDocumentsThatAreNoJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{"a": 1`: "the answer is no JSON", `{"a": 1} {}`: "the answer is more than one JSON value", `<rates/>`: "the answer is no JSON", `{"a": NaN}`: "the answer is no JSON",
		strings.Repeat("[", 100_000): "the answer is no JSON",
	} {
		s := serve(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		if value, err := s.JSON(t.Context()); err == nil || !strings.HasPrefix(err.Error(), s.Name()+": "+want) {
			t.Errorf("%.40s: %v, %v; want %s", body, value, err, want)
		}
	}
}

func TestRefusalKeepsWhatTheSourceSays(t *testing.T) {
	s := serve(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusPaymentRequired)
		_, _ = w.Write([]byte(strings.Repeat("x", 2*refusalBytesMax)))
	})
	_, _, err := s.Get(t.Context())
	if refusal, is := errors.AsType[*StatusError](err); !is || len(refusal.Body) != refusalBytesMax || strings.Contains(err.Error(), "xx") {
		t.Errorf("%v", err)
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a": [1, "2", null, {"b~/c": 1e400}]}`), "/a/3/b~0~1c")
	f.Add([]byte(`[]`), "/0")
	f.Fuzz(func(t *testing.T, document []byte, text string) {
		value, err := ParseJSON(document)
		if err != nil {
			return
		}
		p, err := ParsePointer(text)
		if err != nil {
			return
		}
		found, err := p.Find(value)
		if err != nil {
			return
		}
		if at, err := ParseTime(found); err == nil {
			if _, err := at.MarshalJSON(); err != nil {
				t.Fatalf("%v is %s: %v", found, at, err)
			}
		}
	})
}

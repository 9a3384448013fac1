package rate

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestGenericKeys(t *testing.T) {
	durations := map[string]func(Options) (time.Duration, error){
		"interval": func(o Options) (time.Duration, error) { return o.Interval(time.Hour) },
		"timeout":  func(o Options) (time.Duration, error) { return o.Timeout(time.Hour) },
		"maxAge":   func(o Options) (time.Duration, error) { return o.MaxAge(time.Hour) },
	}
	for name, read := range durations {
		for _, c := range []struct {
			value any
			want  time.Duration
		}{
			{nil, time.Hour}, {json.Number("60000"), time.Minute}, {1000, time.Second}, {"6e4", time.Minute},
		} {
			if got, err := read(Options{Config: map[string]any{name: c.value}}); got != c.want || err != nil {
				t.Errorf("%s %v: %s, %v", name, c.value, got, err)
			}
		}
		for value, want := range map[any]string{
			json.Number("1.5"): "is not a whole number", "soon": "is not a whole number", true: "is not a whole number",
			json.Number("-1"): "are not between", json.Number("1e300"): "are not between", "1": "are not between",
		} {
			_, err := read(Options{Config: map[string]any{name: value}, Path: "backendConfig.backends[1]"})
			if err == nil || !strings.HasPrefix(err.Error(), "backendConfig.backends[1]."+name+": ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %v: %v, want %s", name, value, err, want)
			}
		}
	}
	zero := Options{Config: map[string]any{"maxAge": 0, "interval": 0}}
	if got, err := zero.MaxAge(time.Hour); got != 0 || err != nil {
		t.Errorf("maxAge 0: %s, %v", got, err)
	}
	if got, err := zero.Interval(time.Hour); err == nil {
		t.Errorf("interval 0: %s", got)
	}
}

func TestMaxJump(t *testing.T) {
	usual := big.NewRat(1, 5)
	for value, want := range map[any]*big.Rat{nil: usual, "none": nil, json.Number("0.05"): big.NewRat(1, 20), "2": big.NewRat(2, 1)} {
		got, err := Options{Config: map[string]any{"maxJump": value}}.MaxJump(usual)
		if err != nil || (got == nil) != (want == nil) || want != nil && got.Cmp(want) != 0 {
			t.Errorf("%v: %v, %v", value, got, err)
		}
	}
	for _, value := range []any{0, -1, "1001", "much", true} {
		if got, err := (Options{Config: map[string]any{"maxJump": value}}).MaxJump(usual); err == nil || !strings.HasPrefix(err.Error(), "backendConfig.maxJump: ") {
			t.Errorf("%v: %v, %v", value, got, err)
		}
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	t.Setenv("PRICES_KEY", "planted")
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	key := write("key", "planted\n")
	object := func(key string, value any) any { return map[string]any{key: value} }
	for name, value := range map[string]any{
		"text": "planted", "file": object("file", key), "variable": object("env", "PRICES_KEY"), "credential": object("credential", "key"),
	} {
		if got, err := (Options{Config: map[string]any{"apiKey": value}}).Secret("apiKey"); got != "planted" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"number":             {7, "neither a text nor a reference"},
		"two keys":           {map[string]any{"env": "A", "file": "/b"}, "other than one key"},
		"another key":        {object("vault", "planted"), `file, env or credential as its key, not "vault"`},
		"no name":            {object("env", ""), "neither a text nor a reference"},
		"no variable":        {object("env", "PRICES_NONE"), `"PRICES_NONE" is not set`},
		"no file":            {object("file", filepath.Join(dir, "none")), "cannot be read: "},
		"part of a path":     {object("file", "key"), "without its whole path"},
		"folder":             {object("file", dir), "is not a regular file"},
		"empty file":         {object("file", write("empty", "\n")), "is empty"},
		"two lines":          {object("file", write("two", "planted\nplanted\n")), "more than one line"},
		"large file":         {object("file", write("large", strings.Repeat("planted", 3000))), "more than 16384 bytes"},
		"path as credential": {object("credential", "../key"), "there is no credential"},
		"no such credential": {object("credential", "none"), "cannot be read"},
	} {
		got, err := Options{Config: map[string]any{"apiKey": c.value}}.Secret("apiKey")
		if err == nil || !strings.HasPrefix(err.Error(), "backendConfig.apiKey: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %q, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestPricesThatAreNone(t *testing.T) {
	for value, want := range map[any]string{
		nil: "there is no price", " ": "there is no price", true: "not a number", "N/A": `"N/A" is not a decimal number`, "NaN": "not a decimal",
		"Infinity": "not a decimal", json.Number("0"): "is zero", "0.000": "is zero", "-1": "is negative", json.Number("1e400"): "absurd: over 1e15",
		json.Number("1e-300"): "absurd: under 1e-15", "1e999999999": "the exponent", "0x10": "not a decimal", "1/2": "not a decimal",
		strings.Repeat("9", 65): "too long", "1,5": "not a decimal",
	} {
		if got, err := ParsePrice(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, %v; want %s", value, got, err, want)
		}
	}
	for _, value := range []any{[]any{}, map[string]any{}} {
		if got, err := ParsePrice(value); err == nil {
			t.Errorf("%v: %v", value, got)
		}
	}
	for value, want := range map[any]string{"1e-15": "1/1000000000000000", json.Number("1e15"): "1000000000000000", "0.1": "1/10", 3: "3", 0.1: "1/10"} {
		if got, err := ParsePrice(value); err != nil || got.RatString() != want {
			t.Errorf("%v: %v, %v; want %s", value, got, err, want)
		}
	}
}

func TestTimesToCome(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for ahead, fine := range map[time.Duration]bool{-9000 * time.Hour: true, 0: true, skewMax: true, skewMax + 1: false, 24 * time.Hour: false} {
		if err := CheckTime(now.Add(ahead), now); (err == nil) != fine {
			t.Errorf("%s ahead: %v", ahead, err)
		}
	}
}

package rate

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

func TestEffectiveSpread(t *testing.T) {
	for _, c := range []struct {
		name     string
		variable string
		config   map[string]any
		want     string
	}{
		{"none", "", nil, "0"},
		{"blank", "  ", nil, "0"},
		{"the variable", "0.002", map[string]any{"other": 1}, "1/500"},
		{"backendConfig wins", "0.002", map[string]any{"spread": json.Number("0.01")}, "1/100"},
		{"over an unusable variable too", "abc", map[string]any{"spread": 0.25}, "1/4"},
		{"with zero", "0.002", map[string]any{"spread": 0}, "0"},
		{"with null", "0.002", map[string]any{"spread": nil}, "0"},
		{"with a blank", "0.002", map[string]any{"spread": " "}, "0"},
		{"as text", "", map[string]any{"spread": "0.5"}, "1/2"},
		{"negative", "-0.01", nil, "-1/100"},
		{"all", "1", nil, "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Options{Spread: c.variable, Config: c.config}.EffectiveSpread()
			if err != nil || got.String() != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestUnusableSpreadIsRefusedByName(t *testing.T) {
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{Spread: "abc"}, `spread: "abc" is not a decimal number`},
		{Options{Spread: "1.001"}, "spread: a spread of 1001/1000 is over 1"},
		{Options{Config: map[string]any{"spread": true}}, "backendConfig.spread: true is not a number"},
		{Options{Config: map[string]any{"spread": json.Number("2")}}, "backendConfig.spread: a spread of 2 is over 1"},
	} {
		if got, err := c.options.EffectiveSpread(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s, %v; want %s", got, err, c.want)
		}
	}
}

func TestSpreadIsIndependentOfItsSource(t *testing.T) {
	part := mustRat(t, "1/2")
	s, err := NewSpread(part)
	if err != nil {
		t.Fatal(err)
	}
	part.SetInt64(9)
	s.Part().SetInt64(9)
	if s.String() != "1/2" {
		t.Errorf("spread changed to %s", s)
	}
}

func TestUnknownKeysAreWarnedAbout(t *testing.T) {
	var out bytes.Buffer
	o := Options{
		Log:    slog.New(slog.NewTextHandler(&out, nil)),
		Config: map[string]any{"spread": 0, "known": 1, "typo": 2, "another": 3},
	}
	o.WarnUnknown("known")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "backendConfig.another") || !strings.Contains(lines[1], "backendConfig.typo") {
		t.Errorf("warnings:\n%s", out.String())
	}
	Options{Config: o.Config}.WarnUnknown() // without a logger: silence
}

package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestYAMLGivesTheValuesOfJSON(t *testing.T) {
	for document, same := range map[string]string{
		"":                                      `{}`,
		"# nothing":                             `{}`,
		"a: 1\nb: -0.50\nc: 1e3":                `{"a":1,"b":-0.5,"c":1000}`,
		"a: 0x1F\nb: 0o17\nc: 1_000":            `{"a":31,"b":15,"c":1000}`,
		"a: 123456789012345678901234567":        `{"a":123456789012345678901234567}`,
		"a: true\nb: FALSE\nc: yes":             `{"a":true,"b":false,"c":"yes"}`,
		"a: ~\nb:\nc: null":                     `{"a":null,"b":null,"c":null}`,
		"a: 2001-02-03\nb: !!str 5":             `{"a":"2001-02-03","b":"5"}`,
		"a: 'x: y'\nb: |\n  l1\n  l2\n":         `{"a":"x: y","b":"l1\nl2\n"}`,
		"a: [1, [], {b: c}]":                    `{"a":[1,[],{"b":"c"}]}`,
		"7: x":                                  `{"7":"x"}`,
		"a: &x {k: 1}\nb: *x":                   `{"a":{"k":1},"b":{"k":1}}`,
		"a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}": `{"a":{"k":1,"l":2},"b":{"k":3,"l":2}}`,
		"a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]\n": `{"a":{"k":1},"b":{"k":2,"m":3},"c":{"k":1,"m":3}}`,
	} {
		got, faults := parseYAML([]byte(document))
		want, _ := parseJSON("", []byte(same))
		if faults != nil || !reflect.DeepEqual(got, want) {
			text, _ := json.Marshal(got)
			t.Errorf("%q: got %s %v, want %s", document, text, faults, same)
		}
	}
}

func TestYAMLRefusesWhatJSONCannotSay(t *testing.T) {
	for document, words := range map[string][]string{
		"a: [":                    {"not valid YAML", "line"},
		"a: 1\na: 2":              {"a: is given twice (line 2)"},
		"a: .inf":                 {"a: is a number that we cannot use"},
		"a: .nan":                 {"a: is a number"},
		"a: 0700":                 {"a: is a number", "in quotes"},
		"a: !!bool yes":           {"a: is not a boolean"},
		"a: !!int x":              {"a: is a number"},
		"a: !secret x":            {"a: has a YAML tag"},
		"a: !!binary aGk=":        {"a: has a YAML tag"},
		"? [a, b]\n: c":           {"a key that is not a string"},
		"a: &a [*a]":              {"contains itself"},
		"a: *nobody":              {"not valid YAML", "quotes"},
		"a: {<<: 5}":              {"a: merges"},
		"a: 1\n---\nb: 2":         {"more than one YAML document"},
		"a: \xff":                 {"not valid UTF-8"},
		strings.Repeat("[", 200):  {"not valid YAML"},
		strings.Repeat("- ", 200): {"nested too deeply"},
		bomb():                    {"too many values"},
	} {
		if _, faults := parseYAML([]byte(document)); !hasLine(faultLines(faults), words...) {
			t.Errorf("%q: got %v, want %q", document[:min(len(document), 40)], faults, words)
		}
	}
}

// bomb returns a short text that stands for 10^8 values.
func bomb() string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 7 {
		name, before := string(rune('b'+i)), "*a0"
		if i > 0 {
			before = "*" + string(rune('a'+i))
		}
		text += name + ": &" + name + " [" + strings.Repeat(before+", ", 9) + before + "]\n"
	}
	return text
}

func TestJSONFaultsSayWhere(t *testing.T) {
	for text, words := range map[string][]string{
		"":                                       {"s: is not valid JSON", "unexpected end"},
		"{\n  \"a\": 1,\n}":                      {"line 3, column 1"},
		`{"a":1} x`:                              {"column 9"},
		`{"a":{"b":1,"c":2,"b":3}}`:              {"s.a.b: is given twice"},
		`[{"a":1},{"a":1,"a":1}]`:                {"s[1].a: is given twice"},
		`{"a":1e400}`:                            {"s.a: is a number too large"},
		`{"a":` + strings.Repeat("9", 400) + `}`: {"s.a: is a number too large"},
		"{\"a\":\"\xff\"}":                       {"s: is not valid UTF-8"},
		strings.Repeat("[", 200) + strings.Repeat("]", 200): {"s: is nested too deeply"},
	} {
		if _, faults := parseJSON("s", []byte(text)); !hasLine(faultLines(faults), words...) {
			t.Errorf("%q: got %v, want %q", text[:min(len(text), 40)], faults, words)
		}
	}
	if _, faults := parseJSON("s", []byte(`{"brackets in text":"[[\"[[","b":"\\"}`)); faults != nil {
		t.Errorf("got %v", faults)
	}
}

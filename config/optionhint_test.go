package config

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// An option of an npm module, or a setting in the wrong place, says where it belongs.
func TestOptionsThatBelongElsewhereSayWhere(t *testing.T) {
	for option, want := range map[string]string{
		"rippledServer: 'wss://x'": "is ignored; remove it, or name that npm module as the plugin: ilp-plugin-xrp-paychan has it; see docs/plugins.md#ilp-plugin-xrp-paychan",
		"xrpServer: 'wss://x'":     "ilp-plugin-xrp-paychan, ilp-plugin-xrp-asym-server or ilp-plugin-xrp-asym-client has it",
		"lnd: {}":                  "docs/plugins.md#ilp-plugin-lightning",
		"incoming: {}":             "use the plugin ilp-http or ilp-plugin-http, which have the option",
		"allowedOrigins: []":       "ilp-plugin-mini-accounts has the option",
		"ethereumProvider: x":      "docs/plugins.md#ilp-plugin-ethereum",
		"assetScale: 6":            "put it beside options",
		"currencyScale: 6":         "assetScale of the account",
		"path: /btp":               "put it into listener",
		"sever: x":                 "did you mean server?",
		"whatever: x":              "the settings here are responseTimeout, ",
	} {
		document := strings.Replace(one, "options: {", "options: {"+option+", ", 1)
		_, warnings, faults := parse(t, document)
		if len(faults) > 0 || len(warnings) != 1 || !strings.Contains(warnings[0].String(), want) {
			t.Errorf("%s: %v %v, want %s", option, faults, warnings, want)
		}
	}
}

// The examples of hints are valid, or a hint would lead to the next fault.
func TestExamplesOfHintsAreValid(t *testing.T) {
	for _, s := range settings().properties {
		if s.example == "" {
			continue
		}
		value, faults := parseJSON(s.name, []byte(s.example))
		document := newObject()
		document.set("accounts", newObject())
		document.set(s.name, value)
		r := newReport(nil)
		validate(document, settings(), r)
		if len(faults)+len(r.faults) > 0 {
			t.Errorf("%s: %v %v", s.name, faults, r.faults)
		}
	}
	bob := settings().property("accounts").each
	for _, s := range append(bob.properties, bob) {
		if s.example == "" {
			continue
		}
		value, faults := parseJSON(s.name, []byte(s.example))
		account, _ := parseJSON("", []byte(bob.example))
		if s != bob {
			account.(*object).set(s.name, value)
		}
		accounts, document := newObject(), newObject()
		accounts.set("bob", account)
		document.set("accounts", accounts)
		r := newReport(nil)
		validate(document, settings(), r)
		if len(faults)+len(r.faults) > 0 {
			t.Errorf("%s: %v %v", s.name, faults, r.faults)
		}
	}
}

// A value of a wrong type is refused with what to write, whatever the setting.
func TestEverySettingHasAHintForAWrongType(t *testing.T) {
	var visit func(path string, s *setting)
	visit = func(path string, s *setting) {
		for _, got := range []string{"object", "array", "string", "number", "boolean", "null"} {
			if got != s.kind && valueHint(&kind.Type{Got: got, Want: []string{s.kind}}, s) == "" {
				t.Errorf("%s: no hint for %s", path, got)
			}
		}
		for _, inner := range s.properties {
			visit(path+"."+inner.name, inner)
		}
		if s.each != nil {
			visit(path+".*", s.each)
		}
	}
	for _, s := range settings().properties {
		visit(s.name, s)
	}
}

package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestConfigurationPageIsGenerated(t *testing.T) {
	golden(t, "../docs/configuration.md", markdown())
}

func TestConfigurationPageHasEverySetting(t *testing.T) {
	page := string(markdown())
	for _, s := range settings().properties {
		for _, want := range []string{"### `" + s.name + "`\n", "- Variable: `" + s.variable() + "`\n", s.description} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: page lacks %q", s.name, want)
			}
		}
	}
}

func TestExamplesOfThePageAreTheSameAndValid(t *testing.T) {
	var read []*Config
	for name, text := range map[string]string{"a.json": exampleJSON, "a.yaml": exampleYAML} {
		c, warnings, err := Parse(name, []byte(text), nil, builtin)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v %v", name, err, warnings)
		}
		read = append(read, c)
	}
	if !reflect.DeepEqual(read[0], read[1]) {
		t.Errorf("JSON and YAML differ:\n%v\n%v", read[0], read[1])
	}
}

func TestVariablesOfThePageAreValid(t *testing.T) {
	_, script, _ := strings.Cut(string(markdown()), "CONNECTOR_ACCOUNTS='")
	accounts, _, _ := strings.Cut(script, "'")
	_, warnings, err := Parse("", nil, []string{"CONNECTOR_ILP_ADDRESS=test.acme", "CONNECTOR_BACKEND=one-to-one", "CONNECTOR_ACCOUNTS=" + accounts}, builtin)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
}

func TestFaultsOfThePageAreReal(t *testing.T) {
	_, _, faults := parse(t, "", `CONNECTOR_ILP_ADDRESS=test.acme`,
		`CONNECTOR_ACCOUNTS={"alice":{"relation":"child","plugin":"ilp-plugin-mini-accounts","assetCode":"USD","assetScale":"9","balnce":{}}}`)
	if !strings.Contains(docIntro, "```\n"+faults.Error()+"\n```") {
		t.Errorf("doc/intro.md does not show these faults:\n%v", faults)
	}
}

// The table of BTP options is prose; it has to name exactly what is read.
func TestConfigurationPageHasEveryBTPOption(t *testing.T) {
	r := newReport(nil)
	in := &optionReader{values: map[string]any{}, out: r}
	readBTPServer(in)
	options := slices.Concat(in.asked, []string{"reconnectInterval", "reconnectIntervals", "responseTimeout"})
	for _, nested := range []struct {
		prefix string
		read   func(*optionReader)
	}{
		{"tls.", func(in *optionReader) { readBTPClientTLS(in) }},
		{"listener.", func(in *optionReader) { readBTPListener(in, false) }},
	} {
		in := &optionReader{values: map[string]any{"secret": "x"}, out: r}
		nested.read(in)
		for _, key := range in.asked {
			if key != "tls" {
				options = append(options, nested.prefix+key)
			}
		}
	}
	for _, key := range options {
		if key != "tls" && !strings.Contains(docBTP, "`"+key+"`") {
			t.Errorf("doc/btp.md lacks %s", key)
		}
	}
}

package config

import (
	"maps"
	"path/filepath"
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

func TestSecretsOfThePageAreRead(t *testing.T) {
	dir := filepath.Dir(secretFile(t, "secret-of-upstream", "s3cret\n"))
	text := strings.ReplaceAll(exampleSecrets, "/etc/ilp-connector/token-of-upstream", secretFile(t, "token", "t0ken\n"))
	c, warnings := mustParse(t, text, "ADMIN_TOKEN=adm1n", "CREDENTIALS_DIRECTORY="+dir)
	options, err := c.Accounts[0].BTP()
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if options.Listener.Secret != "s3cret" || options.Server.Token != "t0ken" || c.AdminAPIToken != "adm1n" {
		t.Errorf("got %q %q %q", options.Listener.Secret, options.Server.Token, c.AdminAPIToken)
	}
}

func TestConfigurationPageSaysWhereReferencesMayBe(t *testing.T) {
	want := make(map[string][][]string) // by row: the secrets, and what is PEM
	add := func(row string, pem int, location []string) {
		if want[row] == nil {
			want[row] = make([][]string, 2)
		}
		name := strings.ReplaceAll(strings.Join(location, "."), "."+anyElement, "")
		if !slices.Contains(want[row][pem], name) {
			want[row][pem] = append(want[row][pem], name)
		}
	}
	for _, s := range settings().properties {
		if s.reference != (s.secret && s.kind == "string") {
			t.Errorf("%s: a reference is %v", s.name, s.reference)
		}
	}
	for _, s := range settings().references() {
		pem := 0
		if s.pem {
			pem = 1
		}
		add("settings", pem, s.location)
	}
	for pem, all := range []map[string][][]string{secretOptions, pemOptions} {
		for plugin, options := range all {
			for _, location := range options {
				add("options of `"+plugin+"`", pem, location)
			}
		}
	}
	_, section, _ := strings.Cut(docIntro, "References may be in:")
	section, _, _ = strings.Cut(section, "Everywhere else")
	got := make(map[string][][]string)
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "Where") {
			continue
		}
		row := strings.TrimSpace(cells[1])
		if strings.Contains(row, "npm-modules.md") {
			continue // whose options are not ours
		}
		for _, cell := range cells[2:4] {
			var names []string
			for i, part := range strings.Split(cell, "`") {
				if i%2 == 1 {
					names = append(names, part)
				}
			}
			got[row] = append(got[row], names)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("doc/intro.md says that references may be in\n%q\nand they may be in\n%q", got, want)
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
			if key != "tls" && key != "oldSecret" {
				options = append(options, nested.prefix+key)
			}
		}
	}
	for _, key := range append(options, "oldToken.token", "oldToken.until", "listener.oldSecret.secret", "listener.oldSecret.until") {
		if key != "tls" && key != "oldToken" && !strings.Contains(docBTP, "`"+key+"`") {
			t.Errorf("doc/btp.md lacks %s", key)
		}
	}
}

// The tables of HTTP options name exactly what is read: the hint about an unknown option lists those that are known.
func TestConfigurationPageHasEveryHTTPOption(t *testing.T) {
	const unknown, hint = "zzzzqqqq", "the settings here are "
	for plugin, tt := range map[string]struct{ options, section string }{
		pluginHTTP: {
			`{"incoming":{"tls":{},"oldToken":{}},"outgoing":{"tls":{},"oldToken":{}},"ildcp":{}}`, "## Options of `ilp-plugin-http`",
		},
		pluginOurHTTP: {
			`{"incoming":{"jwt":{},"clientCertificate":{},"oldToken":{}},"outgoing":{"jwt":{},"tls":{},"oldToken":{}},"async":{}}`, "## Options of `ilp-http`",
		},
	} {
		a := Account{Plugin: plugin}
		text := strings.NewReplacer("{}", `{"`+unknown+`":1}`, "{", `{"`+unknown+`":1,`).Replace(tt.options)
		if err := unmarshal([]byte(text), &a.Options); err != nil {
			t.Fatal(err)
		}
		asked := make(map[string]bool)
		r := newReport(nil)
		decodeHTTP("", a, r)
		for _, f := range r.faults {
			names, listed := strings.CutPrefix(f.Hint, hint)
			if where, ok := strings.CutSuffix(f.Path, unknown); ok && listed {
				for _, name := range strings.Split(names, ", ") {
					asked[where+name] = true
				}
			}
		}
		for option := range asked { // an object whose options are named has no row of its own
			for other := range asked {
				if strings.HasPrefix(other, option+".") && option != "incoming.jwt" {
					delete(asked, option)
				}
			}
		}
		_, section, _ := strings.Cut(docHTTP, tt.section)
		section, _, _ = strings.Cut(section, "\n## ")
		named := make(map[string]bool)
		for line := range strings.Lines(section) {
			cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
			for _, name := range strings.Split(cell, ", ") {
				if quoted := strings.Trim(name, "`"); quoted != name && strings.HasPrefix(line, "| `") {
					named[quoted] = true
				}
			}
		}
		if !reflect.DeepEqual(asked, named) {
			t.Errorf("doc/http.md has for %s\n%q\nand these are read:\n%q", plugin, slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(asked)))
		}
	}
}

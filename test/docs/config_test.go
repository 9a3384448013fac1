package docs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

func TestConfigurations(t *testing.T) {
	for _, p := range pages(t) {
		if p.path == generated {
			continue
		}
		for _, b := range p.blocks {
			if err := b.checkConfig(); err != nil {
				t.Errorf("%s: %v", b, err)
			}
		}
	}
}

// checkConfig checks a block of YAML or JSON.
func (b *block) checkConfig() error {
	name := "example." + b.lang
	switch {
	case b.lang != "yaml" && b.lang != "json" || b.has("from"):
		return nil
	case b.has("title"):
		return checkText(b.options["title"], b.text)
	case b.has("account"):
		text := "ilpAddress: test.docs\nlisten: {host: 127.0.0.1, port: 7770}\naccounts:\n  alice:\n" + indent(complete(b.text, accountNeeds))
		if b.has("refused") {
			return checkRefusal(name, text, b.options["refused"])
		}
		return checkText(name, text)
	case b.has("settings"):
		return checkText(name, complete(b.text, needs))
	case b.lang == "json":
		var value any
		return json.Unmarshal([]byte(b.text), &value)
	}
	var value any
	return yaml.Unmarshal([]byte(b.text), &value)
}

// secretVariable matches a reference of a secret to a variable.
var secretVariable = regexp.MustCompile(`\{ env: ([A-Z_]+) \}`)

// checkText checks a whole configuration. The variables that it refers to are set.
func checkText(name, text string) error {
	var environ []string
	for _, found := range secretVariable.FindAllStringSubmatch(text, -1) {
		environ = append(environ, found[1]+"=a secret")
	}
	_, warnings, err := config.Parse(name, []byte(text), environ, connector.Known())
	if err != nil {
		return err
	}
	if len(warnings) > 0 {
		return fmt.Errorf("it draws a warning: %s", warnings[0])
	}
	return nil
}

// checkRefusal wants one fault of a configuration, with some words in it. An npm module that is not
// installed is one.
func checkRefusal(name, text, words string) error {
	cfg, _, err := config.Parse(name, []byte(text), nil, connector.Known())
	if err == nil {
		_, err = connector.Check(cfg)
	}
	if err == nil || words == "" || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") {
		return fmt.Errorf("it should be refused with %q alone: %v", words, err)
	}
	return nil
}

// What a page may leave out, one setting in a line.
const (
	needs = `ilpAddress: test.docs
accounts: {}
`
	accountNeeds = `relation: child
plugin: ilp-plugin-btp
assetCode: USD
assetScale: 9
balance: {maximum: "1000000"}
options: {listener: {port: 7768, secret: s3cret}}
`
)

var setting = regexp.MustCompile(`(?m)^([A-Za-z]+):`)

// complete adds the settings that text leaves out.
func complete(text, required string) string {
	var given []string
	for _, m := range setting.FindAllStringSubmatch(text, -1) {
		given = append(given, m[1])
	}
	for l := range strings.Lines(required) {
		if !slices.Contains(given, setting.FindStringSubmatch(l)[1]) {
			text += l
		}
	}
	return text
}

// indent moves text to where an account stands.
func indent(text string) string {
	var out strings.Builder
	for l := range strings.Lines(text) {
		out.WriteString("    " + l)
	}
	return out.String()
}

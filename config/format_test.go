package config

import (
	"strings"
	"testing"
)

const launch = `'use strict'
const connectorApp = {
  name: 'connector',
  env: { CONNECTOR_ACCOUNTS: JSON.stringify({}) }
}
module.exports = { apps: [ connectorApp ] }
`

// What holds a configuration in another form is named, whatever its name is.
func TestOtherFormsOfAConfigurationAreNamed(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"launch.config.js", launch, "launch.config.js is JavaScript, which we do not read; set the variables of its env block"},
		{"launch.config.cjs", launch, "docs/pm2.md"},
		{"Launch.MJS", "whatever", "docs/pm2.md"},
		{"/dev/stdin", launch, "docs/pm2.md"},
		{"c.yaml", launch, "docs/pm2.md"},
		{"c.json", "module.exports = { apps: [] }", "docs/pm2.md"},
		{"c.json", `{"apps": [{"name": "connector", "env": {}}]}`, "is a process file for pm2"},
		{"c.yaml", "apps:\n- name: connector\n", "is a process file for pm2"},
		{"environment", "# ours\n\nCONNECTOR_ILP_ADDRESS=test.me\nCONNECTOR_ACCOUNTS={\"bob\": {}}\n", "environment holds variables, and is no configuration; set them in the environment"},
		{"c.sh", "export CONNECTOR_ACCOUNTS='{}'\n", "docs/migrating.md#systemd"},
	} {
		_, _, err := Parse(c.name, []byte(c.text), nil, builtin)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want only %s", c.name, err, c.want)
		}
	}
}

// JSON is JSON under every name, and words of JavaScript in a text are none.
func TestJSONAndYAMLAreReadUnderEveryName(t *testing.T) {
	for name, text := range map[string]string{
		"config.js": `{"ilpAddress": "test.me", "accounts": {}}`,
		"c.conf":    "ilpAddress: test.me\naccounts: {}\nadminApiToken: const module.exports",
	} {
		if _, _, err := Parse(name, []byte(text), nil, builtin); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

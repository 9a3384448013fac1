package config

import (
	"strings"
	"testing"
)

// The errors of the parsers say what they found. The hint says what to do.
func TestSyntaxErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct{ name, text, hint string }{
		{"c.json", `{'ilpAddress': 'test.me'}`, `double quotes (")`},
		{"c.json", `{"ilpAddress": 'test.me'}`, `double quotes (")`},
		{"c.json", `{“ilpAddress”: "test.me"}`, `double quotes (")`},
		{"c.json", `'{"ilpAddress": "test.me"}'`, "remove the single quotes around it"},
		{"c.json", `{ilpAddress: "test.me"}`, "put the key into double quotes"},
		{"c.json", `{"ilpAddress": test.me}`, "put the text into double quotes"}, // the t of true
		{"c.json", `{"ilpAddress": me}`, "put the text into double quotes"},
		{"c.json", `{"spread": 0,}`, "remove the comma"},
		{"c.json", `{"routes": [1,]}`, "remove the comma"},
		{"c.json", `{"routes": [1,,2]}`, "remove the comma"},
		{"c.json", "{\"spread\": 0, // none\n\"env\": \"test\"}", "remove the comment"},
		{"c.json", "{\n# none\n\"env\": \"test\"}", "remove the comment"},
		{"c.json", `{"spread": 0 "env": "test"}`, "put a comma between two entries"},
		{"c.json", `{"routes": [1 2]}`, "put a comma between two entries"},
		{"c.json", `{"spread" 0}`, "put a colon"},
		{"c.json", `{"spread": 0}}`, "remove what follows"},
		{"c.json", "{\"env\": \"test\n\"}", "close the quote"},
		{"c.json", `{"env": "test"`, "close every brace"},
		{"c.json", ` `, "write {}"},
		{"c.json", `{"spread": 1.2.3}`, "put a comma"},
		{"c.json", `{"spread": +1}`, "correct it there"},
		{"c.json", "{\"env\": \"te\xff\"}", "save it in UTF-8"},
		{"c.yaml", "accounts:\n\tbob: {}", "not with tabs"},
		{"c.yaml", "ilpAddress: test: me", "put a text with a colon into quotes"},
		{"c.yaml", "ilpAddress: *me", "put it into quotes"},
		{"c.yaml", "accounts: {bob: {}", "check the indentation"},
		{"c.yaml", "nothing at all", "such as ilpAddress: test.alice"},
	} {
		_, _, err := Parse(c.name, []byte(c.text), nil, builtin)
		if err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v, want %s", c.text, err, c.hint)
		}
	}
	_, _, err := Parse("", nil, []string{`CONNECTOR_ACCOUNTS={'bob': 1}`, "CONNECTOR_ILP_ADDRESS=test.me"}, builtin)
	if err == nil || !strings.Contains(err.Error(), `accounts (CONNECTOR_ACCOUNTS): is not valid JSON`) || !strings.Contains(err.Error(), `double quotes (")`) {
		t.Errorf("a variable: %v", err)
	}
}

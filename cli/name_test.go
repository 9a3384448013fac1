package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestProgramsAreNamedAsTheirBinaries(t *testing.T) {
	for path, want := range map[string]string{
		"ilp-connector": "ilp-connector", "/usr/bin/my-connector": "my-connector", "./my-connector.exe": "my-connector",
		"": "ilp-connector", "/": "ilp-connector", "/opt/my connector": "ilp-connector",
	} {
		if got := ownName(path); got != want {
			t.Errorf("%q is named %q, want %q", path, got, want)
		}
	}
}

// No text of a custom build tells the operator to run a program of another name.
func TestCustomBuildsNameThemselves(t *testing.T) {
	before := os.Args[0]
	os.Args[0] = "/opt/my-connector"
	defer func() { os.Args[0] = before }()
	for _, args := range [][]string{
		{"--help"}, {"ping", "--help"}, {"routes", "get", "--help"}, {"balance", "adjust", "--help"},
		{"settlements", "resolve", "--help"}, {"completion", "bash"}, {"completion", "zsh"}, {"completion", "--help"},
		{"nonsense"}, {"help", "ping"}, {"accounts", "--url", "http://127.0.0.1:1"}, {"version"},
	} {
		var out bytes.Buffer
		Run(t.Context(), args, &out, &out)
		text := strings.NewReplacer("an ilp-connector ", "", "URL of an ilp-connector", "").Replace(out.String())
		if !strings.Contains(text, "my-connector") && len(args) > 0 || strings.Contains(text, "ilp-connector") {
			t.Errorf("%q says\n%s", args, out.String())
		}
	}
	var out bytes.Buffer
	Run(t.Context(), []string{"version"}, &out, &out)
	if !strings.HasPrefix(out.String(), "my-connector, an ilp-connector ") {
		t.Errorf("the version is %q", out.String())
	}
}

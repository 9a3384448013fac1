package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What deploy/ starts has a directory that it may write, and is told of it. The image has a
// probe, which needs the admin API.
func TestDeployedConnectorsHaveAStore(t *testing.T) {
	for name, lines := range map[string][]string{
		"ilp-connector.service": {
			`StateDirectory=(?P<dir>[a-z-]+)`, `Environment=CONNECTOR_STORE_PATH=%S/(?P<dir>[a-z-]+)`,
		},
		"Dockerfile": {
			`COPY --from=build --chown=(?P<user>[0-9:]+) /store (?P<dir>/[a-z/-]+)`, `ENV CONNECTOR_STORE_PATH=(?P<dir>/[a-z/-]+)`,
			`VOLUME (?P<dir>/[a-z/-]+)`, `USER (?P<user>[0-9:]+)`,
			`ENV CONNECTOR_ADMIN_API=true`, `HEALTHCHECK .*CMD \["(?P<program>/[a-z-]+)", "health"\]`, `ENTRYPOINT \["(?P<program>/[a-z-]+)"\]`,
		},
	} {
		text, err := os.ReadFile(filepath.Join(root, "deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		said := make(map[string]string)
		for _, line := range lines {
			pattern := regexp.MustCompile("(?m)^" + line + "$")
			found := pattern.FindSubmatch(text)
			if found == nil {
				t.Errorf("deploy/%s has no line %s", name, line)
				continue
			}
			for i, what := range pattern.SubexpNames() {
				if what == "" {
					continue
				}
				if other, there := said[what]; there && other != string(found[i]) {
					t.Errorf("deploy/%s says %s and %s", name, other, found[i])
				}
				said[what] = string(found[i])
			}
		}
	}
}

// The pages name the version of Go that go.mod asks for.
func TestPagesSayWhichGo(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	asks := regexp.MustCompile(`(?m)^go ([0-9]+\.[0-9]+)`).FindSubmatch(text)
	if asks == nil {
		t.Fatal("go.mod asks for no version of Go")
	}
	for name, words := range map[string]string{
		"README.md": "Go %s or newer", "CONTRIBUTING.md": "Go %s or newer", "deploy/Dockerfile": "FROM golang:%s AS",
	} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if want := fmt.Sprintf(words, asks[1]); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q: %v", name, want, err)
		}
	}
}

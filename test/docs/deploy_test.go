package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// What deploy/ starts has a directory that it may write, and is told of it.
func TestDeployedConnectorsHaveAStore(t *testing.T) {
	for name, lines := range map[string][]string{
		"ilp-connector.service": {
			`StateDirectory=(?P<dir>[a-z-]+)`, `Environment=CONNECTOR_STORE_PATH=%S/(?P<dir>[a-z-]+)`,
		},
		"Dockerfile": {
			`COPY --from=build --chown=(?P<user>[0-9:]+) /store (?P<dir>/[a-z/-]+)`, `ENV CONNECTOR_STORE_PATH=(?P<dir>/[a-z/-]+)`,
			`VOLUME (?P<dir>/[a-z/-]+)`, `USER (?P<user>[0-9:]+)`,
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

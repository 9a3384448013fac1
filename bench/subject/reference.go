//go:build linux

package subject

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// fromFile is a script that sets the variables of its own process.
//
//go:embed environ.js
var fromFile []byte

// startReference starts the npm ilp-connector with the variables. If they do not fit, a script sets
// them from within.
func (s *Subject) startReference(programs Programs, env []string, fit bool) (*process, error) {
	// The reference is older than the rule of Node.js that an unhandled rejection ends the process.
	argv := []string{programs.Node, "--unhandled-rejections=warn"}
	if !fit {
		script, file := filepath.Join(s.dir, "environ.js"), filepath.Join(s.dir, "environ.json")
		if err := os.WriteFile(script, fromFile, 0o600); err != nil {
			return nil, err
		}
		variables := make(map[string]string)
		for _, v := range env {
			name, value, _ := strings.Cut(v, "=")
			variables[name] = value
		}
		if err := writeJSON(file, variables); err != nil {
			return nil, err
		}
		argv = append(argv, "--require", script)
		env = []string{"BENCH_ENVIRON=" + file}
	}
	argv = append(argv, "node_modules/ilp-connector/dist/index.js")
	return startProcess(programs.Peers, env, s.setup.Core, argv...)
}

func writeJSON(file string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

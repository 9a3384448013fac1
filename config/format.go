package config

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// otherFormat returns a fault of a file that is no configuration but holds one in another
// form: the JavaScript that pm2 reads, or a file of variables. It returns false for any other.
func otherFormat(name string, text []byte) (Fault, bool) {
	switch {
	case inBraces(text):
		return Fault{}, false
	case isScript(name) || script.Match(text):
		return Fault{Problem: strings.TrimSpace(name + " is JavaScript, which we do not read"), Hint: launchHint}, true
	case assignment.Match(text):
		return Fault{
			Problem: strings.TrimSpace(name + " holds variables, and is no configuration"),
			Hint:    "set them in the environment, without --config: a shell does so with set -a and . FILE; see docs/migrating.md#systemd for other ways",
		}, true
	}
	return Fault{}, false
}

// launchHint says what to do with a file for pm2.
const launchHint = "set the variables of its env block in the environment, or leave them to pm2, without --config; see docs/pm2.md"

// isScript reports whether a name is that of JavaScript.
func isScript(name string) bool {
	return slices.Contains([]string{".js", ".cjs", ".mjs"}, strings.ToLower(filepath.Ext(name)))
}

var (
	// script matches a statement that a launch.config.js has.
	script = regexp.MustCompile(`(?m)^\s*(module\.exports\s*=|export default\b|(const|let|var)\s+[\w${},\s]+=|['"]use strict['"])`)
	// assignment matches a text whose first line, after comments, sets a variable of ours.
	assignment = regexp.MustCompile(`^\s*(#.*\s+)*(export\s+)?` + VariablePrefix + `[A-Z_]+=`)
)

// forPM2 returns a fault of a process file for pm2 that is JSON or YAML. It returns false for
// any other document.
func forPM2(name string, document *object) (Fault, bool) {
	_, apps := document.values["apps"].([]any)
	_, accounts := document.values["accounts"]
	if !apps || accounts {
		return Fault{}, false
	}
	return Fault{Problem: strings.TrimSpace(name + " is a process file for pm2, which we do not read"), Hint: launchHint}, true
}

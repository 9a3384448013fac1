package config

import (
	"regexp"
	"strings"
)

// reference matches what a shell or a template would replace: ${NAME} anywhere, and $NAME
// between signs that a word does not have. Random secrets seldom look so.
var reference = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}|(?:^|[^A-Za-z0-9_$])\$[A-Z_][A-Z0-9_]+(?:[^A-Za-z0-9_$]|$)`)

// lintTexts warns of texts of a document that we take as they are, and the operator probably
// does not mean so. It never shows a text, which may be secret.
func lintTexts(path string, value any, r *report) {
	switch v := value.(type) {
	case *object:
		for _, key := range v.keys {
			lintTexts(at(path, key), v.values[key], r)
		}
	case []any:
		for i, element := range v {
			lintTexts(atIndex(path, i), element, r)
		}
	case string:
		if reference.MatchString(v) {
			r.warn(path, "holds a reference such as ${NAME}, which we do not replace by a variable", `write the value itself, or {"env": "NAME"} where a secret may be a reference`)
		}
		if v == "~" || strings.HasPrefix(v, "~/") {
			r.warn(path, "begins with ~, which we take as the name of a directory and not as your home", "write the whole path")
		}
		if trimmed := strings.TrimSpace(v); trimmed != v && !strings.Contains(trimmed, "\n") {
			r.warn(path, "begins or ends with a blank or a line break, which is probably not meant", "remove it")
		}
	}
}

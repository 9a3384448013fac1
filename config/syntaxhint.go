package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
)

// jsonHint returns what to do about text that is not JSON: err of encoding/json says so.
func jsonHint(text []byte, err error) string {
	var syntax *json.SyntaxError
	trimmed := bytes.TrimSpace(text)
	switch {
	case len(trimmed) == 0:
		return "write {} or [], or leave it out"
	case trimmed[0] == '\'' && trimmed[len(trimmed)-1] == '\'':
		return "remove the single quotes around it: only a shell takes them off"
	case !errors.As(err, &syntax):
		return correctHint
	}
	before, rest := splitAt(text, syntax.Offset)
	found, problem := firstOf(rest), syntax.Error()
	inKey := strings.Contains(problem, "object key string")
	inValue := strings.Contains(problem, "beginning of value")
	switch {
	case strings.Contains(problem, "unexpected end"):
		return "close every brace, bracket and quote; in a shell, put the whole value into single quotes"
	case (inKey || inValue) && strings.ContainsRune("'`‘’“”", found):
		return `put keys and texts into double quotes (")`
	case (inKey || inValue) && (found == '/' || found == '#'):
		return "remove the comment: JSON has none"
	case (inKey || inValue) && (endsWithComma(before) || found == ','):
		return "remove the comma that nothing follows"
	case inKey && unicode.IsLetter(found):
		return `put the key into double quotes (")`
	case inValue && unicode.IsLetter(found), strings.Contains(problem, "in literal"):
		return `put the text into double quotes (")`
	case strings.Contains(problem, "after object key:value pair"), strings.Contains(problem, "after array element"):
		return "put a comma between two entries"
	case strings.Contains(problem, "after object key"):
		return "put a colon between a key and its value"
	case strings.Contains(problem, "after top-level value"):
		return "remove what follows the first value"
	case strings.Contains(problem, "in string literal"):
		return `close the quote, and write a line break as \n`
	}
	return correctHint
}

const correctHint = "correct it there"

// splitAt splits text before the character that a syntax error at offset is about.
func splitAt(text []byte, offset int64) (before, rest []byte) {
	at := max(0, min(int(offset)-1, len(text)))
	return text[:at], text[at:]
}

func firstOf(text []byte) rune {
	for _, r := range string(text) {
		return r
	}
	return 0
}

func endsWithComma(text []byte) bool {
	return bytes.HasSuffix(bytes.TrimSpace(text), []byte(","))
}

// yamlHint returns what to do about text that is not YAML: problem of the parser says so.
func yamlHint(problem string) string {
	switch {
	case strings.Contains(problem, "cannot start any token"):
		return "indent with blanks, not with tabs, and put texts with special characters into quotes"
	case strings.Contains(problem, "mapping values are not allowed"):
		return "check the indentation there, and put a text with a colon into quotes"
	case strings.Contains(problem, "anchor"):
		return "put it into quotes"
	}
	return "check the indentation, the brackets and the quotes there"
}

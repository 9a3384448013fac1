package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// AccountPatch returns the JSON Merge Patch that pairs such as balance.maximum=1000 stand for.
// The schema says whether a value is text or a number. null removes a setting. A value that the
// schema does not know, such as an option of a plugin, is text unless it is valid JSON.
func AccountPatch(pairs []string) (json.RawMessage, error) {
	patch := newObject()
	for _, pair := range pairs {
		path, text, isPair := strings.Cut(pair, "=")
		keys := strings.Split(path, ".")
		if !isPair || slices.Contains(keys, "") {
			return nil, fmt.Errorf("%.60q is no setting with a value, such as balance.maximum=1000", pair)
		}
		inner, s := patch, settings().property("accounts").each
		for i, key := range keys {
			if s != nil {
				s = s.property(key)
			}
			if i == len(keys)-1 {
				if _, twice := inner.values[key]; twice {
					return nil, fmt.Errorf("%s is given twice", path)
				}
				inner.set(key, valueOf(s, text))
				break
			}
			next, isObject := inner.values[key].(*object)
			if _, there := inner.values[key]; there && !isObject {
				return nil, fmt.Errorf("%s is given twice", strings.Join(keys[:i+1], "."))
			}
			if !isObject {
				next = newObject()
				inner.set(key, next)
			}
			inner = next
		}
	}
	return patch.MarshalJSON()
}

// valueOf returns the value that a text stands for. s may be nil.
func valueOf(s *setting, text string) any {
	value, faults := parseJSON("", []byte(text))
	switch {
	case text == "null":
		return nil
	case s != nil && s.kind == "string", len(faults) > 0:
		return text
	}
	return value
}

// AccountJSON returns the entry of an account in JSON. The name of the file decides whether the
// text is JSON or YAML, as in Parse. It checks no setting.
func AccountJSON(name string, text []byte) (json.RawMessage, error) {
	entry, faults := parseFile(name, text)
	if entry == nil || len(faults) > 0 {
		return nil, faults
	}
	return entry.MarshalJSON()
}

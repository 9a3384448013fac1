package config

import "strings"

// integerMax is the largest integer that a double holds exactly. It is the maximum in
// the schema of every number that has no other.
const integerMax = "9007199254740991"

// hint returns what to write, "" if the schema knows no more than the type.
func (s *setting) hint() string {
	if allowed := s.allows(); allowed != "" {
		return "use " + allowed
	}
	return ""
}

// allows returns what the schema allows, in words, "" if it allows any value of the
// type.
func (s *setting) allows() string {
	switch {
	case len(s.enum) > 0:
		return oneOf(s.enum)
	case s.allowed != "":
		return strings.ReplaceAll(s.allowed, "`", "")
	case s.minimum != "" && s.maximum == integerMax:
		return "a whole number, " + s.minimum + " or more"
	case s.minimum != "" && s.maximum != "":
		return "a whole number from " + s.minimum + " to " + s.maximum
	}
	return ""
}

// unknownHint returns the hint for an unknown key: the nearest known key, or all of
// them.
func unknownHint(name string, names []string) string {
	const most = 16
	if hint := didYouMean(name, names); hint != "" {
		return hint
	}
	if len(names) > most {
		return "remove it"
	}
	return "the settings here are " + strings.Join(names, ", ")
}

// kindName returns a JSON type with its article.
func kindName(kind string) string {
	switch kind {
	case "integer":
		return "a whole number"
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "null":
		return "null"
	}
	return "a " + kind
}

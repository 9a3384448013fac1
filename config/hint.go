package config

import "strings"

// integerMax, the largest integer a double holds exactly, is in the schema where
// nothing else limits a number.
const integerMax = "9007199254740991"

// hint tells what to write, as far as the schema knows more than the type.
func (s *setting) hint() string {
	if allowed := s.allows(); allowed != "" {
		return "use " + allowed
	}
	return ""
}

// allows is what the schema allows, in words; "" when any value of the type is.
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

// unknownHint answers a key that is not there with the nearest one, or with all
// there are.
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

// kindName is a JSON type with its article.
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

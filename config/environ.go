package config

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// overlay replaces settings of document by the variables of environ, and records in r
// where they came from. environ has the form of os.Environ. Of two equal names the
// first counts. known are other variables with our prefix, which the caller reads.
func overlay(document *object, schema *setting, environ, known []string, r *report) {
	values := map[string]string{}
	var names []string
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if _, twice := values[name]; !ok || twice || !strings.HasPrefix(name, VariablePrefix) {
			continue
		}
		values[name] = value
		names = append(names, name)
	}
	variables := slices.Clone(known)
	for _, s := range schema.properties {
		name := s.variable()
		variables = append(variables, name)
		text, set := values[name]
		if s.reference {
			variables = append(variables, s.fileVariable())
			if file, named := values[s.fileVariable()]; named {
				document.set(s.name, fileOf(s, file, set, r))
				continue
			}
		}
		if !set {
			continue
		}
		r.origin[s.name] = name
		if problem, hint := ServiceLink(name, text); problem != "" && !s.secret {
			r.fault(s.name, problem, hint)
			r.leaveOut(s.name)
			continue
		}
		if value, ok := readVariable(s, text, r); ok {
			document.set(s.name, value)
		}
	}
	unknown := slices.DeleteFunc(names, func(name string) bool { return slices.Contains(variables, name) })
	for _, name := range lintLinks(unknown, values, r) {
		r.warnings = append(r.warnings, Warning{
			Variable: printable(name), Problem: "is not a variable of the connector and is ignored",
			Hint: cmp.Or(didYouMean(name, variables), "remove it; docs/configuration.md has all variables"),
		})
	}
}

// fileOf returns a reference to the file that a variable names for a secret. It is a fault if
// the variable of the secret itself is set too.
func fileOf(s *setting, file string, twice bool, r *report) any {
	r.origin[s.name] = s.fileVariable()
	if twice {
		r.fault(s.name, "is set, and so is "+s.variable(), "keep one of the two")
		r.leaveOut(s.name)
		return redacted // so that it does not count as missing
	}
	return secretRef{inFile, file}.object()
}

// readVariable reads the text of a variable as the type of its setting. It returns
// false after a fault.
func readVariable(s *setting, text string, r *report) (any, bool) {
	switch s.kind {
	case "object", "array":
		value, faults := parseJSON(s.name, []byte(text))
		for _, fault := range faults {
			r.add(fault)
		}
		if value == nil && faults != nil {
			r.leaveOut(s.name)
		}
		return value, !r.void[s.name]
	case "boolean":
		return readBoolean(s, text, r), true
	case "integer", "number":
		digits, ok := number(text)
		if !ok {
			r.fault(s.name, "is "+show(text)+", not "+kindName(s.kind), s.hint())
			return nil, false
		}
		return json.Number(digits), true
	default:
		return text, true
	}
}

// readBoolean reads 1 and true as true and everything else as false, as the reference
// does. Unlike the reference, it warns of a text that is neither.
func readBoolean(s *setting, text string, r *report) bool {
	switch text {
	case "1", "true":
		return true
	case "0", "false", "":
		return false
	}
	r.warn(s.name, "is "+show(text)+", which counts as false", "only 1 and true are true")
	return false
}

// printable returns text as it is, or quoted if a character of it does not print.
func printable(text string) string {
	for _, r := range text {
		if !strconv.IsPrint(r) {
			return strconv.Quote(text)
		}
	}
	return text
}

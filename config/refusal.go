package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// validate checks document by the schema, and reports every refusal in our words. It
// takes refused values out of the document, so that the rest can be checked further: it
// removes an unknown key, and sets a wrong value to null, which counts as left out.
func validate(document *object, schema *setting, r *report) {
	err := compile().Validate(plain(document))
	if err == nil {
		return
	}
	var refused *jsonschema.ValidationError
	if !errors.As(err, &refused) {
		panic(fmt.Sprintf("config: schema: %v", err))
	}
	for _, leaf := range leaves(refused) {
		path, s, secret := locate(schema, leaf.InstanceLocation)
		switch k := leaf.ErrorKind.(type) {
		case *kind.Required:
			for _, name := range k.Missing {
				r.add(missing(path, s.property(name)))
				r.leaveOut(at(path, name))
			}
		case *kind.AdditionalProperties:
			o, _ := follow(document, leaf.InstanceLocation).(*object)
			for _, name := range k.Properties {
				r.fault(at(path, name), "is not a setting", unknownHint(name, s.names()))
				o.remove(name)
			}
		case *kind.PropertyNames:
			// The validator does not say where, because it goes on writing to
			// the location that it returns. But only accounts have rules for names.
			accounts := schema.property("accounts")
			r.fault(at(accounts.name, k.Property), "is not an account id", accounts.hint())
		default:
			r.fault(path, valueProblem(k, s, secret), valueHint(k, s))
			r.leaveOut(path)
			setNull(document, leaf.InstanceLocation)
		}
	}
}

// leaves returns the refusals that have no further cause.
func leaves(refused *jsonschema.ValidationError) []*jsonschema.ValidationError {
	_, name := refused.ErrorKind.(*kind.PropertyNames)
	if len(refused.Causes) == 0 || name {
		return []*jsonschema.ValidationError{refused}
	}
	var out []*jsonschema.ValidationError
	for _, cause := range refused.Causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

// locate follows a location of the validator through the schema. secret reports whether
// a setting on the way is secret.
func locate(schema *setting, location []string) (path string, s *setting, secret bool) {
	s = schema
	for _, token := range location {
		if s.kind == "array" {
			i, _ := strconv.Atoi(token)
			path = atIndex(path, i)
		} else {
			path = at(path, token)
		}
		if inner := s.property(token); inner != nil {
			s = inner
		} else {
			s = s.each // never nil: the schema refuses nothing in what it leaves open
		}
		secret = secret || s.secret
	}
	return path, s, secret
}

// missing returns the fault of a required setting that is left out. A variable can hold
// a whole setting, so the fault of a whole setting names its variable.
func missing(path string, s *setting) Fault {
	fault := Fault{Path: at(path, s.name), Problem: "is not set", Hint: s.hint()}
	if path == "" {
		fault.Variable = s.variable()
		fault.Hint = "set it in the file, or set the variable; {} is enough to start"
	}
	return fault
}

// valueProblem says what we found. It shows a value only if that helps, and never a
// secret one.
func valueProblem(refusal jsonschema.ErrorKind, s *setting, secret bool) string {
	var found string
	switch k := refusal.(type) {
	case *kind.Type:
		if k.Got == "number" && s.kind == "integer" {
			return "is not a whole number"
		}
		return "is " + kindName(k.Got) + ", not " + kindName(s.kind)
	case *kind.MinLength:
		return "is empty"
	case *kind.Enum:
		found = showAny(k.Got)
	case *kind.Pattern:
		if k.Got == "" {
			return "is empty"
		}
		found = show(k.Got)
	case *kind.Minimum:
		found = showNumber(k.Got)
	case *kind.Maximum:
		found = showNumber(k.Got)
	}
	if found == "" || secret {
		return "is not allowed"
	}
	return "is " + found
}

func valueHint(refusal jsonschema.ErrorKind, s *setting) string {
	if k, ok := refusal.(*kind.Enum); ok {
		word, _ := k.Got.(string)
		return nameHint(word, s.enum, s.hint())
	}
	k, ok := refusal.(*kind.Type)
	switch {
	case !ok:
		return s.hint()
	case k.Got == "null":
		return "leave it out, or give it a value"
	case s.example != "":
		return "write " + kindName(s.kind) + " such as " + s.example
	case s.kind == "boolean":
		return "use true or false"
	case s.kind == "string" && !strings.Contains(s.allowed, "in quotes") && k.Got != "object" && k.Got != "array":
		return "write it in quotes"
	case s.kind == "string" && s.hint() == "":
		return "write a text in quotes"
	}
	return s.hint()
}

func showAny(value any) string {
	switch v := value.(type) {
	case string:
		return show(v)
	case json.Number:
		return v.String()
	}
	return ""
}

func showNumber(n *big.Rat) string {
	const most = 40
	text := n.FloatString(6)
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

func setNull(document *object, location []string) {
	if len(location) == 0 {
		return
	}
	last := len(location) - 1
	switch inside := follow(document, location[:last]).(type) {
	case *object:
		inside.values[location[last]] = nil
	case []any:
		i, _ := strconv.Atoi(location[last])
		inside[i] = nil
	}
}

func follow(value any, location []string) any {
	for _, token := range location {
		switch v := value.(type) {
		case *object:
			value = v.values[token]
		case []any:
			i, _ := strconv.Atoi(token)
			value = v[i]
		}
	}
	return value
}

// sortFaults puts faults into the order of the settings. The validator has another.
func sortFaults(faults Faults, schema *setting) {
	if len(faults) < 2 {
		return
	}
	names := schema.names()
	slices.SortStableFunc(faults, func(a, b Fault) int {
		ia, ib := slices.Index(names, settingOf(a.Path)), slices.Index(names, settingOf(b.Path))
		if ia != ib {
			return ia - ib
		}
		return strings.Compare(a.Path, b.Path)
	})
}

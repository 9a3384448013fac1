package config

import (
	"encoding/json"
	"slices"
)

// The keys of a reference. Each says where the text of a secret is.
const (
	inFile       = "file"       // the path of a file
	inVariable   = "env"        // the name of a variable
	inCredential = "credential" // the name of a credential of systemd
)

var referenceKeys = []string{inFile, inVariable, inCredential}

// secretRef refers to a secret outside the configuration. The name is not secret.
type secretRef struct{ key, name string }

// String returns the reference in words.
func (s secretRef) String() string {
	if s.key == inVariable {
		return "variable " + s.name
	}
	return s.key + " " + s.name
}

// MarshalJSON writes the reference as the configuration has it.
func (s secretRef) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{s.key: s.name})
}

// object returns the reference as the document has it.
func (s secretRef) object() *object {
	o := newObject()
	o.set(s.key, s.name)
	return o
}

// isReference reports whether an object has a key of a reference.
func isReference(o *object) bool {
	return slices.ContainsFunc(o.keys, func(key string) bool { return slices.Contains(referenceKeys, key) })
}

// readReference reads an object that stands for a secret. The problem, "" if there is none,
// shows no key and no value of it that may be the secret itself.
func readReference(o *object) (ref secretRef, problem, hint string) {
	var given []string
	for _, key := range referenceKeys {
		if _, ok := o.values[key]; ok {
			given = append(given, key)
		}
	}
	if len(given) == 0 {
		hint = `write the secret itself, or where it is, such as {"file": "/path"}`
		for _, key := range o.keys {
			hint = nameHint(key, referenceKeys, hint)
		}
		return ref, "is an object, not a string", hint
	}
	ref.key = given[0]
	name, ok := o.values[ref.key].(string)
	switch {
	case len(given) > 1:
		return ref, "has " + given[0] + " and " + given[1] + ", and only one of them can be meant", "keep one of them"
	case len(o.keys) > 1:
		return ref, "holds a key beside " + ref.key, "remove it"
	case !ok:
		return ref, "has under " + ref.key + " " + documentType(o.values[ref.key]) + ", not a string", "write it in quotes"
	}
	ref.name = name
	return ref, "", ""
}

// documentType returns the type of a value of a document.
func documentType(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case *object:
		return "an object"
	}
	return typeName(value)
}

var _ json.Marshaler = secretRef{}

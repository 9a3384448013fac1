package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// VariablePrefix begins the name of every variable of the configuration.
const VariablePrefix = "CONNECTOR_"

// schemaText is the JSON Schema (draft 2020-12) of the configuration. Keywords that
// begin with x- are ours.
//
//go:embed schema.json
var schemaText string

// setting holds what the schema says about one value.
type setting struct {
	name        string
	description string
	kind        string // the JSON type
	enum        []string
	allowed     string // the allowed values in words
	example     string // of an object or a list, in JSON
	minimum     string
	maximum     string
	fallback    any // the default, nil for none
	required    bool
	secret      bool
	reload      bool // whether a reload changes it, and not a restart alone
	reference   bool // whether an object may say where the secret is
	pem         bool // whether it names a PEM file, or is such text

	properties []*setting // of an object with fixed keys, in the schema's order
	each       *setting   // of an object with free keys, or of a list
}

// settings returns the whole schema, which is read once. No caller changes it.
var settings = sync.OnceValue(func() *setting {
	value, faults := parseJSON("", []byte(schemaText))
	if len(faults) > 0 {
		panic("config: schema.json: " + faults.Error())
	}
	root := value.(*object)
	return readSetting("", root, root)
})

// readSetting reads one value of the schema, or another setting that it refers to.
func readSetting(name string, o, root *object) *setting {
	if path, ok := strings.CutPrefix(text(o, "$ref"), "#/properties/"); ok {
		o = root.values["properties"].(*object)
		for _, key := range strings.Split(path, "/") {
			o = o.values[key].(*object)
		}
	}
	s := &setting{
		name:        name,
		description: text(o, "description"),
		kind:        kindOf(o),
		allowed:     text(o, "x-allowed"),
		example:     text(o, "x-example"),
		minimum:     text(o, "minimum"),
		maximum:     text(o, "maximum"),
		enum:        texts(o, "enum"),
		fallback:    o.values["default"],
		secret:      o.values["writeOnly"] == true,
		reload:      o.values["x-reload"] == true,
		reference:   text(o, "$ref") == "#/$defs/reference",
		pem:         o.values["x-pem"] == true,
	}
	if properties, ok := o.values["properties"].(*object); ok {
		required := strings.Join(texts(o, "required"), " ")
		for _, key := range properties.keys {
			property := readSetting(key, properties.values[key].(*object), root)
			property.required = strings.Contains(" "+required+" ", " "+key+" ")
			s.properties = append(s.properties, property)
		}
	}
	for _, keyword := range []string{"additionalProperties", "items"} {
		if each, ok := o.values[keyword].(*object); ok {
			s.each = readSetting("", each, root)
		}
	}
	return s
}

// kindOf returns the type, of several the first one. The other one is that of a reference,
// which is resolved before the schema is applied.
func kindOf(o *object) string {
	if kinds := texts(o, "type"); len(kinds) > 0 {
		return kinds[0]
	}
	return text(o, "type")
}

// text returns a string or a number of the schema as text.
func text(o *object, key string) string {
	switch v := o.values[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func texts(o *object, key string) []string {
	list, _ := o.values[key].([]any)
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// Reloads reports whether a reload changes a setting. All others take a restart.
func Reloads(name string) bool {
	s := settings().property(name)
	return s != nil && s.reload
}

// Reloadable returns the names of the settings that a reload changes, but for accounts.
func Reloadable() (names []string) {
	for _, s := range settings().properties {
		if s.reload && s.name != "accounts" {
			names = append(names, s.name)
		}
	}
	return names
}

// references returns where references may be inside s, but for the options of accounts.
func (s *setting) references() (all []resolved) {
	for _, p := range s.properties {
		if p.reference {
			all = append(all, resolved{location: []string{p.name}, pem: p.pem})
		}
		for _, inner := range p.references() {
			inner.location = append([]string{p.name}, inner.location...)
			all = append(all, inner)
		}
	}
	return all
}

// property returns the setting with the name inside s, or nil.
func (s *setting) property(name string) *setting {
	for _, p := range s.properties {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (s *setting) names() []string {
	names := make([]string, len(s.properties))
	for i, p := range s.properties {
		names[i] = p.name
	}
	return names
}

// variable returns the name of the variable of the setting: CONNECTOR_ILP_ADDRESS for
// ilpAddress.
func (s *setting) variable() string {
	var name strings.Builder
	name.WriteString(VariablePrefix)
	for _, c := range s.name {
		if c >= 'A' && c <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(c)
	}
	return strings.ToUpper(name.String())
}

// fileVariable returns the name of the variable that may name a file with the secret.
func (s *setting) fileVariable() string { return s.variable() + "_FILE" }

// fill gives o the default of each setting that it leaves out, at every level. A null
// counts as left out.
func (s *setting) fill(o *object) {
	for _, p := range s.properties {
		if o.values[p.name] == nil && p.fallback != nil {
			o.set(p.name, clone(p.fallback))
		}
		p.fillInside(o.values[p.name])
	}
}

func (s *setting) fillInside(value any) {
	switch v := value.(type) {
	case *object:
		s.fill(v)
		if s.each != nil {
			for _, inner := range v.values {
				s.each.fillInside(inner)
			}
		}
	case []any:
		for _, inner := range v {
			if s.each != nil {
				s.each.fillInside(inner)
			}
		}
	}
}

// clone copies a default. Objects and lists among the defaults are empty.
func clone(value any) any {
	switch value.(type) {
	case *object:
		return newObject()
	case []any:
		return []any{}
	}
	return value
}

// compile returns the validator of the schema, which is made once and safe for concurrent use.
var compile = sync.OnceValue(func() *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schemaText))
	if err != nil {
		panic(err)
	}
	const id = "urn:ilp-connector:config"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(id, document); err != nil {
		panic(err)
	}
	return compiler.MustCompile(id)
})

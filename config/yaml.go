package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// yamlNodesMax bounds the nodes that aliases expand to. Without it, a few lines of YAML
// could stand for more values than memory holds.
const yamlNodesMax = 1 << 20

// parseYAML reads one YAML document into the values that parseJSON returns for the same
// document in JSON. Merge keys and aliases work. The faults are those of parseJSON, and
// those of things that JSON lacks: other tags, several documents.
func parseYAML(text []byte) (any, Faults) {
	if !utf8.Valid(text) {
		return nil, Faults{{Problem: "is not valid UTF-8", Hint: utf8Hint}}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return newObject(), nil
	case err != nil:
		problem := yamlProblem(err)
		return nil, Faults{{Problem: "is not valid YAML: " + problem, Hint: yamlHint(problem)}}
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, Faults{{Problem: "holds more than one YAML document", Hint: "remove everything from the second --- on"}}
	}
	p := yamlParser{left: yamlNodesMax}
	value := p.value("", &document)
	if p.left < 0 {
		return nil, Faults{{Problem: "has aliases that expand to too many values", Hint: "write some of the values out"}}
	}
	return value, p.faults
}

// yamlProblem returns the parser's error without its quotes from the text: an unquoted
// secret that starts with * looks like an alias.
func yamlProblem(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.Contains(text, "anchor") {
		return "an alias (*name) has no anchor, and a value that starts with * needs quotes"
	}
	return text
}

type yamlParser struct {
	faults Faults
	left   int          // nodes that we may still visit
	depth  int          // of the current node
	open   []*yaml.Node // aliases being expanded
}

func (p *yamlParser) fault(path string, n *yaml.Node, problem, hint string) {
	problem += fmt.Sprintf(" (line %d)", n.Line)
	p.faults = append(p.faults, Fault{Path: path, Problem: problem, Hint: hint})
}

func (p *yamlParser) value(path string, n *yaml.Node) any {
	p.depth++
	defer func() { p.depth-- }()
	if p.left--; p.left < 0 {
		return nil
	}
	if p.depth > depthMax {
		p.fault(path, n, "is nested too deeply", depthHint)
		return nil
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return p.value(path, n.Content[0])
	case yaml.AliasNode:
		if slices.Contains(p.open, n.Alias) {
			p.fault(path, n, "contains itself", "remove the alias, or move its anchor")
			return nil
		}
		p.open = append(p.open, n.Alias)
		defer func() { p.open = p.open[:len(p.open)-1] }()
		return p.value(path, n.Alias)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, inner := range n.Content {
			list = append(list, p.value(atIndex(path, i), inner))
		}
		return list
	case yaml.MappingNode:
		return p.mapping(path, n)
	default:
		return p.scalar(path, n)
	}
}

// mapping reads the keys of n itself before the merged ones, because its own keys win.
func (p *yamlParser) mapping(path string, n *yaml.Node) any {
	o := newObject()
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, inner := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			merged = append(merged, inner)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			p.fault(path, key, "has a key that is not a string", "write a key as plain text, or in quotes")
			continue
		}
		where := at(path, key.Value)
		value := p.value(where, inner)
		if _, twice := o.values[key.Value]; twice {
			p.fault(where, key, "is given twice", "remove one of the two")
			continue
		}
		o.set(key.Value, value)
	}
	for _, source := range merged {
		p.merge(path, o, source)
	}
	return o
}

// merge adds to o the keys that it lacks of source, a mapping or a list of mappings.
func (p *yamlParser) merge(path string, o *object, source *yaml.Node) {
	var others []any
	switch v := p.value(path, source).(type) {
	case []any:
		others = v
	default:
		others = []any{v}
	}
	for _, other := range others {
		other, ok := other.(*object)
		if !ok {
			p.fault(path, source, "merges (<<) something that is not a mapping", "name an anchor of keys with values")
			return
		}
		for _, key := range other.keys {
			if _, written := o.values[key]; !written {
				o.set(key, other.values[key])
			}
		}
	}
}

func (p *yamlParser) scalar(path string, n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	case "!!bool":
		truth, err := strconv.ParseBool(strings.ToLower(n.Value))
		if err != nil || len(n.Value) < len("true") {
			p.fault(path, n, "is not a boolean", "use true or false")
		}
		return truth
	case "!!int", "!!float":
		text, ok := yamlNumber(n.Value)
		if !ok {
			p.fault(path, n, "is a number that we cannot use", "write it in plain digits, or in quotes if it is meant as text")
			return json.Number("0")
		}
		return json.Number(text)
	}
	p.fault(path, n, "has a YAML tag that is not supported", "remove the tag")
	return nil
}

// yamlNumber returns the decimal text of a YAML number. It refuses infinity, NaN and a
// leading zero, which YAML 1.1 reads as octal and 1.2 does not.
func yamlNumber(text string) (string, bool) {
	text = strings.ReplaceAll(text, "_", "")
	digits := strings.TrimLeft(text, "+-")
	if prefixBase(digits) != 0 {
		n, err := strconv.ParseInt(text, 0, 64)
		return strconv.FormatInt(n, 10), err == nil
	}
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return "", false
	}
	if digits == "" {
		return "", false
	}
	return number(text)
}

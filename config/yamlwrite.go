package config

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// YAML returns a JSON document as YAML, which Parse reads as the same. comment returns what stands
// behind the value at a path, or nothing.
func YAML(document []byte, comment func(path string) string) ([]byte, error) {
	value, faults := parseJSON("", document)
	if len(faults) > 0 {
		return nil, faults
	}
	node := yamlNode(value)
	annotate("", node, comment)
	return writeYAML(node)
}

func writeYAML(node *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// yamlNode returns a value of parseJSON as a node.
func yamlNode(value any) *yaml.Node {
	switch v := value.(type) {
	case *object:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, key := range v.keys {
			node.Content = append(node.Content, yamlText(key), yamlNode(v.values[key]))
		}
		return node
	case []any:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, inner := range v {
			node.Content = append(node.Content, yamlNode(inner))
		}
		return node
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	case string:
		return yamlText(v)
	case bool:
		node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"}
		if v {
			node.Value = "true"
		}
		return node
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

// yamlText returns a text, in quotes where YAML would read it as something else.
func yamlText(text string) *yaml.Node {
	node := new(yaml.Node)
	node.SetString(text)
	if unquoted := (&yaml.Node{Kind: yaml.ScalarNode, Value: text}); unquoted.ShortTag() != "!!str" {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// annotate puts comments behind the values of a mapping that are no mappings.
func annotate(path string, node *yaml.Node, comment func(string) string) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		inner := at(path, key.Value)
		if value.Kind == yaml.SequenceNode {
			value.Style = yaml.FlowStyle
			for _, one := range value.Content {
				flow(one)
			}
		}
		text := comment(inner)
		if value.Kind == yaml.MappingNode && (len(value.Content) > 0 && text == "") {
			annotate(inner, value, comment)
			continue
		}
		if value.Kind == yaml.MappingNode {
			flow(value) // a reference, or nothing
		}
		value.LineComment = text
	}
}

func flow(node *yaml.Node) {
	node.Style |= yaml.FlowStyle
	for _, inner := range node.Content {
		flow(inner)
	}
}

package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// object is a JSON object that keeps the order of its keys, because the first parent
// in that order counts. Values are nil, bool, string, json.Number, []any and *object.
// Numbers are in the decimal form of the function number.
type object struct {
	keys   []string
	values map[string]any
}

func newObject() *object {
	return &object{values: map[string]any{}}
}

// set gives key a value. A new key goes to the end.
func (o *object) set(key string, value any) {
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

func (o *object) remove(key string) {
	if i := slices.Index(o.keys, key); i >= 0 {
		o.keys = slices.Delete(o.keys, i, i+1)
	}
	delete(o.values, key)
}

// MarshalJSON writes the object with its keys in order.
func (o *object) MarshalJSON() ([]byte, error) { return appendJSON(nil, o) }

// appendJSON appends a value of a document. Values of other types than a document has are written as
// json.Marshal does.
func appendJSON(out []byte, value any) ([]byte, error) {
	var err error
	switch v := value.(type) {
	case *object:
		out = append(out, '{')
		for i, key := range v.keys {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendText(out, key), ':')
			if out, err = appendJSON(out, v.values[key]); err != nil {
				return nil, err
			}
		}
		return append(out, '}'), nil
	case []any:
		out = append(out, '[')
		for i, inner := range v {
			if i > 0 {
				out = append(out, ',')
			}
			if out, err = appendJSON(out, inner); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	case string:
		return appendText(out, v), nil
	}
	text, err := json.Marshal(value)
	return append(out, text...), err
}

// appendText appends a text in quotes, as json.Marshal writes it.
func appendText(out []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // of a text it never fails
			return append(out, quoted...)
		}
	}
	return append(append(append(out, '"'), text...), '"')
}

// plain returns value with objects as maps, the form that the schema validator takes.
func plain(value any) any {
	switch v := value.(type) {
	case *object:
		out := make(map[string]any, len(v.keys))
		for key, inner := range v.values {
			out[key] = plain(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = plain(inner)
		}
		return out
	default:
		return value
	}
}

// parseJSON reads one JSON value. path is the path of the value, for the faults: bad
// syntax (the value is then nil), a key given twice (the first one stays) and a number
// that is too large.
func parseJSON(path string, text []byte) (any, Faults) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, Faults{{Path: path, Problem: "is not valid UTF-8", Hint: utf8Hint}}
	}
	if !json.Valid(text) {
		err := json.Unmarshal(text, new(any)) // says where
		return nil, Faults{{Path: path, Problem: "is not valid JSON: " + syntaxProblem(text, err), Hint: jsonHint(text, err)}}
	}
	if depth(text) > depthMax {
		return nil, Faults{{Path: path, Problem: "is nested too deeply", Hint: depthHint}}
	}
	p := jsonParser{tokens: json.NewDecoder(bytes.NewReader(text))}
	p.tokens.UseNumber()
	value := p.value(path)
	return value, p.faults
}

// depthMax bounds how deeply objects and lists are nested. No setting needs a tenth of
// it.
const depthMax = 100

const (
	depthHint = "use at most 100 levels"
	utf8Hint  = "save it in UTF-8"
)

// depth returns how deeply valid JSON is nested.
func depth(text []byte) int {
	deepest, level := 0, 0
	inString, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// syntaxProblem returns where and why the text stops being JSON. The error of
// encoding/json shows at most one character of the text.
func syntaxProblem(text []byte, err error) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	before := text[:min(int(syntax.Offset), len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - 1 - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("line %d, column %d: %s", line, column, syntax)
}

// jsonParser reads the tokens of valid JSON.
type jsonParser struct {
	tokens *json.Decoder
	faults Faults
}

func (p *jsonParser) value(path string) any {
	token, err := p.tokens.Token()
	if err != nil {
		panic(fmt.Sprintf("config: valid JSON ended early: %v", err))
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return p.array(path)
		}
		return p.object(path)
	case json.Number:
		text, ok := number(t.String())
		if !ok {
			p.faults = append(p.faults, Fault{Path: path, Problem: "is a number too large to use", Hint: "use at most 309 digits, or quotes if it is meant as text"})
			return json.Number("0")
		}
		return json.Number(text)
	default:
		return token
	}
}

func (p *jsonParser) array(path string) any {
	list := []any{}
	for p.tokens.More() {
		list = append(list, p.value(atIndex(path, len(list))))
	}
	_, _ = p.tokens.Token() // the closing bracket
	return list
}

func (p *jsonParser) object(path string) any {
	o := newObject()
	for p.tokens.More() {
		token, _ := p.tokens.Token()
		key, _ := token.(string)
		inner := at(path, key)
		value := p.value(inner)
		if _, twice := o.values[key]; twice {
			p.faults = append(p.faults, Fault{Path: inner, Problem: "is given twice", Hint: "remove one of the two"})
			continue
		}
		o.set(key, value)
	}
	_, _ = p.tokens.Token() // the closing brace
	return o
}

var _ json.Marshaler = (*object)(nil)

package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// optionReader reads the options of a plugin, which the schema leaves open, one by
// one. It records the keys that it has read: all other keys are unknown. Its messages
// never show a value, because options hold secrets.
type optionReader struct {
	path   string
	values map[string]any
	asked  []string
	out    *report
	silent []string // keys that we neither read nor report
	strict bool     // whether unknown keys are faults
	// hints say what to do about some unknown keys, by the path that leads there inside the options.
	hints  map[string]string
	inside string // the path of these options there, with a dot at the end, empty for the whole
}

// ignore records options that we do not use and that deserve no warning.
func (in *optionReader) ignore(keys ...string) { in.silent = append(in.silent, keys...) }

func (in *optionReader) fault(key, problem, hint string) {
	in.out.fault(in.where(key), problem, hint)
}

func (in *optionReader) warn(key, problem, hint string) {
	in.out.warn(in.where(key), problem, hint)
}

func (in *optionReader) where(key string) string {
	if key == "" {
		return in.path
	}
	return pathOf(in.path, []string{key})
}

// below returns what reads the options inside an option.
func (in *optionReader) below(key string, values map[string]any) *optionReader {
	return &optionReader{path: in.where(key), values: values, out: in.out, strict: in.strict, hints: in.hints, inside: in.inside + key + "."}
}

// optionsMost is room for the options of any of our plugins.
const optionsMost = 12

// value returns an option, nil if it is null or left out.
func (in *optionReader) value(key string) any {
	if in.asked == nil {
		in.asked = make([]string, 0, optionsMost)
	}
	in.asked = append(in.asked, key)
	return in.values[key]
}

func (in *optionReader) text(key string) string {
	switch v := in.value(key).(type) {
	case nil:
	case string:
		return v
	default:
		in.fault(key, "is "+typeName(v)+", not a string", "write it in quotes")
	}
	return ""
}

func (in *optionReader) flag(key string, fallback bool) bool {
	switch v := in.value(key).(type) {
	case nil:
	case bool:
		return v
	default:
		in.fault(key, "is "+typeName(v)+", not true or false", "use true or false")
	}
	return fallback
}

func (in *optionReader) object(key string) (*optionReader, bool) {
	switch v := in.value(key).(type) {
	case nil:
	case map[string]any:
		return in.below(key, v), true
	default:
		in.fault(key, "is "+typeName(v)+", not an object", "write keys with values, such as "+objectExample(key))
	}
	return nil, false
}

// elements reads a list. Its steps stand for keys. A missing list has none.
func (in *optionReader) elements(key, example string) *optionReader {
	values := make(map[string]any)
	switch v := in.value(key).(type) {
	case nil:
	case []any:
		for i, element := range v {
			values[stepTo(i)] = element
		}
	default:
		in.fault(key, "is "+typeName(v)+", not a list", "write a list such as "+example)
	}
	list := in.below(key, values)
	list.inside = in.inside + key + anyElement + "."
	return list
}

// steps returns the steps to the elements of a list, in order.
func (in *optionReader) steps() []string {
	all := make([]string, len(in.values))
	for i := range all {
		all[i] = stepTo(i)
	}
	return all
}

// isText reports whether an option is a string or left out, so that text has no fault.
func (in *optionReader) isText(key string) bool {
	_, ok := in.values[key].(string)
	return ok || in.values[key] == nil
}

// objectExample returns an example of an option that is an object.
func objectExample(key string) string {
	switch key {
	case "incoming":
		return `{"tokens": ["a token"]}`
	case "outgoing":
		return `{"url": "https://peer.example/ilp", "token": "a token"}`
	case "jwt":
		return `{"secret": "a long secret"}`
	case "ildcp":
		return `{"clientAddress": "test.acme", "assetCode": "USD", "assetScale": 9}`
	case "async":
		return `{"callbackHosts": ["peer.example"]}`
	case "clientCertificate":
		return `{"ca": "ca.pem", "name": "peer.example"}`
	case "oldToken":
		return `{"token": "the old token", "until": "2026-12-31T12:00:00Z"}`
	case "listener":
		return `{"port": 7768, "secret": "a token"}`
	case "wsOpts":
		return `{"port": 7768}`
	}
	return `{"cert": "cert.pem", "key": "key.pem"}`
}

// port reads a port. Like Node.js, it accepts digits in quotes.
func (in *optionReader) port(key string) (int, bool) {
	v := in.value(key)
	if v == nil {
		return 0, false
	}
	n, ok := wholeNumber(unquotedNumber(v))
	if !ok || n > math.MaxUint16 {
		in.fault(key, "is not a port", "use a whole number from 0 to 65535")
		return 0, true
	}
	return int(n), true
}

// unquotedNumber returns a number for digits in quotes, and any other value as it is.
func unquotedNumber(v any) any {
	if text, quoted := v.(string); quoted && text != "" {
		return json.Number(text)
	}
	return v
}

func (in *optionReader) milliseconds(key string) time.Duration {
	v := in.value(key)
	if v == nil {
		return 0
	}
	return in.duration(key, v)
}

func (in *optionReader) millisecondsList(key string) []time.Duration {
	v := in.value(key)
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		in.fault(key, "is "+typeName(v)+", not a list", "use a list of milliseconds")
		return nil
	}
	out := make([]time.Duration, len(list))
	for i, v := range list {
		out[i] = in.duration(key, v)
	}
	return out
}

func (in *optionReader) duration(key string, v any) time.Duration {
	n, ok := wholeNumber(v)
	if !ok || n > math.MaxInt32 {
		in.fault(key, "is not a time in milliseconds", "use a whole number from 0 to 2147483647")
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// done warns of the unknown options. If the reader is strict, they are faults.
func (in *optionReader) done() { in.doneWith(func(string) string { return "" }) }

// doneWith does so, too. hint says what to do about an option, or is empty.
func (in *optionReader) doneWith(hint func(key string) string) {
	for _, key := range in.unknown() {
		hint := cmp.Or(in.hints[in.inside+key], hint(key), unknownHint(key, in.asked))
		if in.strict {
			in.fault(key, "is not an option of this plugin", hint)
		} else {
			in.warn(key, "is not an option of this plugin and is ignored", hint)
		}
	}
}

// unknown returns the keys that are neither read nor ignored, sorted.
func (in *optionReader) unknown() []string {
	var unknown []string
	for key := range in.values {
		if !slices.Contains(in.asked, key) && !slices.Contains(in.silent, key) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// wholeNumber returns v, from JSON or a program, if it is an integer of at least 0.
func wholeNumber(v any) (int64, bool) {
	switch v.(type) {
	case json.Number, int, int32, int64, uint16, uint32, float64:
		text, ok := number(fmt.Sprint(v))
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && n >= 0
	}
	return 0, false
}

func typeName(v any) string {
	switch v.(type) {
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

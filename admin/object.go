package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// Object is a JSON object whose members keep their order, which is that of the
// accounts in the configuration.
type Object[T any] []Member[T]

// Member is a name and a value of an Object.
type Member[T any] struct {
	Name  string
	Value T
}

// Find is the first member of that name.
func (o Object[T]) Find(name string) (value T, ok bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return value, false
}

// MarshalJSON writes the members in order.
func (o Object[T]) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := encode(m.Value)
		if err != nil {
			return nil, err
		}
		b = append(appendName(b, m.Name), value...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads an object and keeps its order.
func (o *Object[T]) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	*o = Object[T]{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		m := Member[T]{Name: name.(string)} // the decoder accepts no other name
		if err := decoder.Decode(&m.Value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

// Time is a moment in the form of JavaScript: UTC, with milliseconds.
type Time struct{ time.Time }

// timeLayout is what Date.prototype.toISOString writes.
const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the moment.
func (t Time) MarshalJSON() ([]byte, error) { return appendText(nil, t.UTC().Format(timeLayout)), nil }

var (
	_ json.Marshaler   = Object[int](nil)
	_ json.Unmarshaler = (*Object[int])(nil)
	_ json.Marshaler   = Time{}
)

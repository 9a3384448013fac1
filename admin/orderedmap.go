package admin

import (
	"bytes"
	"encoding/json"
	"errors"
)

// OrderedMap is a JSON object whose members keep their order, which is mostly that of the
// accounts in the configuration.
type OrderedMap[T any] []Member[T]

// Member is a name and its value in an OrderedMap.
type Member[T any] struct {
	Name  string
	Value T
}

// Find returns the value of the first member with a name.
func (o OrderedMap[T]) Find(name string) (value T, ok bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return value, false
}

// MarshalJSON returns the members in their order.
func (o OrderedMap[T]) MarshalJSON() ([]byte, error) {
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

// UnmarshalJSON reads an object and keeps the order of its members.
func (o *OrderedMap[T]) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	*o = OrderedMap[T]{}
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

var (
	_ json.Marshaler   = OrderedMap[int](nil)
	_ json.Unmarshaler = (*OrderedMap[int])(nil)
)

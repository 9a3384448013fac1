package config

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// fields is Config without its methods, so that encoding/json reads and writes it by
// the tags alone.
type fields Config

// MarshalJSON writes the configuration in the form that Load reads. Of a secret that came
// from a reference it writes the reference. Other secrets are included.
func (c Config) MarshalJSON() ([]byte, error) {
	if c.Routes == nil {
		c.Routes = []Route{}
	}
	if c.DisableMiddleware == nil {
		c.DisableMiddleware = []string{}
	}
	if c.BackendConfig == nil {
		c.BackendConfig = map[string]any{}
	}
	if c.StoreConfig == nil {
		c.StoreConfig = map[string]any{}
	}
	spread := json.Number(c.Spread)
	if spread == "" {
		spread = "0"
	}
	text, err := json.Marshal(struct {
		fields
		Spread json.Number `json:"spread"`
	}{fields(c), spread})
	if err != nil {
		return nil, err
	}
	return withRefs(text, c.refs())
}

// accountFields is Account without its methods.
type accountFields Account

// MarshalJSON writes the account in the form that ParseAccount reads, with references as
// [Config.MarshalJSON] writes them.
func (a Account) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(accountFields(a))
	if err != nil {
		return nil, err
	}
	return withRefs(text, a.refs())
}

// decode reads a document that the schema has passed and that has its defaults filled
// in.
func decode(document *object) *Config {
	var read struct {
		fields
		Spread json.Number `json:"spread"`
	}
	decodeInto(document, &read)
	c := Config(read.fields)
	c.Spread = read.Spread.String()
	if c.ILPAddress == "unknown" {
		c.ILPAddress = ""
	}
	return &c
}

// decodeInto reads a value of such a document.
func decodeInto(value, into any) {
	text, err := appendJSON(nil, value)
	if err != nil {
		panic(fmt.Sprintf("config: encode: %v", err))
	}
	if err := unmarshal(text, into); err != nil {
		panic(fmt.Sprintf("config: decode: %v", err))
	}
}

// MarshalJSON writes an object with the middlewares in order.
func (ms Middlewares) MarshalJSON() ([]byte, error) {
	o := newObject()
	for _, m := range ms {
		o.set(m.Name, m)
	}
	return o.MarshalJSON()
}

// UnmarshalJSON reads an object and keeps its order.
func (ms *Middlewares) UnmarshalJSON(text []byte) error {
	*ms = Middlewares{}
	return eachEntry(text, func(name string, entry json.RawMessage) error {
		m := Middleware{Name: name}
		if err := unmarshal(entry, &m); err != nil {
			return err
		}
		*ms = append(*ms, m)
		return nil
	})
}

// eachEntry calls visit with the entries of a JSON object, in order.
func eachEntry(text []byte, visit func(key string, value json.RawMessage) error) error {
	entries := json.NewDecoder(bytes.NewReader(text))
	token, err := entries.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("is %v, not an object", token)
	}
	for entries.More() {
		token, err := entries.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		var value json.RawMessage
		if err := entries.Decode(&value); err != nil {
			return err
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}

// unmarshal works like json.Unmarshal, and keeps every digit of numbers in options.
func unmarshal(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

var (
	_ json.Marshaler   = Config{}
	_ json.Marshaler   = Account{}
	_ json.Marshaler   = Middlewares(nil)
	_ json.Unmarshaler = (*Middlewares)(nil)
)

package config

import (
	"encoding/json"
	"slices"
)

// Value is one value of a configuration, as operators see it.
type Value struct {
	// Path is the path of the value, as a [Fault] has it.
	Path string
	// Account is the id of the account that it belongs to, empty for another setting.
	Account string
	// Shown is the value in JSON, without secrets: see [Config.Shown].
	Shown json.RawMessage
	// Default reports whether the configuration leaves the value out.
	Default bool

	text string // the value in JSON, with secrets
}

// Same reports whether two values are the same. It compares secrets too.
func (v Value) Same(w Value) bool { return v.text == w.text }

// Setting returns the name of the setting of the connector that the value is in.
func (v Value) Setting() string { return settingOf(v.Path) }

// Values returns all values of c, with the defaults, in the order of the settings. A list is one
// value, and so is an object whose names are secret.
func (c *Config) Values() []Value {
	shown, _ := parseJSON("", encoded(c.Shown()))
	plain, _ := parseJSON("", encoded(c.reveal()))
	w := valueWalk{config: c}
	w.object("", shown.(*object), plain.(*object), nil)
	return w.values
}

type valueWalk struct {
	config  *Config
	account string // whose values come now
	values  []Value
}

// object adds the values of an object. written is what the configuration has of it, nil outside
// of the accounts.
func (w *valueWalk) object(path string, shown, plain *object, written *object) {
	for _, key := range shown.keys {
		inner := at(path, key)
		switch {
		case path == "accounts":
			a, _ := w.config.Accounts.Find(key)
			entry, _ := parseJSON("", a.Text())
			w.account = key
			w.object(inner, shown.values[key].(*object), plain.values[key].(*object), entry.(*object))
			w.account = ""
			continue
		case path == "":
			written = nil
		}
		below, open := shown.values[key].(*object)
		whole, _ := plain.values[key].(*object)
		if open && whole != nil && len(below.keys) > 0 {
			var known *object
			if written != nil {
				if known, _ = written.values[key].(*object); known == nil {
					known = newObject()
				}
			}
			w.object(inner, below, whole, known)
			continue
		}
		if inner == "accounts" {
			continue // there are none
		}
		isDefault := w.config.given[settingOf(inner)] == ""
		if w.account != "" {
			isDefault = written == nil || written.values[key] == nil
		}
		w.values = append(w.values, Value{
			Path: inner, Account: w.account, Shown: encoded(shown.values[key]), Default: isDefault, text: sortedText(plain.values[key]),
		})
	}
}

// sortedText returns a value in JSON. Objects with the same entries have the same text.
func sortedText(value any) string { return string(encoded(plain(value))) }

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic("config: encode: " + err.Error()) // it was decoded from JSON
	}
	return text
}

// Difference is a value that is not the same in several configurations.
type Difference struct {
	Path    string
	Account string
	// Values has what each configuration has there, in their order, nil for nothing.
	Values []json.RawMessage
	// Same has, for each configuration, the number of the first one with the same value.
	Same []int
}

// Differences returns the values in which configurations differ, in the order of the settings. An
// account that one of them lacks is one value, at the path of the account.
func Differences(all ...*Config) (found []Difference) {
	maps := make([]map[string]Value, len(all))
	var order []Value
	known := make(map[string]bool)
	for i, c := range all {
		maps[i] = make(map[string]Value)
		for _, v := range c.Values() {
			if v.Account != "" && slices.ContainsFunc(all, func(other *Config) bool { return !other.hasAccount(v.Account) }) {
				a, _ := c.Accounts.Find(v.Account)
				shown := a.Shown()
				v = Value{Path: AccountPath(a.ID), Account: a.ID, Shown: shown.Text(), text: a.Hash()}
			}
			if maps[i][v.Path] = v; !known[v.Path] {
				known[v.Path] = true
				order = append(order, v)
			}
		}
	}
	for _, first := range order {
		d := Difference{Path: first.Path, Account: first.Account, Values: make([]json.RawMessage, len(all)), Same: make([]int, len(all))}
		differs := false
		for i := range all {
			v := maps[i][first.Path]
			d.Values[i] = v.Shown
			d.Same[i] = slices.IndexFunc(maps, func(m map[string]Value) bool { return m[first.Path].text == v.text })
			differs = differs || d.Same[i] > 0
		}
		if differs {
			found = append(found, d)
		}
	}
	return found
}

func (c *Config) hasAccount(id string) bool {
	_, there := c.Accounts.Find(id)
	return there
}

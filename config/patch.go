package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// Patch returns an account of c with a JSON Merge Patch (RFC 7396) applied, checked on its own
// as ParseAccount does. The patch may come from a client of the admin API, so it refers to no
// secrets of this machine; references that the account has already stay. A patch that changes the
// server also says the secrets for it, unless force is true.
func (c *Config) Patch(a Account, patch []byte, force bool, known Known) (Account, []Warning, error) {
	path := at("accounts", a.ID)
	value, faults := parseJSON(path, patch)
	change, isObject := value.(*object)
	if !isObject {
		if len(faults) == 0 {
			faults = Faults{{Path: path, Problem: "is changed by no object", Hint: `write the settings to change, such as {"maxPacketAmount": "1000"}`}}
		}
		return Account{}, nil, faults
	}
	r := newReport(map[string]string{})
	for _, fault := range faults {
		r.add(fault)
	}
	if len(r.faults) > 0 {
		return Account{}, nil, r.faults
	}
	whole, faults := parseJSON(path, a.Text())
	if len(faults) > 0 {
		return Account{}, nil, faults
	}
	var before *object
	_, options := change.values["options"]
	if _, plugin := change.values["plugin"]; options || plugin {
		before = copied(whole).(*object)
	}
	merge(whole.(*object), change)
	refuseReferences(a, whole.(*object), known, r)
	refuseModuleFile(a.ID, whole.(*object), a.Plugin, known, r)
	if before != nil {
		refuseOtherServer(a, before, whole.(*object), change, force, known, r)
	}
	if len(r.faults) > 0 {
		return Account{}, nil, r.faults
	}
	return c.parseAccount(a.ID, whole, known, r)
}

// refuseReferences reports the references to secrets in a patched account, but for those that it
// had before. It looks at the whole: another plugin makes references of options that were none.
func refuseReferences(a Account, patched *object, known Known, r *report) {
	entry := patched
	if refs := a.refs(); len(refs) > 0 {
		entry = copied(patched).(*object)
		for _, own := range refs {
			entry.hide(own)
		}
	}
	accounts, document := newObject(), newObject()
	accounts.set(a.ID, entry)
	document.set("accounts", accounts)
	resolve(document, settings(), known, nil, r)
}

// hide replaces a reference by a text, if it is still where and what it was.
func (o *object) hide(own resolved) {
	last := len(own.location) - 1
	around := valueAt(o, own.location[:last])
	if written, ok := child(around, own.location[last]).(*object); ok {
		if ref, problem, _ := readReference(written); problem == "" && ref == own.ref {
			put(around, own.location[last], redacted)
		}
	}
}

// copied returns a deep copy of a document.
func copied(value any) any {
	switch v := value.(type) {
	case *object:
		next := newObject()
		for _, key := range v.keys {
			next.set(key, copied(v.values[key]))
		}
		return next
	case []any:
		next := make([]any, len(v))
		for i := range v {
			next[i] = copied(v[i])
		}
		return next
	}
	return value
}

// merge applies a merge patch to o.
func merge(o, patch *object) {
	for _, key := range patch.keys {
		switch value := patch.values[key].(type) {
		case nil:
			o.remove(key)
		case *object:
			inner, ok := o.values[key].(*object)
			if !ok {
				inner = newObject()
				o.set(key, inner)
			}
			merge(inner, value)
		default:
			o.set(key, value)
		}
	}
}

// Text returns the account in JSON as its operator wrote it: without the defaults, with the
// options, and with references instead of secrets. It is for keeping, and not for showing.
func (a Account) Text() []byte {
	if a.written == nil {
		return a.encoded()
	}
	text := slices.Clip(a.written[:len(a.written)-1]) // an object, without its last brace
	if len(a.Options) > 0 {
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(text, `"options":`...), a.encodedOptions()...)
	}
	return append(text, '}')
}

// encodedOptions returns the options in JSON, with references instead of secrets.
func (a Account) encodedOptions() []byte {
	text, err := json.Marshal(a.Options)
	for _, s := range a.refs() {
		if err == nil {
			text, err = withRef(text, s.location[1:], s.ref)
		}
	}
	if err != nil {
		panic("config: encode: " + err.Error()) // they were decoded from JSON
	}
	return text
}

// encoded returns the account in JSON with the defaults, and with references instead of secrets.
func (a Account) encoded() []byte {
	text, err := json.Marshal(a)
	if err != nil {
		panic("config: encode: " + err.Error()) // it was decoded from JSON
	}
	return text
}

// Hash returns a digest of all settings of the account. The same settings have the same digest,
// however they are written.
func (a Account) Hash() string {
	a.written = nil
	sum := sha256.Sum256(a.Text())
	return hex.EncodeToString(sum[:])
}

// Kept reads an account of Text. It may refer to secrets, which it takes from where those of c
// are.
func (c *Config) Kept(id string, text []byte, known Known) (Account, []Warning, error) {
	value, faults := parseJSON(at("accounts", id), text)
	if value == nil && faults != nil {
		return Account{}, nil, faults
	}
	r := newReport(map[string]string{})
	for _, fault := range faults {
		r.add(fault)
	}
	return c.parseAccount(id, value, known, r)
}

func (c *Config) parseAccount(id string, value any, known Known, r *report) (Account, []Warning, error) {
	return parseAccount(id, value, newSource(c.environ), known, r)
}

// Reloaded returns c with the origins of the settings of next, and with the sources of its
// secrets: c is made of some settings of next, and of others that take a restart.
func (c *Config) Reloaded(next *Config) *Config {
	now := *c
	now.given = maps.Clone(c.given)
	for _, s := range settings().properties {
		setting := s.name
		if !s.reload {
			continue
		}
		delete(now.given, setting)
		if origin, given := next.given[setting]; given {
			if now.given == nil {
				now.given = make(map[string]string)
			}
			now.given[setting] = origin
		}
	}
	now.environ = next.environ
	return &now
}

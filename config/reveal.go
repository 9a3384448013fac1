package config

import (
	"encoding/json"
	"math"
	"slices"
)

// keep records the references that gave secrets, each where its secret is.
func (c *Config) keep(secrets []resolved) {
	for _, s := range secrets {
		if s.account == "" {
			c.resolved = append(c.resolved, s)
			continue
		}
		i := slices.IndexFunc(c.Accounts, func(a Account) bool { return a.ID == s.account })
		if i >= 0 {
			c.Accounts[i].resolved = append(c.Accounts[i].resolved, s)
		}
	}
}

// reveal returns a copy without references, so that its JSON has the secrets.
func (c *Config) reveal() *Config {
	next := *c
	next.resolved = nil
	next.Accounts = slices.Clone(c.Accounts)
	for i := range next.Accounts {
		next.Accounts[i].resolved = nil
	}
	return &next
}

// refs returns the references whose secrets are still in use: a program may have replaced
// others.
func (c *Config) refs() []resolved {
	texts := map[string]any{
		"routingSecret": c.RoutingSecret, "adminApiToken": c.AdminAPIToken, "settlementApiToken": c.SettlementAPIToken,
	}
	if c.Listen != nil && c.Listen.TLS != nil {
		texts["listen"] = map[string]any{"tls": map[string]any{"cert": c.Listen.TLS.Cert, "key": c.Listen.TLS.Key}}
	}
	return slices.DeleteFunc(slices.Clone(c.resolved), func(s resolved) bool { return valueAt(texts, s.location) != any(s.text) })
}

// refs returns the references whose secrets are still in use.
func (a Account) refs() []resolved {
	return slices.DeleteFunc(slices.Clone(a.resolved), func(s resolved) bool {
		return valueAt(a.Options, s.location[1:]) != any(s.text)
	})
}

// withRefs returns JSON with references in the places of their secrets.
func withRefs(text []byte, refs []resolved) ([]byte, error) {
	var err error
	for _, s := range refs {
		if text, err = withRef(text, s.location, s.ref); err != nil {
			return nil, err
		}
	}
	return text, nil
}

func withRef(text []byte, location []string, ref secretRef) ([]byte, error) {
	if len(location) == 0 {
		return json.Marshal(ref)
	}
	var list []json.RawMessage
	if i, inList := stepIndex(location[0], math.MaxInt); inList && json.Unmarshal(text, &list) == nil && i < len(list) {
		next, err := withRef(list[i], location[1:], ref)
		if err != nil {
			return nil, err
		}
		list[i] = next
		return json.Marshal(list)
	}
	o := newObject()
	err := eachEntry(text, func(key string, value json.RawMessage) error {
		o.set(key, value)
		return nil
	})
	if err != nil {
		return nil, err
	}
	inner, _ := o.values[location[0]].(json.RawMessage)
	next, err := withRef(inner, location[1:], ref)
	if err != nil {
		return nil, err
	}
	o.set(location[0], json.RawMessage(next))
	return o.MarshalJSON()
}

// redactRefs returns the references, without their secrets.
func redactRefs(refs []resolved) []resolved {
	for i := range refs {
		refs[i].text = redacted
	}
	return refs
}

// redactOptions returns options without values. Around the secrets of references it keeps the
// names of the options inside.
func redactOptions(options map[string]any, refs []resolved) map[string]any {
	out := redactValues(options)
	for _, s := range refs {
		opened(options, out, s.location[1:len(s.location)-1])
	}
	return out
}

// opened returns the object or list at a location of hidden values. On the way there it shows the
// names of objects and the lengths of lists, which values has, and none of the values inside.
func opened(values, hidden any, location []string) any {
	for _, step := range location {
		values = child(values, step)
		inner := child(hidden, step)
		if inner == redacted {
			switch v := values.(type) {
			case map[string]any:
				inner = redactValues(v)
			case []any:
				inner = slices.Repeat([]any{redacted}, len(v))
			}
			put(hidden, step, inner)
		}
		hidden = inner
	}
	return hidden
}

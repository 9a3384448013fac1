package config

import (
	"reflect"
	"slices"
	"strings"
)

// Replace reads a whole configuration that a client of the admin API wants instead of c. The text
// is in the form of a file, YAML or JSON. Variables do not count.
//
// A value that c shows as [redacted] may stay so in the text, and is the present one then. The
// text refers to no other secrets of this machine than c does, and sends them to no other server.
func (c *Config) Replace(text []byte, known Known) (*Config, []Warning, error) {
	document, faults := parseFile("", text)
	if document == nil {
		return nil, nil, faults
	}
	r := newReport(map[string]string{})
	for _, fault := range faults {
		r.add(fault)
	}
	shown, _ := parseJSON("", encoded(c.Shown()))
	present, _ := parseJSON("", encoded(c))
	uncover("", document, shown, present, r)
	said, _ := parseFile("", text) // which has parsed before
	c.refuseNewReferences(document, present.(*object), said, known, r)
	if len(r.faults) > 0 {
		sortFaults(r.faults, settings())
		return nil, nil, r.faults
	}
	c.thin(document)
	resolve(document, settings(), known, newSource(c.environ), r)
	next, warnings, err := check(document, settings(), known, r, nil)
	next.environ, next.file, next.digest = c.environ, c.file, c.digest
	next.given = make(map[string]string)
	for _, key := range document.keys {
		next.given[key] = "file"
	}
	next.keep(r.resolved)
	return onlySound(next, warnings, err)
}

// thin takes the defaults out of the accounts of a document that their entries in c leave out: a
// client that changes what it was shown sends them all, and means none of them.
func (c *Config) thin(document *object) {
	accounts, _ := document.values["accounts"].(*object)
	if accounts == nil {
		return
	}
	schema := settings().property("accounts").each
	for _, id := range accounts.keys {
		before := newObject()
		if a, there := c.Accounts.Find(id); there {
			before = a.document()
		}
		if entry, ok := accounts.values[id].(*object); ok {
			schema.thin(entry, before)
		}
	}
}

func (s *setting) thin(o, before *object) {
	for _, p := range s.properties {
		value, there := o.values[p.name]
		if !there {
			continue
		}
		inner, isObject := value.(*object)
		was, _ := before.values[p.name].(*object)
		if was == nil {
			was = newObject()
		}
		if isObject && len(p.properties) > 0 {
			p.thin(inner, was)
		}
		if before.values[p.name] == nil && p.fallback != nil && reflect.DeepEqual(plain(value), plain(p.fallback)) {
			o.remove(p.name)
		}
	}
}

// uncover puts the present values in the places of those that are redacted.
func uncover(path string, document, shown, present any, r *report) {
	switch v := document.(type) {
	case *object:
		for _, key := range v.keys {
			uncoverAt(at(path, key), key, document, shown, present, r)
		}
	case []any:
		for i := range v {
			uncoverAt(atIndex(path, i), stepTo(i), document, shown, present, r)
		}
	}
}

// uncoverAt puts the present value in the place behind one step, and inside it.
func uncoverAt(path, step string, document, shown, present any, r *report) {
	switch {
	case child(document, step) != redacted:
		uncover(path, child(document, step), child(shown, step), child(present, step), r)
	case child(shown, step) != redacted:
		r.fault(path, "is "+redacted+", and there is no present value that it could stand for", "write the value itself")
	default:
		put(document, step, copied(child(present, step)))
	}
}

// refuseNewReferences reports the references in a document that c lacks, and the secrets that would
// be sent to another server though the client has not said them: said is what it has sent.
func (c *Config) refuseNewReferences(document, present, said *object, known Known, r *report) {
	for _, s := range settings().references() {
		if !reflect.DeepEqual(valueAt(document, s.location), valueAt(present, s.location)) {
			resolveAt(document, s, nil, r)
		}
	}
	accounts, _ := document.values["accounts"].(*object)
	if accounts == nil {
		return
	}
	for _, id := range accounts.keys {
		entry, ok := accounts.values[id].(*object)
		if !ok {
			continue
		}
		a, there := c.Accounts.Find(id)
		a.ID = id
		refuseReferences(a, entry, known, r)
		refuseModuleFile(id, entry, a.Plugin, known, r)
		if there {
			patch, _ := child(child(said, "accounts"), id).(*object)
			if patch == nil {
				patch = newObject()
			}
			dropRedacted(patch)
			refuseOtherServer(a, a.document(), entry, patch, false, known, r)
		}
	}
}

// dropRedacted takes out of o what is redacted, or has something below that is.
func dropRedacted(o *object) (dropped bool) {
	if o == nil {
		return false
	}
	for _, key := range slices.Clone(o.keys) {
		inner, _ := o.values[key].(*object)
		list, _ := o.values[key].([]any)
		if o.values[key] == redacted || dropRedacted(inner) || slices.ContainsFunc(list, hasRedacted) {
			o.remove(key)
			dropped = true
		}
	}
	return dropped
}

// hasRedacted reports whether a value is redacted, or an object with such a value.
func hasRedacted(value any) bool {
	o, _ := value.(*object)
	return value == redacted || dropRedacted(o)
}

// RefuseRestart returns a fault for each setting in which next differs from c and that takes a
// restart, nil if there is none.
func (c *Config) RefuseRestart(next *Config) error {
	var faults Faults
	for _, change := range Diff(c, next) {
		name := settingOf(change.Path)
		if change.Account != "" || name == "accounts" || Reloads(name) {
			continue
		}
		where := "in the configuration"
		if from := c.given[name]; strings.HasPrefix(from, VariablePrefix) {
			where = "in " + from
		}
		faults = append(faults, Fault{Path: change.Path, Problem: "is another one than now, and takes a restart", Hint: "leave it as it is here, change it " + where + ", and restart"})
	}
	if faults == nil {
		return nil
	}
	return faults
}

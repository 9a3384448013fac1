package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Saved is a file that declares what runs.
type Saved struct {
	// Text is the file. It holds secrets that the configuration holds as texts.
	Text []byte
	// Declares are the accounts and settings that the file declares otherwise than before, by path.
	Declares []string
	// Variables are the variables that win over the file, and say something else or the same.
	Variables []string
	// Bare reports whether comments of the former text are lost.
	Bare bool
}

// Save returns the text of a configuration file that declares what runs, so that a start with it
// needs no change. c is what was declared, and text the file that it was read from, nil if there
// was none. What was edited in the file since stays, unless it runs otherwise than c says. Of running only the settings count that a reload changes: for the others a start uses
// what is declared. Settings of variables stay there, unless they changed or there is no file.
//
// Save reads the new text as a start would. It returns an error unless it says what runs.
func (c *Config) Save(text []byte, running *Config, known Known) (s Saved, err error) {
	declared := c
	if text != nil {
		if declared, _, err = Parse(c.file, text, c.environ, known); err != nil {
			return s, err
		}
	}
	want := *declared
	edits := make(map[string]any) // by setting, but for accounts
	for _, name := range Reloadable() {
		now := running.Setting(name)
		if bytes.Equal(c.Setting(name), now) || bytes.Equal(declared.Setting(name), now) {
			continue
		}
		next, err := want.With(name, now)
		if err != nil {
			return s, err
		}
		want = *next
		edits[name], _ = parseJSON(name, now)
		s.Declares = append(s.Declares, name)
	}
	entries := c.entriesToSave(&want, running, &s)
	if text != nil && len(s.Declares) == 0 {
		s.Text = text
		return s, nil
	}
	if text == nil || declared.given["accounts"] != "file" && len(entries.keys) > 0 {
		if entries = newObject(); declared.given["accounts"] != "" || len(want.Accounts) > 0 {
			all := newObject()
			for _, a := range want.Accounts {
				all.set(a.ID, a.document())
			}
			edits["accounts"] = all
		}
	}
	if text == nil {
		declared.addVariables(edits)
	}
	unset := make(map[string]bool)
	for name := range edits {
		if from := declared.given[name]; from != "" && from != "file" {
			s.Variables = append(s.Variables, from)
			unset[from] = true
		}
	}
	slices.Sort(s.Variables)
	environ := slices.DeleteFunc(slices.Clone(c.environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return unset[name]
	})
	for _, write := range []func([]byte, map[string]any, *object) ([]byte, error){c.editText, c.writeText} {
		if s.Text, err = write(text, edits, entries); err != nil {
			continue
		}
		if err = want.isSaid(c.file, s.Text, environ, known); err == nil {
			return s, nil
		}
		s.Bare = text != nil
	}
	return s, fmt.Errorf("the configuration that runs cannot be written to a file: %w", err)
}

// entriesToSave makes those accounts of want as they run that run otherwise than c declares them.
// It returns and notes what that changes of want: nil for an account that is gone.
func (c *Config) entriesToSave(want, running *Config, s *Saved) *object {
	entries := newObject()
	note := func(id string, entry any) {
		entries.set(id, entry)
		s.Declares = append(s.Declares, AccountPath(id))
	}
	want.Accounts = slices.DeleteFunc(slices.Clone(want.Accounts), func(a Account) bool {
		gone := c.hasAccount(a.ID) && !running.hasAccount(a.ID)
		if gone {
			note(a.ID, nil)
		}
		return gone
	})
	for _, a := range running.Accounts {
		if was, there := c.Accounts.Find(a.ID); there && was.Hash() == a.Hash() {
			continue
		}
		switch i := slices.IndexFunc(want.Accounts, func(w Account) bool { return w.ID == a.ID }); {
		case i < 0:
			want.Accounts = append(want.Accounts, a)
		case want.Accounts[i].Hash() == a.Hash():
			continue
		default:
			want.Accounts[i] = a
		}
		note(a.ID, a.document())
	}
	return entries
}

// document returns the account as its operator wrote it.
func (a Account) document() *object {
	value, _ := parseJSON(a.ID, a.Text())
	return value.(*object)
}

// addVariables adds the settings that came from variables, but for the texts of secrets: these
// stay in their variables.
func (c *Config) addVariables(edits map[string]any) {
	for _, p := range settings().properties {
		from := c.given[p.name]
		if _, there := edits[p.name]; there || from == "" || p.reference && from == p.variable() {
			continue
		}
		edits[p.name], _ = parseJSON(p.name, c.Setting(p.name))
	}
}

// isSaid returns an error unless the text of a file declares c.
func (c *Config) isSaid(name string, text []byte, environ []string, known Known) error {
	read, _, err := Parse(name, text, environ, known)
	if err != nil {
		return err
	}
	if changes := Diff(c, read); len(changes) > 0 {
		return fmt.Errorf("%s would not be as it runs", changes[0].Path)
	}
	for i, a := range c.Accounts { // a reference is not the text that it refers to
		if read.Accounts[i].Hash() != a.Hash() {
			return fmt.Errorf("%s would not be as it runs", AccountPath(a.ID))
		}
	}
	return nil
}

// writeText writes a file anew, with the values of text, which may be nil, and those of edits.
func (c *Config) writeText(text []byte, edits map[string]any, entries *object) ([]byte, error) {
	document := newObject()
	if text != nil {
		read, faults := parseFile(c.file, text)
		if len(faults) > 0 {
			return nil, faults
		}
		document = read
	}
	for _, name := range settings().names() {
		if value, edited := edits[name]; edited {
			document.set(name, value)
		}
	}
	if accounts, ok := document.values["accounts"].(*object); ok {
		for _, id := range entries.keys {
			if accounts.set(id, entries.values[id]); entries.values[id] == nil {
				accounts.remove(id)
			}
		}
	}
	if text != nil && isJSON(c.file, text) {
		var out bytes.Buffer
		err := json.Indent(&out, encoded(document), "", "  ")
		out.WriteByte('\n')
		return out.Bytes(), err
	}
	return writeYAML(yamlNode(document))
}

// editText changes a YAML file where it has to, and leaves comments and the rest as they are.
func (c *Config) editText(text []byte, edits map[string]any, entries *object) ([]byte, error) {
	if text == nil || isJSON(c.file, text) {
		return c.writeText(text, edits, entries)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode {
		return c.writeText(text, edits, entries)
	}
	top := document.Content[0]
	for _, name := range settings().names() {
		if value, edited := edits[name]; edited {
			setNode(top, name, value)
		}
	}
	if i := indexOfKey(top, "accounts"); i >= 0 && top.Content[i+1].Kind == yaml.MappingNode {
		accounts := top.Content[i+1]
		for _, id := range entries.keys {
			setNode(accounts, id, entries.values[id])
		}
	}
	return writeYAML(&document)
}

// setNode sets a key of a mapping to a value, or removes it if that is nil.
func setNode(mapping *yaml.Node, key string, value any) {
	i := indexOfKey(mapping, key)
	switch {
	case i < 0 && value == nil:
	case value == nil:
		mapping.Content = slices.Delete(mapping.Content, i, i+2)
	case i < 0:
		node := yamlNode(value)
		if len(mapping.Content) == 0 {
			mapping.Style = 0 // no braces
		}
		mapping.Content = append(mapping.Content, yamlText(key), node)
	default:
		mapping.Content[i+1] = mergeNode(mapping.Content[i+1], value)
	}
}

func indexOfKey(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// mergeNode returns a node with a value. It is the old one if that has the value, and has the
// comments of the old one otherwise.
func mergeNode(old *yaml.Node, value any) *yaml.Node {
	p := yamlParser{left: yamlNodesMax}
	if was := p.value("", old); len(p.faults) == 0 && reflect.DeepEqual(plain(was), plain(value)) {
		return old
	}
	next, isObject := value.(*object)
	if isObject && old.Kind == yaml.MappingNode && !hasMergeKey(old) {
		for i := 0; i+1 < len(old.Content); {
			if key := old.Content[i].Value; next.values[key] == nil {
				old.Content = slices.Delete(old.Content, i, i+2)
				continue
			}
			i += 2
		}
		for _, key := range next.keys {
			setNode(old, key, next.values[key])
		}
		return old
	}
	node := yamlNode(value)
	node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
	return node
}

func hasMergeKey(mapping *yaml.Node) bool {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].ShortTag() == "!!merge" {
			return true
		}
	}
	return false
}

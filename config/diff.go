package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Kind says how a setting changed.
type Kind int

// The kinds of change.
const (
	Added Kind = iota
	Removed
	Changed
)

// String returns the kind as a word.
func (k Kind) String() string {
	switch k {
	case Added:
		return "added"
	case Removed:
		return "removed"
	default:
		return "changed"
	}
}

// Change is one difference between two configurations. It names a setting, an
// account (accounts.bob, added or removed) or a setting of one
// (accounts.bob.balance), and never a value.
type Change struct {
	Path string
	Kind Kind
	// Account is the id of the account that changed, empty for other settings.
	Account string
}

// String returns the change in words.
func (c Change) String() string { return c.Path + " " + c.Kind.String() }

// Diff returns the changes that turn old into new, in the order of the settings. A
// change of "accounts" itself means that the accounts of both are in another order,
// which matters for parents. A secret behind a reference counts by its text: a new text in
// the same file is a change, and another file with the same text is none.
func Diff(old, new *Config) []Change {
	old, new = old.reveal(), new.reveal()
	var changes []Change
	before, after := entries(old), entries(new)
	for _, s := range settings().properties {
		if s.name == "accounts" {
			changes = append(changes, diffAccounts(old.Accounts, new.Accounts, s.each.names())...)
			continue
		}
		changes = append(changes, diffEntry(s.name, before[s.name], after[s.name])...)
	}
	return changes
}

func diffAccounts(old, new Accounts, names []string) []Change {
	var changes []Change
	var kept, order []string
	for _, a := range old {
		if _, stays := new.Find(a.ID); stays {
			kept = append(kept, a.ID)
			continue
		}
		changes = append(changes, Change{Path: at("accounts", a.ID), Kind: Removed, Account: a.ID})
	}
	for _, a := range new {
		was, known := old.Find(a.ID)
		if !known {
			changes = append(changes, Change{Path: at("accounts", a.ID), Kind: Added, Account: a.ID})
			continue
		}
		order = append(order, a.ID)
		changes = append(changes, diffAccount(was, a, names)...)
	}
	if !slices.Equal(kept, order) {
		changes = append(changes, Change{Path: "accounts", Kind: Changed})
	}
	return changes
}

func diffAccount(old, new Account, names []string) []Change {
	var changes []Change
	before, after := entries(old), entries(new)
	for _, name := range names {
		for _, change := range diffEntry(at("accounts", new.ID, name), before[name], after[name]) {
			change.Account = new.ID
			changes = append(changes, change)
		}
	}
	return changes
}

// AccountPath returns the path of an account, as Change and Fault have it.
func AccountPath(id string) string { return at("accounts", id) }

func diffEntry(path string, old, new json.RawMessage) []Change {
	switch {
	case bytes.Equal(old, new):
		return nil
	case old == nil:
		return []Change{{Path: path, Kind: Added}}
	case new == nil:
		return []Change{{Path: path, Kind: Removed}}
	}
	return []Change{{Path: path, Kind: Changed}}
}

// entries returns the settings of v, each as JSON. Maps come out with their keys
// sorted, so equal values give equal text.
func entries(v any) map[string]json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("config: encode: %v", err))
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(text, &out); err != nil {
		panic(fmt.Sprintf("config: decode: %v", err))
	}
	return out
}

package connector

import (
	"maps"
	"slices"
	"strings"
)

// KeyOwner says whose the keys of a store of the reference are that begin with Prefix. There a key is
// the id of the account and the key of the plugin, with nothing in between.
type KeyOwner struct {
	Prefix string
	// Account is the id of the account. The key of its plugin is Rest and what follows Prefix.
	Account, Rest string
}

// keyOwners finds the accounts of keys.
type keyOwners struct {
	byPrefix map[string]KeyOwner
	chosen   map[string]bool // by an operator
	lengths  []int           // of the prefixes, longest first
}

// newKeyOwners returns the owners of keys that begin with an id of an account, or as an operator has
// chosen.
func newKeyOwners(ids []string, chosen []KeyOwner) *keyOwners {
	o := &keyOwners{byPrefix: make(map[string]KeyOwner), chosen: make(map[string]bool)}
	for _, id := range ids {
		o.byPrefix[id] = KeyOwner{Prefix: id, Account: id}
	}
	for _, c := range chosen {
		o.byPrefix[c.Prefix], o.chosen[c.Prefix] = c, true
	}
	lengths := make(map[int]bool)
	for prefix := range o.byPrefix {
		lengths[len(prefix)] = true
	}
	o.lengths = slices.Sorted(maps.Keys(lengths))
	slices.Reverse(o.lengths)
	return o
}

// find returns whose a key is: the account of the longest prefix that begins it. It returns the key of
// the plugin, too, and the other accounts that it could be of, longest id first. An operator who has chosen
// the prefix leaves no doubt.
func (o *keyOwners) find(key string) (account, plugin string, others []string, found bool) {
	for _, n := range o.lengths {
		if n > len(key) {
			continue
		}
		owner, there := o.byPrefix[key[:n]]
		switch {
		case !there:
		case !found:
			account, plugin, found = owner.Account, owner.Rest+key[n:], true
			if o.chosen[owner.Prefix] {
				return account, plugin, nil, true
			}
		case owner.Account != account && !slices.Contains(others, owner.Account):
			others = append(others, strings.Clone(owner.Account))
		}
	}
	return account, plugin, others, found
}

package connector

import (
	"cmp"
	"slices"
)

// Imported says what ImportStore has done, or would do.
type Imported struct {
	// Module and Version are those of the npm module, Store is where our store is.
	Module  string `json:"module"`
	Version string `json:"version,omitempty"`
	Store   string `json:"store"`
	// ListedBy says how the keys of the module are known.
	ListedBy string `json:"listedBy"`
	DryRun   bool   `json:"dryRun"`
	// Keys is how many keys the module has, and Written how many entries were written.
	Keys    int `json:"keys"`
	Written int `json:"written"`
	// Accounts are those that have keys, in the order of their ids.
	Accounts []*ImportedAccount `json:"accounts"`
	// Different are the keys that have another value in our store, which stays.
	Different KeyList `json:"different"`
	// NoAccount are the keys that begin with the id of no account.
	NoAccount KeyList `json:"noAccount"`
	// LeftOut are the keys that the plugin of their account does not use.
	LeftOut KeyList `json:"leftOut"`
	// Missing are the keys that the module has no value for, although they were listed.
	Missing KeyList `json:"missing"`
	// Unreadable are the keys whose value cannot be taken.
	Unreadable KeyList `json:"unreadable"`
	// Doubts are the pairs of accounts that keys could be of.
	Doubts []*KeyDoubt `json:"doubts"`
}

// ImportedAccount counts the keys of an account.
type ImportedAccount struct {
	ID string `json:"id"`
	// New are not in our store yet, Equal and Different are. Overwritten were different.
	New         int `json:"new"`
	Equal       int `json:"equal"`
	Different   int `json:"different"`
	Overwritten int `json:"overwritten"`
}

// keysShownMax bounds the keys of a KeyList.
const keysShownMax = 10

// KeyList counts keys, and has the first of them.
type KeyList struct {
	Count int        `json:"count"`
	First []KeyShown `json:"first"`
}

// KeyShown is a key, and what there is to say about it.
type KeyShown struct {
	Key string `json:"key"`
	Why string `json:"why,omitempty"`
}

func (l *KeyList) add(key, why string) {
	l.Count++
	if len(l.First) < keysShownMax {
		l.First = append(l.First, KeyShown{key, why})
	}
}

// KeyDoubt says that keys were taken for those of one account, and could be of another one, whose id is
// shorter.
type KeyDoubt struct {
	Taken string `json:"taken"`
	Other string `json:"other"`
	Count int    `json:"count"`
	// First is one of the keys.
	First string `json:"first"`
}

// doubt notes that a key could be of another account.
func (d *Imported) doubt(taken, other, key string) {
	i := slices.IndexFunc(d.Doubts, func(k *KeyDoubt) bool { return k.Taken == taken && k.Other == other })
	if i < 0 {
		i = len(d.Doubts)
		d.Doubts = append(d.Doubts, &KeyDoubt{Taken: taken, Other: other, First: key})
	}
	d.Doubts[i].Count++
}

// sort puts the accounts in order, and makes lists of what would be null in JSON.
func (d *Imported) sort() {
	slices.SortFunc(d.Accounts, func(a, b *ImportedAccount) int { return cmp.Compare(a.ID, b.ID) })
	d.Accounts = slices.Concat([]*ImportedAccount{}, d.Accounts)
	d.Doubts = slices.Concat([]*KeyDoubt{}, d.Doubts)
	for _, l := range []*KeyList{&d.Different, &d.NoAccount, &d.LeftOut, &d.Missing, &d.Unreadable} {
		l.First = slices.Concat([]KeyShown{}, l.First)
	}
}

// Complete reports whether our store has all that the module has for the plugins of our accounts.
func (d *Imported) Complete() bool { return d.Different.Count == 0 && d.Unreadable.Count == 0 }

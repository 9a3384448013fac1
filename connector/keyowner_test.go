package connector

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naiveOwner finds the account of a key by trying all prefixes.
func naiveOwner(ids []string, chosen []KeyOwner, key string) (best KeyOwner, others []string, found bool) {
	var all []KeyOwner
	for _, id := range ids {
		if !slices.ContainsFunc(chosen, func(c KeyOwner) bool { return c.Prefix == id }) {
			all = append(all, KeyOwner{id, id, ""})
		}
	}
	isChosen := func(o KeyOwner) bool { return slices.Contains(chosen, o) }
	all = append(all, chosen...)
	all = slices.DeleteFunc(all, func(o KeyOwner) bool { return !strings.HasPrefix(key, o.Prefix) })
	if len(all) == 0 {
		return KeyOwner{}, nil, false
	}
	slices.SortStableFunc(all, func(a, b KeyOwner) int { return len(b.Prefix) - len(a.Prefix) })
	for _, o := range all[1:] {
		if !isChosen(all[0]) && o.Account != all[0].Account && !slices.Contains(others, o.Account) {
			others = append(others, o.Account)
		}
	}
	return all[0], others, true
}

func TestKeysFallToTheLongestPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab:")), 1, 4, -1)
		ids := rapid.SliceOfNDistinct(text, 1, 6, rapid.ID[string]).Draw(t, "ids")
		chosen := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) KeyOwner {
			return KeyOwner{text.Draw(t, "prefix"), rapid.SampledFrom(ids).Draw(t, "account"), rapid.SampledFrom([]string{"", "r"}).Draw(t, "rest")}
		}), 0, 3, func(o KeyOwner) string { return o.Prefix }).Draw(t, "chosen")
		key := rapid.OneOf(rapid.Just(""), text, rapid.SampledFrom(ids)).Draw(t, "begin") + rapid.StringOfN(rapid.SampledFrom([]rune("ab:c")), 0, 4, -1).Draw(t, "key")
		want, others, found := naiveOwner(ids, chosen, key)
		account, plugin, gotOthers, got := newKeyOwners(ids, chosen).find(key)
		if got != found || account != want.Account || !slices.Equal(gotOthers, others) {
			t.Fatalf("%q of %q, %v: %q, %q, %v; want %+v, %q", key, ids, chosen, account, gotOthers, got, want, others)
		}
		if found && plugin != want.Rest+strings.TrimPrefix(key, want.Prefix) {
			t.Fatalf("%q of %q, %v: the key of the plugin is %q", key, ids, chosen, plugin)
		}
	})
}

// A key is made of an id and a key of a plugin. Unless another id fits, both come back.
func TestKeysOfOneAccountComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab.~_-]{1,4}`)
		ids := rapid.SliceOfNDistinct(text, 1, 6, rapid.ID[string]).Draw(t, "ids")
		id := rapid.SampledFrom(ids).Draw(t, "id")
		own := rapid.StringMatching(`[ab:]{0,4}`).Draw(t, "key")
		account, plugin, others, found := newKeyOwners(ids, nil).find(id + own)
		switch {
		case !found, account == id && plugin != own:
			t.Fatalf("%q + %q of %q: %q, %q, %v", id, own, ids, account, plugin, found)
		case account != id && !slices.Contains(others, id):
			t.Fatalf("%q + %q of %q is taken for %q, without a word: %q", id, own, ids, account, others)
		}
	})
}

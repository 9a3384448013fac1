package engine

import (
	"cmp"
	"slices"
)

// PausePrefixes refuses every new packet whose destination is one of the prefixes, or below one,
// instead of those that it was last called with. Packets of protocols between neighbors (peer.*)
// are not concerned.
func (e *Engine) PausePrefixes(prefixes []string) {
	paused := newPrefixSet(prefixes)
	e.change(func(w *world) { w.paused = paused })
}

// prefixSet holds prefixes in the order of compareAddresses, none of them below another one. So
// of all of them only the last one up to an address can be the address or above it, and a search
// takes a few steps for any number.
type prefixSet []string

func newPrefixSet(prefixes []string) (set prefixSet) {
	for _, prefix := range slices.SortedFunc(slices.Values(prefixes), compareAddresses[string]) {
		if !set.covers([]byte(prefix)) {
			set = append(set, prefix)
		}
	}
	return set
}

// covers reports whether an address is one of the prefixes, or below one.
func (set prefixSet) covers(address []byte) bool {
	i, found := slices.BinarySearchFunc(set, address, compareAddresses[[]byte])
	if found || i == 0 {
		return found
	}
	prefix := set[i-1]
	return len(address) > len(prefix) && string(address[:len(prefix)]) == prefix && address[len(prefix)] == '.'
}

// compareAddresses orders addresses by their bytes, but with the dot before all others: what is
// below an address follows it at once.
func compareAddresses[A string | []byte](a string, b A) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return cmp.Compare(rankOf(a[i]), rankOf(b[i]))
		}
	}
	return cmp.Compare(len(a), len(b))
}

func rankOf(letter byte) int {
	if letter == '.' {
		return -1
	}
	return int(letter)
}

package route

import (
	"maps"
	"slices"
	"strings"
)

// Routes are routes sorted by prefix, at most one to each.
type Routes []Route

func (rs Routes) find(prefix string) (r Route, ok bool) {
	i, ok := slices.BinarySearchFunc(rs, prefix, func(r Route, prefix string) int {
		return strings.Compare(r.Prefix, prefix)
	})
	if !ok {
		return Route{}, false
	}
	return rs[i], true
}

// Entry is a route as the admin API shows it. It has no Auth, which only the routing
// protocol uses.
type Entry struct {
	NextHop string `json:"nextHop"`
	Path    string `json:"path"` // addresses, joined by a space
}

// Entry returns the route as the admin API shows it.
func (r *Route) Entry() Entry {
	return Entry{NextHop: r.NextHop, Path: strings.Join(r.Path, " ")}
}

// Entries returns the routes by prefix, as localRoutingTable in the admin API. Its
// JSON is an object with sorted keys.
func (rs Routes) Entries() map[string]Entry {
	entries := make(map[string]Entry, len(rs))
	for _, r := range rs {
		entries[r.Prefix] = r.Entry()
	}
	return entries
}

// sorted returns the routes of a map in the order of prefixes.
func sorted(best map[string]Route) Routes {
	return slices.SortedFunc(maps.Values(best), func(a, b Route) int {
		return strings.Compare(a.Prefix, b.Prefix)
	})
}

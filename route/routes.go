package route

import (
	"maps"
	"slices"
	"strings"
)

// Routes are routes sorted by prefix, at most one for each: the best we know.
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

// Entry is a route as the admin API shows it. It has no Auth, which is the
// routing protocol's business alone.
type Entry struct {
	NextHop string `json:"nextHop"`
	Path    string `json:"path"` // addresses, joined by a space
}

// Entry is the route as the admin API shows it.
func (r *Route) Entry() Entry {
	return Entry{NextHop: r.NextHop, Path: strings.Join(r.Path, " ")}
}

// Entries is the routes by prefix, as localRoutingTable in the admin API. Its
// JSON is an object with sorted keys.
func (rs Routes) Entries() map[string]Entry {
	entries := make(map[string]Entry, len(rs))
	for _, r := range rs {
		entries[r.Prefix] = r.Entry()
	}
	return entries
}

// sorted is the routes of a map by prefix.
func sorted(best map[string]Route) Routes {
	return slices.SortedFunc(maps.Values(best), func(a, b Route) int {
		return strings.Compare(a.Prefix, b.Prefix)
	})
}

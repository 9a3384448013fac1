package config

import (
	"maps"
	"slices"
	"strings"
)

// Sound reports whether a setting has no fault, and neither has what is inside it or around
// it. The empty path stands for the whole configuration. Every setting is sound but those of a
// [Draft].
func (c *Config) Sound(path string) bool {
	return !slices.ContainsFunc(c.unsound, func(bad string) bool { return within(bad, path) || within(path, bad) })
}

// within reports whether a path is another one, or leads into it.
func within(inner, outer string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// unsound returns the paths with a fault. A fault of the configuration as a whole is there, too.
func (r *report) unsound() []string {
	return slices.Concat(slices.Sorted(maps.Keys(r.faulty)), slices.Sorted(maps.Keys(r.void)))
}

package config

import (
	"math"
	"strconv"
	"strings"
)

// A location leads from a value to one inside it. Its steps are the keys of objects, and [0], [1], ...
// for the elements of lists. In a pattern, anyElement stands for each element of a list.
const anyElement = "[]"

// child returns the value behind one step, nil if there is none.
func child(value any, step string) any {
	inner, _ := childAt(value, step)
	return inner
}

// childAt returns the value behind one step, and whether there is one.
func childAt(value any, step string) (inner any, there bool) {
	switch v := value.(type) {
	case *object:
		if v != nil {
			inner, there = v.values[step]
		}
	case map[string]any:
		inner, there = v[step]
	case []any:
		var i int
		if i, there = stepIndex(step, len(v)); there {
			inner = v[i]
		}
	}
	return inner, there
}

// put sets the value behind one step of an object or a list. A list does not grow.
func put(value any, step string, inner any) {
	switch v := value.(type) {
	case *object:
		v.set(step, inner)
	case map[string]any:
		v[step] = inner
	case []any:
		if i, there := stepIndex(step, len(v)); there {
			v[i] = inner
		}
	}
}

// valueAt returns the value at a location, nil if there is none.
func valueAt(value any, location []string) any {
	for _, step := range location {
		value = child(value, step)
	}
	return value
}

// stepTo returns the step to an element of a list.
func stepTo(i int) string { return "[" + strconv.Itoa(i) + "]" }

// stepIndex returns the index that a step into a list stands for.
func stepIndex(step string, length int) (i int, there bool) {
	digits, begins := strings.CutPrefix(step, "[")
	digits, ends := strings.CutSuffix(digits, "]")
	i, err := strconv.Atoi(digits)
	return i, begins && ends && err == nil && 0 <= i && i < length
}

// places returns the locations that a pattern stands for in a value: one for each element of its
// lists. There may be nothing at a location.
func places(value any, pattern []string) (found [][]string) {
	for i, step := range pattern {
		if step != anyElement {
			value = child(value, step)
			continue
		}
		list, _ := value.([]any)
		for j, element := range list {
			for _, rest := range places(element, pattern[i+1:]) {
				place := append([]string{}, pattern[:i]...)
				found = append(found, append(append(place, stepTo(j)), rest...))
			}
		}
		return found
	}
	return [][]string{pattern}
}

// pathOf returns the path of a location inside path, as a Fault has it.
func pathOf(path string, location []string) string {
	for _, step := range location {
		if _, isIndex := stepIndex(step, math.MaxInt); isIndex {
			path += step
		} else {
			path = at(path, step)
		}
	}
	return path
}

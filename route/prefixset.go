package route

import (
	"iter"
	"slices"
	"strings"
)

// prefixSet is a set of prefixes in the order of their bytes, in which the prefixes
// below one stand together. It is a list of short sorted lists: adding to one of a
// million moves a few hundred words.
type prefixSet struct {
	chunks [][]string // none is empty
}

// chunkMax is the length of a chunk at which it is cut in two.
const chunkMax = 256

// insert adds p, which is not in the set.
func (s *prefixSet) insert(p string) {
	if len(s.chunks) == 0 {
		s.chunks = [][]string{{p}}
		return
	}
	i, j := s.find(p)
	chunk := slices.Insert(s.chunks[i], j, p)
	s.chunks[i] = chunk
	if len(chunk) < chunkMax {
		return
	}
	half := chunkMax / 2
	if i == len(s.chunks)-1 && j == len(chunk)-1 {
		half = j // prefixes come in order: leave full chunks behind
	}
	s.chunks[i] = slices.Clone(chunk[:half])
	s.chunks = slices.Insert(s.chunks, i+1, slices.Clone(chunk[half:]))
}

// remove takes p out of the set, in which it is.
func (s *prefixSet) remove(p string) {
	i, j := s.find(p)
	s.chunks[i] = slices.Delete(s.chunks[i], j, j+1)
	switch {
	case len(s.chunks[i]) == 0:
		s.chunks = slices.Delete(s.chunks, i, i+1)
	case i+1 < len(s.chunks) && len(s.chunks[i])+len(s.chunks[i+1]) <= chunkMax/2:
		s.chunks[i] = slices.Concat(s.chunks[i], s.chunks[i+1])
		s.chunks = slices.Delete(s.chunks, i+1, i+2)
	}
}

// from is the prefixes that do not come before start, in order. The set must not
// change in between.
func (s *prefixSet) from(start string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(s.chunks) == 0 {
			return
		}
		i, j := s.find(start)
		for ; i < len(s.chunks); i, j = i+1, 0 {
			for _, p := range s.chunks[i][j:] {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// find is where p is, or belongs: in chunk i at j. There must be a chunk.
func (s *prefixSet) find(p string) (i, j int) {
	i, found := slices.BinarySearchFunc(s.chunks, p, func(chunk []string, p string) int {
		return strings.Compare(chunk[0], p)
	})
	if !found && i > 0 {
		i-- // p is not before the first of the chunk before
	}
	j, _ = slices.BinarySearch(s.chunks[i], p)
	return i, j
}

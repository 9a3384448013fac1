package route

import (
	"iter"
	"slices"
	"strings"
)

// prefixSet is a set of prefixes in the order of their bytes, so that all prefixes below
// another one are adjacent. It is a list of short sorted lists: an insert into a set of a
// million moves a few hundred words.
type prefixSet struct {
	chunks [][]string // none is empty
	edits  uint       // inserts and removes
}

// chunkMax is the length at which a chunk is cut in two.
const chunkMax = 256

// insert adds p, which must not be in the set.
func (s *prefixSet) insert(p string) {
	s.edits++
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
		half = j // prefixes arrive in order: leave this chunk full
	}
	s.chunks[i] = slices.Clone(chunk[:half])
	s.chunks = slices.Insert(s.chunks, i+1, slices.Clone(chunk[half:]))
}

// remove removes p, which must be in the set.
func (s *prefixSet) remove(p string) {
	s.edits++
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

// from yields the prefixes from start on, in order. If the set changes meanwhile, from
// goes on with the prefixes that come after the last one.
func (s *prefixSet) from(start string) iter.Seq[string] {
	return func(yield func(string) bool) {
		i, j := s.find(start)
		for i < len(s.chunks) {
			if j == len(s.chunks[i]) {
				i, j = i+1, 0
				continue
			}
			p, edits := s.chunks[i][j], s.edits
			if !yield(p) {
				return
			}
			if s.edits != edits {
				i, j = s.find(p)
			}
			if i < len(s.chunks) && j < len(s.chunks[i]) && s.chunks[i][j] == p {
				j++
			}
		}
	}
}

// find returns where p is, or belongs: in chunk i at j. In a set without chunks both are 0.
func (s *prefixSet) find(p string) (i, j int) {
	if len(s.chunks) == 0 {
		return 0, 0
	}
	i, found := slices.BinarySearchFunc(s.chunks, p, func(chunk []string, p string) int {
		return strings.Compare(chunk[0], p)
	})
	if !found && i > 0 {
		i-- // p comes after the first prefix of the chunk before
	}
	j, _ = slices.BinarySearch(s.chunks[i], p)
	return i, j
}

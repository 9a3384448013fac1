package middleware

// Bounds of the memory of duplicates, for its tests.
const (
	OriginalsMax      = originalsMax
	OriginalsBytesMax = originalsBytesMax
	DuplicateShards   = duplicateShards
)

// Len is how many packets the memory knows, Bytes how many bytes of answers it
// keeps.
func (m *Duplicates) Len() (n int) {
	m.each(func(s *duplicateShard) { n += len(s.known) })
	return n
}

// Bytes is like Len.
func (m *Duplicates) Bytes() (n int) {
	m.each(func(s *duplicateShard) { n += s.bytes })
	return n
}

// FreeBytes is how many bytes it keeps for answers to come.
func (m *Duplicates) FreeBytes() (n int) {
	m.each(func(s *duplicateShard) {
		for o := s.free; o != nil; o = o.next {
			n += cap(o.answer)
		}
	})
	return n
}

func (m *Duplicates) each(look func(s *duplicateShard)) {
	for i := range m.shards {
		m.shards[i].mu.Lock()
		look(&m.shards[i])
		m.shards[i].mu.Unlock()
	}
}

package dedupe

import (
	"hash/maphash"

	"github.com/ilp-go/connector/ilp"
)

// Bounds of the memory of duplicates, for its tests.
const (
	OriginalsMax      = originalsMax
	OriginalsBytesMax = originalsBytesMax

	ParkedPerOriginalMax = parkedPerOriginalMax
	ParkedMax            = parkedMax
	ParkedBytesMax       = parkedBytesMax
)

// Parked returns how many duplicates wait, and the bytes of their Prepares.
func (m *Memory) Parked() (count, bytes int) {
	return int(m.parked.count.Load()), int(m.parked.bytes.Load())
}

// InFirstShard reports whether the memory has a packet in its first part.
func (m *Memory) InFirstShard(p ilp.Prepare) bool {
	return m.shard(m.hashOf(p)) == &m.shards[0]
}

// SameBucket reports whether two packets have one bucket in the index of a full shard. A bucket
// may be too full for all of its packets.
func (m *Memory) SameBucket(p, q ilp.Prepare) bool {
	const buckets = originalsMax / recordsPerBucket
	return m.hashOf(p)%buckets == m.hashOf(q)%buckets
}

func (m *Memory) hashOf(p ilp.Prepare) uint64 { return max(maphash.Bytes(m.seed, p.Invariant()), 1) }

// Len is how many packets the memory knows, Bytes how much room it has for answers.
func (m *Memory) Len() (n int) {
	m.each(func(s *duplicateShard) { n += s.len() })
	return n
}

// Bytes is like Len.
func (m *Memory) Bytes() (n int) {
	m.each(func(s *duplicateShard) { n += s.answered.queue.bytes })
	return n
}

// FreeBytes is how many bytes it keeps for answers to come.
func (m *Memory) FreeBytes() (n int) {
	m.each(func(s *duplicateShard) { n += cap(s.answered.queue.spare) })
	return n
}

func (m *Memory) each(look func(s *duplicateShard)) {
	for i := range m.shards {
		m.shards[i].mu.Lock()
		look(&m.shards[i])
		m.shards[i].mu.Unlock()
	}
}

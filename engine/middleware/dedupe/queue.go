package dedupe

import (
	"encoding/binary"

	"github.com/ilp-go/connector/ilp"
)

// queue is the bytes of answers, in chunks. Chunks are added at the end and freed from the
// front. The zero value is empty.
type queue struct {
	chunks [][]byte
	first  uint32 // the number of the first chunk, which goes around
	bytes  int    // that the chunks have room for
	spare  []byte // a chunk that was freed
}

// piece is where an answer is.
type piece struct{ chunk, start, end uint32 }

const (
	chunkMin = 4 << 10
	chunkMax = originalsBytesMax / 16
)

// add adds an answer. It is false if there is no room for it before others are freed.
func (q *queue) add(reply *ilp.Reply) (where piece, ok bool) {
	if !reply.Failed() {
		if where, ok = q.reserve(len(reply.Bytes())); ok {
			copy(q.at(where), reply.Bytes())
		}
		return where, ok
	}
	f := reply.Failure()
	if where, ok = q.reserve(failureLen(f)); ok {
		encodeFailure(q.at(where)[:0], f)
	}
	return where, ok
}

// reserve finds room for n bytes, which stay together.
func (q *queue) reserve(n int) (where piece, ok bool) {
	if len(q.chunks) == 0 || cap(q.last())-len(q.last()) < n {
		if !q.extend(n) {
			return piece{}, false
		}
	}
	last := q.last()
	q.chunks[len(q.chunks)-1] = last[:len(last)+n]
	return piece{q.first + uint32(len(q.chunks)-1), uint32(len(last)), uint32(len(last) + n)}, true
}

func (q *queue) last() []byte { return q.chunks[len(q.chunks)-1] }

// extend adds a chunk with room for n bytes. The more there is, the larger it is.
func (q *queue) extend(n int) bool {
	chunk := q.spare
	if q.spare = nil; cap(chunk) < n {
		chunk = make([]byte, 0, max(n, min(max(chunkMin, q.bytes), chunkMax)))
	}
	if len(q.chunks) > 0 && q.bytes+cap(chunk) > originalsBytesMax {
		q.spare = chunk
		return false
	}
	q.chunks, q.bytes = append(q.chunks, chunk), q.bytes+cap(chunk)
	return true
}

// at returns the bytes of an answer.
func (q *queue) at(where piece) []byte { return q.chunks[where.chunk-q.first][where.start:where.end] }

// freeBefore frees the chunks before that of an answer.
func (q *queue) freeBefore(where piece) {
	for q.first != where.chunk {
		q.free()
	}
}

// clear frees all.
func (q *queue) clear() {
	for len(q.chunks) > 0 {
		q.free()
	}
}

func (q *queue) free() {
	q.spare = q.chunks[0][:0]
	q.bytes -= cap(q.spare)
	q.chunks[0] = nil
	q.chunks = q.chunks[1:]
	q.first++
}

// A failure is kept as its code and the lengths of its texts, and these.
const failureHead = 4 * 4

func failureLen(f ilp.Failure) int {
	return failureHead + len(f.Message) + len(f.Name) + len(f.Data)
}

func encodeFailure(b []byte, f ilp.Failure) {
	b = binary.BigEndian.AppendUint32(b, uint32(f.Code))
	for _, n := range [...]int{len(f.Message), len(f.Name), len(f.Data)} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	b = append(b, f.Message...)
	b = append(b, f.Name...)
	_ = append(b, f.Data...) // there is room
}

// decodeFailure reads what encodeFailure wrote.
func decodeFailure(b []byte) ilp.Failure {
	head, texts := b[:failureHead], b[failureHead:]
	next := func(i int) []byte {
		n := binary.BigEndian.Uint32(head[4*i:])
		text := texts[:n]
		texts = texts[n:]
		return text
	}
	f := ilp.Failure{Code: ilp.Code(binary.BigEndian.Uint32(head))}
	f.Message, f.Name, f.Data = string(next(1)), string(next(2)), append([]byte(nil), next(3)...)
	return f
}

package btp

import (
	"iter"

	"github.com/ilp-go/connector/ilp/oer"
)

// ContentType is the type of the data of an entry. Types that RFC 23 does not name count
// as octets.
type ContentType byte

// The content types of RFC 23.
const (
	OctetStream ContentType = 0
	Text        ContentType = 1
	JSON        ContentType = 2
)

// ILP is the name of the entry that carries an ILP packet.
const ILP = "ilp"

// Entry is one piece of protocol data. An entry of a parsed frame borrows the bytes of the
// frame.
type Entry struct {
	Name        []byte
	ContentType ContentType
	Data        []byte
}

// Len returns the number of entries.
func (p *Packet) Len() int { return p.count }

// Entries returns the entries in the order of the frame. Ranging over them does not
// allocate.
func (p *Packet) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		rest := p.entries
		for range p.count {
			var e Entry
			e, rest, _ = cutEntry(rest) // Parse has seen that it is well formed
			if !yield(e) {
				return
			}
		}
	}
}

// First returns the first entry with that name. In a response, that entry counts.
func (p *Packet) First(name string) (Entry, bool) {
	if p.packet != nil && name == ILP {
		return p.soleEntry(), true
	}
	for e := range p.Entries() {
		if string(e.Name) == name {
			return e, true
		}
	}
	return Entry{}, false
}

// Last returns the last entry with that name. In a request, that entry counts.
func (p *Packet) Last(name string) (last Entry, found bool) {
	if p.packet != nil && name == ILP {
		return p.soleEntry(), true
	}
	for e := range p.Entries() {
		if string(e.Name) == name {
			last, found = e, true
		}
	}
	return last, found
}

// setSole reads protocol data that begins with ilpPrelude.
func (p *Packet) setSole(b []byte) error {
	packet, _, err := oer.CutOctets(b[len(ilpPrelude):])
	if err != nil {
		return wireError(err)
	}
	p.count, p.entries, p.packet = 1, b[len(countOfOne):], packet
	return nil
}

// soleEntry returns the entry that setSole has read.
func (p *Packet) soleEntry() Entry {
	const typeAt = 1 + len(ILP)
	return Entry{Name: p.entries[1:typeAt:typeAt], Data: p.packet}
}

const (
	// entryBytesMin is the length of an entry without name and data.
	entryBytesMin = 3
	// countBytesMax bounds the bytes of the count, as the reference does.
	countBytesMax = 6
)

// cutEntries reads the count at the head of b, and checks that as many entries follow. It
// accepts a count that is not written in the fewest bytes.
func cutEntries(b []byte) (count int, entries []byte, err error) {
	size, rest, err := oer.CutUint8(b)
	if err != nil {
		return 0, nil, ErrShort
	}
	if size < 1 || size > countBytesMax {
		return 0, nil, ErrCount
	}
	digits, rest, err := oer.CutFixed(rest, int(size))
	if err != nil {
		return 0, nil, ErrShort
	}
	var n uint64
	for _, digit := range digits {
		n = n<<8 | uint64(digit)
	}
	if n > uint64(len(rest)/entryBytesMin) {
		return 0, nil, ErrCount
	}
	entries = rest
	for range n {
		if _, rest, err = cutEntry(rest); err != nil {
			return 0, nil, err
		}
	}
	return int(n), entries, nil
}

// cutEntry cuts an entry off b.
func cutEntry(b []byte) (e Entry, rest []byte, err error) {
	if e.Name, rest, err = oer.CutOctets(b); err != nil {
		return Entry{}, nil, wireError(err)
	}
	if len(rest) == 0 {
		return Entry{}, nil, ErrShort
	}
	e.ContentType = ContentType(rest[0])
	if e.Data, rest, err = oer.CutOctets(rest[1:]); err != nil {
		return Entry{}, nil, wireError(err)
	}
	return e, rest, nil
}

package load

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/ilp-go/connector/ilp"
)

// label tells a packet from all others. It is at the head of the data. The rest of the packet
// follows from it, so each receiver of the packet can check all of it.
type label struct {
	run    uint64 // differs in each run, so that no cache knows the packet
	sender uint32
	target uint32 // index among the targets of the run
	seq    uint64 // counts the sender's packets
	// version is the newest version of the prices that had converted a packet when this one was sent.
	version uint32
}

const labelBytes = 8 + 4 + 4 + 8 + 4

func (l label) put(b []byte) {
	_ = b[labelBytes-1]
	binary.BigEndian.PutUint64(b, l.run)
	binary.BigEndian.PutUint32(b[8:], l.sender)
	binary.BigEndian.PutUint32(b[12:], l.target)
	binary.BigEndian.PutUint64(b[16:], l.seq)
	binary.BigEndian.PutUint32(b[24:], l.version)
}

func readLabel(b []byte) label {
	_ = b[labelBytes-1]
	return label{
		run:     binary.BigEndian.Uint64(b),
		sender:  binary.BigEndian.Uint32(b[8:]),
		target:  binary.BigEndian.Uint32(b[12:]),
		seq:     binary.BigEndian.Uint64(b[16:]),
		version: binary.BigEndian.Uint32(b[24:]),
	}
}

// preimage returns what fulfills the packet. A connector that does not look into the data cannot
// know it.
func (l label) preimage() (p [ilp.ConditionBytes]byte) {
	l.put(p[:])
	for i := range p {
		p[i] ^= byte(37*i + 11)
	}
	return p
}

func (l label) condition() [ilp.ConditionBytes]byte {
	p := l.preimage()
	return sha256.Sum256(p[:])
}

// amount returns what the sender sends. It is no multiple of 1000, so a receiver whose units are a
// thousand times larger sees how the connector rounds.
func (l label) amount() uint64 {
	return 1000*(1+l.seq%1000) + 1 + l.seq%999
}

package ilp

import (
	"encoding/binary"
	"time"

	"github.com/ilp-go/connector/ilp/oer"
)

// Offsets inside the contents of a Prepare (RFC 27, "ILP Prepare"):
//
//	amount    8 bytes, big-endian
//	expiry   17 bytes, YYYYMMDDHHMMSSmmm
//	condition 32 bytes
//	destination, data: octet strings
//
// Amount and expiry change from hop to hop. The rest never changes.
const (
	expiryAt      = 8
	conditionAt   = expiryAt + timeBytes
	destinationAt = conditionAt + ConditionBytes
)

// ConditionBytes is the length of a condition and of a fulfillment.
const ConditionBytes = 32

// Prepare is a view of a Prepare packet over borrowed bytes. It is valid until the call
// that was given it returns, and while the bytes do not change. The zero Prepare is no
// packet.
type Prepare struct {
	raw    []byte // from the type byte to the end of the data
	body   int    // where the amount begins
	dst    int    // where the destination's characters begin
	dstEnd int
	data   int // where the data's bytes begin
	expiry int64
	fault  error

	// Batch is the read that brought the packet, nil if no read of a socket did.
	Batch *ReadBatch
}

// ParsePrepare checks the packet that b begins with and returns a view of it. The view
// leaves out bytes after the packet. ParsePrepare drops bytes after the data inside the
// packet, as the reference does, by moving the header of the packet within b. The error
// is one of this package.
func ParsePrepare(b []byte) (Prepare, error) {
	start, end, err := cutEnvelope(b, TypePrepare)
	if err != nil {
		return Prepare{}, err
	}
	contents := b[start:end]
	if len(contents) < destinationAt {
		return Prepare{}, ErrShort
	}
	expiry, ok := parseTime(contents[expiryAt:conditionAt])
	if !ok {
		return Prepare{}, ErrDate
	}
	destination, rest, err := oer.CutOctets(contents[destinationAt:])
	if err != nil {
		return Prepare{}, wireError(err)
	}
	if !ValidAddress(destination) {
		return Prepare{}, ErrDestination
	}
	dstEnd := end - len(rest)
	data, rest, err := oer.CutOctets(rest)
	if err != nil {
		return Prepare{}, wireError(err)
	}
	p := Prepare{
		raw: b[:end:end], body: start,
		dst: dstEnd - len(destination), dstEnd: dstEnd,
		data: end - len(rest) - len(data), expiry: expiry,
	}
	if len(rest) > 0 {
		p.dropTail(end - len(rest))
	}
	return p, nil
}

// dropTail makes the packet end at end: it writes a header with the shorter length right
// before the contents. A shorter length never needs more bytes.
func (p *Prepare) dropTail(end int) {
	n := end - p.body
	from := p.body - 1 - oer.LengthSize(n)
	appendEnvelope(p.raw[from:from], TypePrepare, n)
	p.raw = p.raw[from:end:end]
	p.body -= from
	p.dst -= from
	p.dstEnd -= from
	p.data -= from
}

// Malformed returns a Prepare that stands for bytes which are no Prepare, with the reason.
// Links hand it on, so that it is limited, counted and answered like any other packet.
func Malformed(fault error, batch *ReadBatch) Prepare {
	return Prepare{fault: fault, Batch: batch}
}

// Fault returns the reason why the packet is malformed, nil if it is not. The amount of a
// malformed packet is 0, and its other parts are empty.
func (p *Prepare) Fault() error { return p.fault }

// Bytes returns the encoded packet.
func (p *Prepare) Bytes() []byte { return p.raw }

// Amount returns the amount, in units of the account that the packet travels on.
func (p *Prepare) Amount() uint64 {
	if p.raw == nil {
		return 0
	}
	return binary.BigEndian.Uint64(p.raw[p.body:])
}

// SetAmount patches the amount in place.
func (p *Prepare) SetAmount(amount uint64) {
	binary.BigEndian.PutUint64(p.raw[p.body:], amount)
}

// Expiry returns the time after which the packet must not be fulfilled, in Unix
// milliseconds.
func (p *Prepare) Expiry() int64 { return p.expiry }

// ExpiresAt returns Expiry as a time.
func (p *Prepare) ExpiresAt() time.Time { return time.UnixMilli(p.expiry).UTC() }

// SetExpiry patches the expiry, in Unix milliseconds, in place. It clamps the expiry to the
// years 1970 to 9999.
func (p *Prepare) SetExpiry(ms int64) {
	ms = min(max(ms, 0), expiryMax)
	p.expiry = ms
	putTime(p.raw[p.body+expiryAt:p.body+conditionAt], ms)
}

// Condition returns the 32 bytes whose preimage fulfills the packet.
func (p *Prepare) Condition() []byte {
	if p.raw == nil {
		return nil
	}
	return p.raw[p.body+conditionAt : p.body+destinationAt]
}

// Destination returns the address that the packet is for. It is valid.
func (p *Prepare) Destination() []byte { return p.raw[p.dst:p.dstEnd] }

// Data returns the end-to-end payload.
func (p *Prepare) Data() []byte { return p.raw[p.data:] }

// Invariant returns the part that no hop changes: condition, destination and data.
func (p *Prepare) Invariant() []byte {
	if p.raw == nil {
		return nil
	}
	return p.raw[p.body+conditionAt:]
}

// Clone appends a copy of the packet's bytes to buf[:0], and returns a view of the copy,
// and the copy. The view has no batch, as it is made to outlive the read.
func (p *Prepare) Clone(buf []byte) (Prepare, []byte) {
	buf = append(buf[:0], p.raw...)
	c := *p
	c.Batch = nil
	if p.raw != nil {
		c.raw = buf
	}
	return c, buf
}

// Draft is a Prepare packet that is not encoded yet.
type Draft struct {
	Amount      uint64
	Expiry      int64 // Unix milliseconds
	Condition   [ConditionBytes]byte
	Destination string
	Data        []byte
}

// Append appends the encoded packet.
func (d *Draft) Append(b []byte) []byte {
	n := destinationAt + oer.OctetsSize(len(d.Destination)) + oer.OctetsSize(len(d.Data))
	b = appendEnvelope(b, TypePrepare, n)
	b = binary.BigEndian.AppendUint64(b, d.Amount)
	var expiry [timeBytes]byte
	putTime(expiry[:], d.Expiry)
	b = append(b, expiry[:]...)
	b = append(b, d.Condition[:]...)
	b = oer.AppendOctets(b, d.Destination)
	return oer.AppendOctets(b, d.Data)
}

package ilp

import "github.com/ilp-go/connector/ilp/oer"

// Fulfill is a Fulfill packet that is not encoded yet (RFC 27, "ILP Fulfill").
type Fulfill struct {
	Fulfillment [ConditionBytes]byte
	Data        []byte
}

// Append appends the encoded packet.
func (f *Fulfill) Append(b []byte) []byte {
	b = appendEnvelope(b, TypeFulfill, ConditionBytes+oer.OctetsSize(len(f.Data)))
	b = append(b, f.Fulfillment[:]...)
	return oer.AppendOctets(b, f.Data)
}

// parseFulfill parses a Fulfill.
func parseFulfill(b []byte) (Reply, error) {
	start, end, err := cutEnvelope(b, TypeFulfill)
	if err != nil {
		return Reply{}, err
	}
	if end-start < ConditionBytes {
		return Reply{}, ErrShort
	}
	payload, _, _, err := cutSpan(b[start+ConditionBytes:end], end)
	if err != nil {
		return Reply{}, err
	}
	return Reply{raw: b[:end:end], fixed: start, payload: payload}, nil
}

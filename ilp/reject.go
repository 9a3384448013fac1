package ilp

import "github.com/ilp-go/connector/ilp/oer"

// codeBytes is the length of an error code on the wire.
const codeBytes = 3

// Reject is a Reject packet that is not encoded yet (RFC 27, "ILP Reject").
type Reject struct {
	Code        Code
	TriggeredBy string
	Message     string
	Data        []byte
}

// Append appends the encoded packet.
func (r *Reject) Append(b []byte) []byte {
	n := codeBytes + oer.OctetsSize(len(r.TriggeredBy)) +
		oer.OctetsSize(len(r.Message)) + oer.OctetsSize(len(r.Data))
	b = appendEnvelope(b, TypeReject, n)
	b = r.Code.append(b)
	b = oer.AppendOctets(b, r.TriggeredBy)
	b = oer.AppendOctets(b, r.Message)
	return oer.AppendOctets(b, r.Data)
}

func parseReject(b []byte) (Reply, error) {
	start, end, err := cutEnvelope(b, TypeReject)
	if err != nil {
		return Reply{}, err
	}
	if end-start < codeBytes {
		return Reply{}, ErrShort
	}
	if !codeOf(b[start:end]).Valid() {
		return Reply{}, ErrCode
	}
	r := Reply{raw: b[:end:end], fixed: start}
	var by, rest []byte
	if r.by, by, rest, err = cutSpan(b[start+codeBytes:end], end); err != nil {
		return Reply{}, err
	}
	if len(by) > 0 && !ValidAddress(by) {
		return Reply{}, ErrTriggeredBy
	}
	if r.msg, _, rest, err = cutSpan(rest, end); err != nil {
		return Reply{}, err
	}
	if r.payload, _, _, err = cutSpan(rest, end); err != nil {
		return Reply{}, err
	}
	return r, nil
}

package btp

import (
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// Error is an Error frame that is not encoded yet: the answer to a request that could not
// be served. Its codes look like ILP codes but mean something else (RFC 23, "Error").
type Error struct {
	Code        ilp.Code
	Name        string    // the code's name, such as NotAcceptedError
	TriggeredAt time.Time // between the years 0 and 9999
	Data        string
}

// ErrorView holds the fields of an Error frame, as borrowed bytes.
type ErrorView struct {
	Code        []byte // three bytes
	Name        []byte
	TriggeredAt []byte // a generalized time if the peer keeps to RFC 23
	Data        []byte
}

// timeLayout is the generalized time of RFC 23.
const timeLayout = "20060102150405.000Z"

// AppendError appends an Error frame without protocol data.
func AppendError(b []byte, requestID uint32, e Error) []byte {
	n := codeBytes + oer.OctetsSize(len(e.Name)) + oer.OctetsSize(len(timeLayout)) +
		oer.OctetsSize(len(e.Data)) + entriesSize(nil)
	b = appendHead(b, TypeError, requestID, n)
	b = append(b, byte(e.Code>>16), byte(e.Code>>8), byte(e.Code))
	b = oer.AppendOctets(b, e.Name)
	b = oer.AppendLength(b, len(timeLayout))
	b = e.TriggeredAt.UTC().AppendFormat(b, timeLayout)
	b = oer.AppendOctets(b, e.Data)
	return appendEntries(b, nil)
}

// ErrorView returns the fields of an Error frame, or the zero ErrorView for other frames.
func (p *Packet) ErrorView() ErrorView {
	if p.Type != TypeError {
		return ErrorView{}
	}
	v, _, _ := cutError(p.contents) // Parse has seen that it is well formed
	return v
}

// cutError cuts off the part of an Error that comes before the protocol data.
func cutError(b []byte) (v ErrorView, rest []byte, err error) {
	if v.Code, rest, err = oer.CutFixed(b, codeBytes); err != nil {
		return ErrorView{}, nil, ErrShort
	}
	for _, field := range []*[]byte{&v.Name, &v.TriggeredAt, &v.Data} {
		if *field, rest, err = oer.CutOctets(rest); err != nil {
			return ErrorView{}, nil, wireError(err)
		}
	}
	return v, rest, nil
}

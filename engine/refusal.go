package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/rate"
)

// Malformed returns the failure of bytes that are no Prepare: F01 for a packet of
// another type, F00 for everything else, as the reference answers.
func Malformed(fault error) ilp.Failure {
	var typ ilp.TypeError
	switch {
	case errors.As(fault, &typ):
		return ilp.Failure{Code: ilp.F01, Message: typ.Error()}
	case errors.Is(fault, ilp.ErrEmpty):
		return ilp.Failure{Code: ilp.F01, Message: "invalid packet type received. type=undefined"}
	}
	return ilp.Failure{Code: ilp.F00, Message: fault.Error()}
}

// noRate returns the cause and the answer of a packet between assets that have no rate. That rates
// were not loaded yet, or are too old, passes with time; that an asset has none does not.
func noRate(err error) (Cause, ilp.Reply) {
	switch {
	case errors.As(err, new(*rate.StalePrice)):
		return causeStaleRate, ilp.Fail(ilp.T00, err.Error())
	case rate.Temporary(err):
		return causeNoRate, ilp.Fail(ilp.T00, err.Error())
	}
	if coded, ok := errors.AsType[rate.Coded](err); ok {
		return causeNoRate, ilp.Fail(coded.ILPCode(), err.Error())
	}
	return causeNoRate, ilp.Fail(ilp.F00, err.Error())
}

// tooLarge returns the answer to a packet whose amount the next account cannot
// express. Its data says which would have been the largest: both amounts as
// 64-bit integers, so that a sender can cut its packets (RFC 27, F08).
func tooLarge(amount uint64, r rate.Rate) ilp.Reply {
	return AmountTooLarge(amount, largest(r)).Reply()
}

// AmountTooLarge returns the failure of a packet whose amount is over the largest
// that is accepted.
func AmountTooLarge(amount, largest uint64) ilp.Failure {
	data := binary.BigEndian.AppendUint64(nil, amount)
	return ilp.Failure{
		Code:    ilp.F08,
		Message: fmt.Sprintf("packet size too large. maxAmount=%d actualAmount=%d", largest, amount),
		Data:    binary.BigEndian.AppendUint64(data, largest),
	}
}

// largest returns the largest amount that r converts to at most 64 bits:
// floor(x*num/den) <= max holds up to x = ceil((max+1)*den/num) - 1.
func largest(r rate.Rate) uint64 {
	q := r.Rat()
	x := new(big.Int).Add(new(big.Int).SetUint64(math.MaxUint64), big.NewInt(1))
	x.Mul(x, q.Denom())
	x.Add(x, new(big.Int).Sub(q.Num(), big.NewInt(1)))
	x.Quo(x, q.Num())
	x.Sub(x, big.NewInt(1))
	if !x.IsUint64() {
		return math.MaxUint64
	}
	return x.Uint64()
}

// iso returns a time in Unix milliseconds as JavaScript writes it.
func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// encode makes a Reject of a failure, triggered by our address.
func (p *Packet) encode() {
	f := p.reply.Failure()
	reject := ilp.Reject{Code: f.Code, TriggeredBy: p.world.address, Message: f.Message, Data: f.Data}
	if !f.Code.Valid() {
		reject.Code = ilp.T00 // of a link or a middleware that made up a code
	}
	if len(f.Data) > 0 {
		p.replyBuf = nil // where a parked answer lies, whose data this may be
	}
	p.replyBuf = reject.Append(p.replyBuf[:0])
	batch := p.reply.Batch
	reply, err := ilp.ParseReply(p.replyBuf)
	if err != nil { // our own address is not one
		reject.TriggeredBy = ""
		p.replyBuf = reject.Append(p.replyBuf[:0])
		reply, _ = ilp.ParseReply(p.replyBuf)
	}
	p.reply = reply
	p.reply.Batch = batch
}

package test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// The packets of the crash tests. One can tell from a packet who sent it, and from a balance which packets are in
// it. Each sender has a few slots, with at most one packet on its way in each, and the amount in a slot is always
// the same:
//
//	amount of slot j  =  unit * 1024^j
//
// So a balance that is made of them, divided by the unit, has in its digits to the base 1024 how many packets of
// each slot are in it, as long as none has more than 1023. Whatever the moment of a crash, a slot can be in doubt
// about one packet alone, so that the digit says of each packet whether it is in the ledger: not at all, once, or
// more often. (One that is lost could make up for another one of its slot that is there twice, but not in each slot
// and each time.)
const (
	digitBits = 10
	digitMax  = 1<<digitBits - 1
	slotsMax  = 6 // a balance has 63 bits
)

// crashAmount is what a packet of a slot moves.
func crashAmount(unit uint64, slot int) uint64 { return unit << (digitBits * slot) }

// digitsOf reads the counts off a balance. It fails if this is no sum of whole packets.
func digitsOf(balance *big.Int, unit uint64, slots int) (counts []int, err error) {
	whole, rest := new(big.Int).QuoRem(balance, new(big.Int).SetUint64(unit), new(big.Int))
	if balance.Sign() < 0 || rest.Sign() != 0 || whole.BitLen() > digitBits*slots {
		return nil, fmt.Errorf("%s is not made of whole packets", balance)
	}
	for j := range slots {
		digit := new(big.Int).Rsh(whole, uint(digitBits*j)).Uint64() & digitMax
		counts = append(counts, int(digit))
	}
	return counts, nil
}

// stamp tells the packets of a test apart: the number is that of the packet in its slot, from 1.
type stamp struct{ sender, slot, number int }

func (l stamp) bytes() []byte {
	return []byte{'c', 'r', 'a', 's', 'h', byte(l.sender), byte(l.slot), byte(l.number >> 8), byte(l.number)}
}

// stampOf reads a stamp from where bytes ends.
func stampOf(b []byte) stamp {
	b = b[max(0, len(b)-9):]
	if !bytes.HasPrefix(b, []byte("crash")) {
		return stamp{}
	}
	return stamp{int(b[5]), int(b[6]), int(b[7])<<8 | int(b[8])}
}

// id is the request id of a packet at its sender.
func (l stamp) id() uint32 { return uint32(l.number)<<8 | uint32(l.slot) }

// preimage is the fulfillment.
func (l stamp) preimage() [sha256.Size]byte { return sha256.Sum256(l.bytes()) }

// prepare is the BTP message with the packet of a stamp.
func (l stamp) prepare(amount uint64, destination string, expiry time.Time) []byte {
	preimage := l.preimage()
	condition := sha256.Sum256(preimage[:])
	parts := prepareParts{
		amount:      binary.BigEndian.AppendUint64(nil, amount),
		expiry:      []byte(wireTime(expiry)),
		condition:   condition[:],
		destination: octetString([]byte(destination)),
		data:        octetString(l.bytes()),
	}
	return btp(btpMessage, l.id(), entry{Name: "ilp", Hex: hexOf(parts.bytes())})
}

// fulfill is the BTP response with the Fulfill of a packet of a stamp.
func (l stamp) fulfill(id uint32) []byte {
	preimage := l.preimage()
	contents := append(preimage[:], octetString(nil)...)
	return btp(btpResponse, id, entry{Name: "ilp", Hex: hexOf(envelope(13, contents))})
}

var errNotPacket = errors.New("it is no BTP packet with an ILP packet in it")

// parseILP is what a BTP packet is, and the contents of the ILP packet in it, whose type is 0 if there is none.
func parseILP(b []byte) (btpType byte, id uint32, ilpType byte, contents []byte, err error) {
	c := &cursor{rest: b}
	btpType, id = c.take(1)[0], binary.BigEndian.Uint32(c.take(4))
	entries := &cursor{rest: c.octetString()}
	if count := entries.take(2); c.failed || entries.failed || count[0] != 1 {
		return 0, 0, 0, nil, errNotPacket
	}
	for len(entries.rest) > 0 {
		name := entries.octetString()
		entries.take(1)
		data := &cursor{rest: entries.octetString()}
		if string(name) == "ilp" {
			ilpType, contents = data.take(1)[0], data.octetString()
		}
		if entries.failed || data.failed {
			return 0, 0, 0, nil, errNotPacket
		}
	}
	return btpType, id, ilpType, contents, nil
}

// crashClient is the connection of an account to the connector. What it sends goes out when it has read all that
// there is.
type crashClient struct {
	*socket
	out *bufio.Writer
}

// dialCrash connects with the secret of an account and waits until that has been taken.
func dialCrash(port int, id string) (*crashClient, error) {
	s, err := dialSocket(port, "/")
	if err != nil {
		return nil, err
	}
	c := &crashClient{socket: s, out: bufio.NewWriterSize(s.conn, 64<<10)}
	c.send(login(1, secretOf(id)))
	if message := c.receive(); len(message) == 0 || message[0] != btpResponse {
		s.conn.Close()
		return nil, fmt.Errorf("login: %s", describeBTP(message))
	}
	return c, nil
}

// send sends a message, sooner or later. Its mask is no mask, so that the message can be found in a trace.
func (c *crashClient) send(message []byte) {
	b := frameOf(true, binaryFrame, false, nil)
	switch n := len(message); {
	case n < 126:
		b[1] = byte(n)
	default:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	b[1] |= 0x80
	b = append(b, 0, 0, 0, 0)
	_, _ = c.out.Write(append(b, message...)) // the next read fails as well
}

// receive waits for the next message. There is none when the connection has ended.
func (c *crashClient) receive() []byte {
	for {
		if c.in.Buffered() == 0 {
			_ = c.out.Flush()
		}
		opcode, payload, err := c.read()
		switch {
		case err != nil, opcode == closeFrame:
			return nil
		case opcode == binaryFrame:
			return payload
		}
	}
}

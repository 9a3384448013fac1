package xrpl

import (
	"encoding/binary"
	"fmt"
)

// What is put before the serialised fields before they are hashed or signed.
var (
	prefixSign = []byte("STX\x00")
	prefixID   = []byte("TXN\x00")
)

// amountPositive is the bit of an amount that says that it is not below zero.
const amountPositive = 1 << 62

// lengthMax bounds the fields of variable length, in bytes: what two bytes of length can say.
const lengthMax = 12480

// encode returns the fields of t in canonical order, or only those that the account signs.
func (t *Transaction) encode(signedOnly bool) ([]byte, error) {
	present, err := t.present()
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, f := range present {
		if signedOnly && f.unsigned {
			continue
		}
		b = appendHeader(b, f.kind, f.code)
		if b, err = appendValue(b, f.place(t)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return b, nil
}

// appendHeader writes what field follows: both codes in one byte, and a code above 15 in a
// byte of its own.
func appendHeader(b []byte, k kind, code byte) []byte {
	if code < 16 {
		return append(b, byte(k)<<4|code)
	}
	return append(b, byte(k)<<4, code)
}

// appendValue writes the field at a place.
func appendValue(b []byte, place any) ([]byte, error) {
	switch p := place.(type) {
	case *TransactionType:
		return binary.BigEndian.AppendUint16(b, uint16(*p)), nil
	case *uint32:
		return binary.BigEndian.AppendUint32(b, *p), nil
	case **uint32:
		return binary.BigEndian.AppendUint32(b, **p), nil
	case *Drops:
		return appendAmount(b, *p)
	case **Drops:
		return appendAmount(b, **p)
	case *Hash:
		return append(b, p[:]...), nil
	case *Bytes:
		return appendBlob(b, *p)
	case *PublicKey:
		return appendBlob(b, p[:])
	case **PublicKey:
		return appendBlob(b, (*p)[:])
	case *AccountID:
		return appendBlob(b, p[:])
	default:
		panic(fmt.Sprintf("xrpl: no field is a %T", place))
	}
}

func appendAmount(b []byte, d Drops) ([]byte, error) {
	if d > MaxDrops {
		return nil, fmt.Errorf("amount %d: %w", uint64(d), errTooMuch)
	}
	return binary.BigEndian.AppendUint64(b, amountPositive|uint64(d)), nil
}

// appendBlob writes the length in one byte up to 192, else in two, and the bytes.
func appendBlob(b, blob []byte) ([]byte, error) {
	switch n := len(blob); {
	case n <= 192:
		b = append(b, byte(n))
	case n <= lengthMax:
		b = append(b, byte(193+(n-193)>>8), byte(n-193))
	default:
		return nil, fmt.Errorf("%d bytes are more than %d", n, lengthMax)
	}
	return append(b, blob...), nil
}

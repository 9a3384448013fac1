package xrpl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// blobMax bounds a serialised transaction, in bytes. Ours have a few hundred.
const blobMax = 64 << 10

var errShort = errors.New("transaction ends in the middle of a field")

// Decode reads a serialised transaction. It takes only the canonical form, so that the same
// bytes come out of it again. It refuses types and fields that Transaction does not have,
// transactions for several signers, and amounts of tokens. It does not check the signature.
func Decode(blob []byte) (*Transaction, error) {
	if len(blob) > blobMax {
		return nil, fmt.Errorf("transaction has %d bytes: it may have %d", len(blob), blobMax)
	}
	t := &Transaction{NoFlags: true}
	seen := make(map[string]bool)
	last := -1
	for r := (reader{blob}); len(r.b) > 0; {
		k, code, err := r.header()
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(fields, func(f field) bool { return f.kind == k && f.code == code })
		if i < 0 {
			return nil, fmt.Errorf("transaction has a field that is not known, %d of type %d", code, k)
		}
		f := fields[i]
		if i <= last {
			return nil, fmt.Errorf("%s is not in its place: fields must be in canonical order", f.name)
		}
		last, seen[f.name] = i, true
		if err := r.value(f.place(t)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	t.NoFlags = !seen["Flags"]
	if err := t.lawful(seen); err != nil {
		return nil, err
	}
	return t, nil
}

// lawful refuses a transaction that lacks a field, has one that its type does not have, or
// has one with the value that stands for its absence.
func (t *Transaction) lawful(seen map[string]bool) error {
	if _, ok := laws[t.Type]; !ok {
		return fmt.Errorf("%v is not known", t.Type)
	}
	for _, f := range fields {
		switch {
		case t.requires(f.name) && !seen[f.name]:
			return fmt.Errorf("%v needs the field %s", t.Type, f.name)
		case seen[f.name] && !t.allows(f.name):
			return fmt.Errorf("%v has no field %s", t.Type, f.name)
		case seen[f.name] && !t.has(f.name):
			return fmt.Errorf("%s is 0, which means that it is absent: leave it out", f.name)
		}
	}
	return nil
}

// reader reads what is left of a transaction.
type reader struct{ b []byte }

// take returns the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n > len(r.b) {
		return nil, errShort
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken, nil
}

// header reads which field follows. A code below 16 must be in the first byte.
func (r *reader) header() (k kind, code byte, err error) {
	first, err := r.take(1)
	if err != nil {
		return 0, 0, err
	}
	codes := [2]byte{first[0] >> 4, first[0] & 15}
	for i := range codes {
		if codes[i] != 0 {
			continue
		}
		long, err := r.take(1)
		if err != nil {
			return 0, 0, err
		}
		if codes[i] = long[0]; long[0] < 16 {
			return 0, 0, errors.New("a field's header is longer than it must be")
		}
	}
	return kind(codes[0]), codes[1], nil
}

// value reads a field into its place.
func (r *reader) value(place any) (err error) {
	switch p := place.(type) {
	case *TransactionType:
		b, err := r.take(2)
		if err == nil {
			*p = TransactionType(binary.BigEndian.Uint16(b))
		}
		return err
	case *uint32:
		*p, err = r.uint32()
	case **uint32:
		*p = new(uint32)
		**p, err = r.uint32()
	case *Drops:
		*p, err = r.amount()
	case **Drops:
		*p = new(Drops)
		**p, err = r.amount()
	case *Hash:
		b, err := r.take(len(p))
		copy(p[:], b)
		return err
	case *Bytes:
		b, err := r.blob()
		*p = append(Bytes{}, b...)
		return err
	case *PublicKey:
		return r.publicKey(p)
	case **PublicKey:
		*p = new(PublicKey)
		return r.publicKey(*p)
	case *AccountID:
		return r.exactly(p[:])
	default:
		panic(fmt.Sprintf("xrpl: no field is a %T", place))
	}
	return err
}

func (r *reader) uint32() (uint32, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

// amount reads drops. Their first bit is 0 (a token has 1), the second is 1 (not below zero).
func (r *reader) amount() (Drops, error) {
	b, err := r.take(8)
	if err != nil {
		return 0, err
	}
	switch n := binary.BigEndian.Uint64(b); {
	case n>>62 != 1:
		return 0, errors.New("it is not an amount of XRP of 0 or more")
	case Drops(n-amountPositive) > MaxDrops:
		return 0, errTooMuch
	default:
		return Drops(n - amountPositive), nil
	}
}

// blob reads bytes of variable length. The length must have its shortest form.
func (r *reader) blob() ([]byte, error) {
	first, err := r.take(1)
	if err != nil {
		return nil, err
	}
	n := int(first[0])
	switch {
	case n > 240:
		return nil, fmt.Errorf("it has more than %d bytes", lengthMax)
	case n > 192:
		second, err := r.take(1)
		if err != nil {
			return nil, err
		}
		n = 193 + (n-193)<<8 + int(second[0])
	}
	return r.take(n)
}

// exactly reads bytes of variable length that must have the length of to.
func (r *reader) exactly(to []byte) error {
	b, err := r.blob()
	if err != nil {
		return err
	}
	if len(b) != len(to) {
		return fmt.Errorf("it has %d bytes and must have %d", len(b), len(to))
	}
	copy(to, b)
	return nil
}

func (r *reader) publicKey(k *PublicKey) error {
	if err := r.exactly(k[:]); err != nil {
		return err
	}
	if !k.known() {
		return errNoKey
	}
	return nil
}

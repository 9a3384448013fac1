package xrpl

import (
	"fmt"
	"slices"
)

// kind is how a field is serialised: the type code of its header.
type kind byte

const (
	kindUInt16  kind = 1
	kindUInt32  kind = 2
	kindHash256 kind = 5
	kindAmount  kind = 6
	kindBlob    kind = 7
	kindAccount kind = 8
)

// field is one field of the ledger's format, and where a Transaction has it.
type field struct {
	name string
	kind kind
	code byte // the field code of its header
	// place points to the field: to a value, or to a pointer if nil means that it is absent.
	place func(*Transaction) any
	// unsigned marks a field that the account's signature does not cover.
	unsigned bool
}

// fields holds all known fields in canonical order: by type code, then by field code.
// XRP Ledger, "Serialization Format"; npm ripple-binary-codec has the codes.
var fields = []field{
	{"TransactionType", kindUInt16, 2, func(t *Transaction) any { return &t.Type }, false},
	{"NetworkID", kindUInt32, 1, func(t *Transaction) any { return &t.NetworkID }, false},
	{"Flags", kindUInt32, 2, func(t *Transaction) any { return &t.Flags }, false},
	{"SourceTag", kindUInt32, 3, func(t *Transaction) any { return &t.SourceTag }, false},
	{"Sequence", kindUInt32, 4, func(t *Transaction) any { return &t.Sequence }, false},
	{"Expiration", kindUInt32, 10, func(t *Transaction) any { return &t.Expiration }, false},
	{"DestinationTag", kindUInt32, 14, func(t *Transaction) any { return &t.DestinationTag }, false},
	{"LastLedgerSequence", kindUInt32, 27, func(t *Transaction) any { return &t.LastLedgerSequence }, false},
	{"SetFlag", kindUInt32, 33, func(t *Transaction) any { return &t.SetFlag }, false},
	{"ClearFlag", kindUInt32, 34, func(t *Transaction) any { return &t.ClearFlag }, false},
	{"CancelAfter", kindUInt32, 36, func(t *Transaction) any { return &t.CancelAfter }, false},
	{"SettleDelay", kindUInt32, 39, func(t *Transaction) any { return &t.SettleDelay }, false},
	{"TicketSequence", kindUInt32, 41, func(t *Transaction) any { return &t.TicketSequence }, false},
	{"Channel", kindHash256, 22, func(t *Transaction) any { return &t.Channel }, false},
	{"Amount", kindAmount, 1, func(t *Transaction) any { return &t.Amount }, false},
	{"Balance", kindAmount, 2, func(t *Transaction) any { return &t.Balance }, false},
	{"Fee", kindAmount, 8, func(t *Transaction) any { return &t.Fee }, false},
	{"PublicKey", kindBlob, 1, func(t *Transaction) any { return &t.PublicKey }, false},
	{"SigningPubKey", kindBlob, 3, func(t *Transaction) any { return &t.SigningPubKey }, false},
	{"TxnSignature", kindBlob, 4, func(t *Transaction) any { return &t.TxnSignature }, true},
	// A claim's signature is not signed by the account either, although it looks like any field.
	{"Signature", kindBlob, 6, func(t *Transaction) any { return &t.Signature }, true},
	{"Domain", kindBlob, 7, func(t *Transaction) any { return &t.Domain }, false},
	{"Account", kindAccount, 1, func(t *Transaction) any { return &t.Account }, false},
	{"Destination", kindAccount, 3, func(t *Transaction) any { return &t.Destination }, false},
}

// law says which fields a type has beside those that all have.
type law struct {
	name     string
	required []string
	optional []string
}

var laws = map[TransactionType]law{
	Payment:              {"Payment", []string{"Destination", "Amount"}, []string{"DestinationTag"}},
	AccountSet:           {"AccountSet", nil, []string{"SetFlag", "ClearFlag", "Domain"}},
	PaymentChannelCreate: {"PaymentChannelCreate", []string{"Destination", "Amount", "SettleDelay", "PublicKey"}, []string{"CancelAfter", "DestinationTag"}},
	PaymentChannelFund:   {"PaymentChannelFund", []string{"Channel", "Amount"}, []string{"Expiration"}},
	PaymentChannelClaim:  {"PaymentChannelClaim", []string{"Channel"}, []string{"Balance", "Amount", "Signature", "PublicKey"}},
}

// The fields of every type.
var (
	requiredOfAll = []string{"TransactionType", "Account", "Sequence", "Fee"}
	optionalOfAll = []string{"Flags", "NetworkID", "SourceTag", "LastLedgerSequence", "TicketSequence", "SigningPubKey", "TxnSignature"}
)

// requires reports whether each transaction of t's type has the field. Such a field may be zero.
func (t *Transaction) requires(name string) bool {
	return slices.Contains(requiredOfAll, name) || slices.Contains(laws[t.Type].required, name)
}

// allows reports whether transactions of t's type may have the field.
func (t *Transaction) allows(name string) bool {
	return t.requires(name) || slices.Contains(optionalOfAll, name) || slices.Contains(laws[t.Type].optional, name)
}

// has reports whether t has the field.
func (t *Transaction) has(name string) bool {
	if name == "Flags" {
		return !t.NoFlags
	}
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	return t.requires(name) || !isZero(fields[i].place(t))
}

// isZero reports whether the field at a place is absent, if it is an optional one.
func isZero(place any) bool {
	switch p := place.(type) {
	case *TransactionType:
		return *p == 0
	case *uint32:
		return *p == 0
	case **uint32:
		return *p == nil
	case *Drops:
		return *p == 0
	case **Drops:
		return *p == nil
	case *Hash:
		return *p == Hash{}
	case *Bytes:
		return *p == nil
	case *PublicKey:
		return *p == PublicKey{}
	case **PublicKey:
		return *p == nil
	case *AccountID:
		return *p == AccountID{}
	default:
		panic(fmt.Sprintf("xrpl: no field is a %T", place))
	}
}

// present returns the fields that t has, in canonical order. It refuses a field that the
// type does not have, and a required one that is nil.
func (t *Transaction) present() (all []field, err error) {
	if _, ok := laws[t.Type]; !ok {
		return nil, fmt.Errorf("%v is not known", t.Type)
	}
	for _, f := range fields {
		set := f.name == "Flags" && t.Flags != 0 || f.name != "Flags" && !isZero(f.place(t))
		switch {
		case set && !t.allows(f.name):
			return nil, fmt.Errorf("%v has no field %s", t.Type, f.name)
		case !set && t.requires(f.name) && nilable(f.place(t)):
			return nil, fmt.Errorf("%v needs the field %s", t.Type, f.name)
		case t.has(f.name):
			all = append(all, f)
		}
	}
	return all, nil
}

// nilable reports whether the field at a place is nil when it is absent.
func nilable(place any) bool {
	switch place.(type) {
	case **uint32, **Drops, **PublicKey, *Bytes:
		return true
	default:
		return false
	}
}

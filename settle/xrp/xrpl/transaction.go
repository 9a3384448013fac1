package xrpl

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/clip"
)

// TransactionType says what a transaction does.
type TransactionType uint16

// The types that this package reads and writes.
const (
	Payment              TransactionType = 0
	AccountSet           TransactionType = 3
	PaymentChannelCreate TransactionType = 13
	PaymentChannelFund   TransactionType = 14
	PaymentChannelClaim  TransactionType = 15
)

// Bits of Transaction.Flags.
const (
	FlagFullyCanonicalSig uint32 = 0x8000_0000 // without effect today, and set by much software
	FlagRenew             uint32 = 0x0001_0000 // PaymentChannelClaim: the owner clears Expiration
	FlagClose             uint32 = 0x0002_0000 // PaymentChannelClaim: close the channel
)

// Values of Transaction.SetFlag and ClearFlag that concern channels.
const (
	AccountRequireDest             uint32 = 1
	AccountDisableMaster           uint32 = 4
	AccountDepositAuth             uint32 = 9
	AccountDisallowIncomingPayChan uint32 = 14
)

// Transaction holds a transaction of one of the types above. A field that the type does not
// have must be zero, and an optional field that is absent is zero too. Times are in seconds
// since 2000-01-01 UTC (Time converts them), and amounts are in drops: amounts of tokens
// are refused.
//
// Decode(blob) and Sign agree to the byte. Whatever they cannot show here they refuse.
type Transaction struct {
	Type    TransactionType
	Account AccountID
	Fee     Drops
	Flags   uint32
	NoFlags bool // the field Flags is left out, which the ledger takes for 0

	Sequence           uint32 // 0 with a ticket
	TicketSequence     uint32 // 0: none
	LastLedgerSequence uint32 // the last ledger that may hold the transaction; 0: any may, so never do that with money
	NetworkID          uint32 // required on networks whose id is above 1024, and refused on others; 0: absent
	SourceTag          *uint32
	DestinationTag     *uint32 // Payment, PaymentChannelCreate

	Destination AccountID  // Payment, PaymentChannelCreate
	Amount      *Drops     // what is paid, put in, or (PaymentChannelClaim, optional) signed by the claim
	SettleDelay uint32     // PaymentChannelCreate: seconds from the owner's request to the close
	PublicKey   *PublicKey // PaymentChannelCreate: the channel's key; PaymentChannelClaim: the same, with Signature
	CancelAfter *uint32    // PaymentChannelCreate: the time at which the channel ends
	Channel     Hash       // PaymentChannelFund, PaymentChannelClaim
	Expiration  *uint32    // PaymentChannelFund: a new time at which the channel may be closed
	Balance     *Drops     // PaymentChannelClaim: what the channel has paid in all after this
	Signature   Bytes      // PaymentChannelClaim: the signature of the claim; nil: none

	SetFlag   uint32 // AccountSet: the setting to switch on; 0: none
	ClearFlag uint32 // AccountSet: the setting to switch off; 0: none
	Domain    Bytes  // AccountSet: nil leaves it, and empty bytes remove it

	SigningPubKey PublicKey // Sign sets it
	TxnSignature  Bytes     // Sign sets it; nil: not signed
}

// networkIDLast is the last id of a network whose transactions must not name it.
const networkIDLast = 1024

// check refuses what the ledger would refuse whatever its state is, and what would lose
// money. Decode is milder: others may send such a transaction.
func (t *Transaction) check() error {
	switch {
	case (t.Sequence == 0) != (t.TicketSequence != 0):
		return errors.New("field Sequence must be above 0, or 0 with a TicketSequence")
	case t.NetworkID != 0 && t.NetworkID <= networkIDLast:
		return fmt.Errorf("field NetworkID %d must be left out: networks up to %d refuse it", t.NetworkID, networkIDLast)
	case t.NoFlags && t.Flags != 0:
		return errors.New("field Flags is not 0, and NoFlags leaves it out")
	case t.Amount != nil && *t.Amount == 0:
		return errors.New("field Amount must be above 0")
	case t.Balance != nil && *t.Balance == 0:
		return errors.New("field Balance must be above 0")
	case t.has("Destination") && t.Destination == AccountID{}:
		return errors.New("field Destination is missing")
	case t.has("Destination") && t.Destination == t.Account:
		return errors.New("field Destination must be another account than Account")
	case t.has("Channel") && t.Channel == Hash{}:
		return errors.New("field Channel is missing")
	case t.Signature != nil && (t.PublicKey == nil || t.Balance == nil):
		return errors.New("field Signature needs PublicKey and Balance")
	case t.Type == PaymentChannelClaim && t.Flags&FlagRenew != 0 && t.Flags&FlagClose != 0:
		return errors.New("field Flags must not both renew and close a channel")
	case len(t.Domain) > 256:
		return fmt.Errorf("field Domain has %d bytes: it may have 256", len(t.Domain))
	}
	return nil
}

// String returns the name of the type.
func (t TransactionType) String() string {
	if l, ok := laws[t]; ok {
		return l.name
	}
	return fmt.Sprintf("transaction type %d", uint16(t))
}

// MarshalText returns the name of the type.
func (t TransactionType) MarshalText() ([]byte, error) {
	if _, ok := laws[t]; !ok {
		return nil, fmt.Errorf("%v is not known", t)
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads the name of a type that this package knows.
func (t *TransactionType) UnmarshalText(text []byte) error {
	for known, l := range laws {
		if l.name == string(text) {
			*t = known
			return nil
		}
	}
	return fmt.Errorf("transaction type %q is not known", clip.UTF8(text, 40))
}

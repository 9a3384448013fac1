package xrplsim

import (
	"strings"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// transaction is a signed transaction of a client.
type transaction struct {
	*xrpl.Transaction
	blob []byte
	id   xrpl.Hash
}

// rules are what the network has agreed on.
type rules struct {
	baseFee     xrpl.Drops
	openFee     xrpl.Drops // that gets a transaction into the open ledger
	reserveBase xrpl.Drops
	reserveEach xrpl.Drops
	networkID   uint32
}

// reserve returns what an account with so many channels must keep.
func (r *rules) reserve(owned uint32) xrpl.Drops {
	return r.reserveBase + xrpl.Drops(owned)*r.reserveEach
}

// env is the ledger that a transaction is tried in.
type env struct {
	rules
	index       uint32
	parentClose uint32 // the time that expirations are compared with
	open        bool
	retry       bool // a pass in which a tec result means: try again later
	failHard    bool // a tec result must not cost the fee
}

// attempt applies a transaction to s if the rules let it. The result says why not, or, if it
// begins with tec, that only the fee was taken. Only preflight has to come before.
func (s *state) attempt(t *transaction, e *env) (result string, applied bool, nodes []any) {
	if result := s.preclaim(t, e); result != tesSUCCESS {
		return result, false, nil
	}
	v := newView(s)
	from := v.account(t.Account)
	before := from.balance // rippled's preclaim looks at the balance with the fee still in it
	v.pay(from, min(t.Fee, from.balance))
	from.sequence++
	switch result = v.do(t, e, before); {
	case result == tesSUCCESS:
	case isTec(result) && !e.retry && !e.failHard:
		v = newView(s)
		from = v.account(t.Account)
		v.pay(from, min(t.Fee, from.balance))
		from.sequence++
	default:
		return result, false, nil
	}
	return result, true, v.commit(mark{t.id, e.index})
}

// preclaim checks the sequence number, the fee and the signer against the state.
func (s *state) preclaim(t *transaction, e *env) string {
	from, ok := s.accounts[t.Account]
	switch {
	case !ok:
		return terNOACCOUNT
	case t.TicketSequence >= from.sequence && t.TicketSequence != 0:
		return terPRETICKET
	case t.TicketSequence != 0:
		return tefNOTICKET // nobody can make one here
	case t.Sequence > from.sequence:
		return terPRESEQ
	case t.Sequence < from.sequence:
		return tefPASTSEQ
	case t.LastLedgerSequence != 0 && t.LastLedgerSequence < e.index:
		return tefMAXLEDGER
	case e.open && t.Fee < e.baseFee:
		return telINSUFFEEP
	case from.balance < t.Fee && (e.open || from.balance == 0):
		return terINSUFFEEB
	}
	signer := t.SigningPubKey.Account()
	switch master := signer == t.Account; {
	case signer == from.regularKey && from.regularKey != (xrpl.AccountID{}):
	case master && from.flags&lsfDisableMaster != 0:
		return tefMASTERDISABLED
	case !master:
		return tefBADAUTH
	}
	return tesSUCCESS
}

// do executes a transaction. before is the balance of its account before it paid the fee.
func (v *view) do(t *transaction, e *env, before xrpl.Drops) string {
	if before < t.Fee {
		return tecINSUFFEE
	}
	switch t.Type {
	case xrpl.Payment:
		return v.payment(t, e, before)
	case xrpl.AccountSet:
		return v.accountSet(t)
	case xrpl.PaymentChannelCreate:
		return v.createChannel(t, e, before)
	case xrpl.PaymentChannelFund:
		return v.fundChannel(t, e)
	default:
		return v.claim(t, e)
	}
}

// preflight checks what does not depend on the ledger. The signature is checked before.
func (r *rules) preflight(t *transaction) string {
	named := t.NetworkID != 0
	switch {
	case r.networkID <= 1024 && named:
		return telNONCANONICAL
	case r.networkID > 1024 && !named:
		return telNEEDSNETWORK
	case named && t.NetworkID != r.networkID:
		return telWRONGNETWORK
	case t.Flags&^(xrpl.FlagFullyCanonicalSig|allowedFlags(t.Type)) != 0:
		return temINVALIDFLAG
	case t.Fee > xrpl.MaxDrops:
		return temBADFEE
	case t.Amount != nil && *t.Amount == 0, t.Balance != nil && *t.Balance == 0:
		return temBADAMOUNT
	}
	switch t.Type {
	case xrpl.Payment:
		if t.Destination == t.Account {
			return temREDUNDANT
		}
	case xrpl.PaymentChannelCreate:
		if t.Destination == t.Account {
			return temDSTISSRC
		}
	case xrpl.AccountSet:
		if t.SetFlag != 0 && t.SetFlag == t.ClearFlag {
			return temINVALIDFLAG
		}
	case xrpl.PaymentChannelClaim:
		return preflightClaim(t)
	}
	return tesSUCCESS
}

// allowedFlags returns the flags of a type beside those of all types.
func allowedFlags(t xrpl.TransactionType) uint32 {
	if t == xrpl.PaymentChannelClaim {
		return xrpl.FlagClose | xrpl.FlagRenew
	}
	return 0
}

// final reports whether a result means that the transaction will never apply as it is.
func final(result string) bool {
	return strings.HasPrefix(result, "tem") || strings.HasPrefix(result, "tef")
}

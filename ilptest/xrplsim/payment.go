package xrplsim

import "github.com/ilp-go/connector/settle/xrp/xrpl"

// Flags of accounts that mean something here.
const (
	lsfRequireDest             uint32 = 0x0002_0000
	lsfDisableMaster           uint32 = 0x0010_0000
	lsfDepositAuth             uint32 = 0x0100_0000
	lsfDisallowIncomingPayChan uint32 = 0x1000_0000
)

// accountFlags are the flags that AccountSet switches: asf... to lsf...
var accountFlags = map[uint32]uint32{
	xrpl.AccountRequireDest:             lsfRequireDest,
	2:                                   0x0004_0000, // asfRequireAuth
	3:                                   0x0008_0000, // asfDisallowXRP, which servers do not enforce
	xrpl.AccountDisableMaster:           lsfDisableMaster,
	8:                                   0x0080_0000, // asfDefaultRipple
	xrpl.AccountDepositAuth:             lsfDepositAuth,
	xrpl.AccountDisallowIncomingPayChan: lsfDisallowIncomingPayChan,
}

// payment moves XRP, and makes the account that it goes to if there is none.
func (v *view) payment(t *transaction, e *env, before xrpl.Drops) string {
	from, to := v.account(t.Account), v.account(t.Destination)
	switch {
	case to == nil && *t.Amount < e.reserve(0):
		return tecNODSTINSUFXRP
	case to != nil && to.flags&lsfRequireDest != 0 && t.DestinationTag == nil:
		return tecDSTTAGNEEDED
	case before < *t.Amount+max(e.reserve(from.owned), t.Fee):
		return tecUNFUNDEDPAYMENT
	case to != nil && to.flags&lsfDepositAuth != 0 && (*t.Amount > e.reserve(0) || to.balance > e.reserve(0)):
		return tecNOPERMISSION
	}
	if to == nil {
		to = v.create(t.Destination, e.index)
	}
	from.balance -= *t.Amount
	to.balance += *t.Amount
	return tesSUCCESS
}

// accountSet switches flags, and sets the domain.
func (v *view) accountSet(t *transaction) string {
	a := v.account(t.Account)
	if t.SetFlag == xrpl.AccountDisableMaster && a.regularKey == (xrpl.AccountID{}) {
		return tecNOALTERNATIVEKEY
	}
	a.flags |= accountFlags[t.SetFlag]
	a.flags &^= accountFlags[t.ClearFlag]
	if t.Domain != nil {
		a.domain = string(t.Domain)
	}
	return tesSUCCESS
}

package xrplsim

import (
	"math"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// createChannel opens a channel. before is the owner's balance before the fee.
func (v *view) createChannel(t *transaction, e *env, before xrpl.Drops) string {
	owner, to := v.account(t.Account), v.account(t.Destination)
	reserve := e.reserve(owner.owned + 1)
	switch {
	case before < reserve:
		return tecINSUFFICIENTRESERVE
	case before < reserve+*t.Amount:
		return tecUNFUNDED
	case to == nil:
		return tecNODST
	case to.flags&lsfDisallowIncomingPayChan != 0:
		return tecNOPERMISSION
	case to.flags&lsfRequireDest != 0 && t.DestinationTag == nil:
		return tecDSTTAGNEEDED
	case t.CancelAfter != nil && e.parentClose > *t.CancelAfter:
		return tecEXPIRED
	case owner.balance < *t.Amount: // the fee was more than the reserve
		return tecINVARIANTFAILED
	}
	id := xrpl.ChannelID(t.Account, t.Destination, t.Sequence)
	v.channels[id] = &channel{
		id: id, owner: t.Account, destination: t.Destination, amount: *t.Amount, key: *t.PublicKey,
		settleDelay: t.SettleDelay, cancelAfter: t.CancelAfter, sourceTag: t.SourceTag, destinationTag: t.DestinationTag,
	}
	owner.balance -= *t.Amount
	owner.owned++
	return tesSUCCESS
}

// expired reports whether any transaction that touches the channel removes it.
func (c *channel) expired(e *env) bool {
	return c.cancelAfter != nil && e.parentClose >= *c.cancelAfter || c.expiration != nil && e.parentClose >= *c.expiration
}

// fundChannel adds to a channel, and may set when it expires.
func (v *view) fundChannel(t *transaction, e *env) string {
	c := v.channel(t.Channel)
	switch {
	case c == nil:
		return tecNOENTRY
	case c.expired(e):
		return v.closeChannel(c)
	case c.owner != t.Account:
		return tecNOPERMISSION
	}
	if t.Expiration != nil {
		earliest := later(e.parentClose, c.settleDelay)
		if c.expiration != nil {
			earliest = min(earliest, *c.expiration)
		}
		if *t.Expiration < earliest {
			return temBADEXPIRATION
		}
		c.expiration = t.Expiration
	}
	owner := v.account(t.Account) // has paid the fee
	reserve := e.reserve(owner.owned)
	switch {
	case owner.balance < reserve:
		return tecINSUFFICIENTRESERVE
	case owner.balance < reserve+*t.Amount:
		return tecUNFUNDED
	case v.account(c.destination) == nil:
		return tecNODST
	}
	c.amount += *t.Amount
	owner.balance -= *t.Amount
	return tesSUCCESS
}

// preflightClaim checks a claim and its signature. Whether the key is that of the channel, only
// the ledger can say.
func preflightClaim(t *transaction) string {
	switch {
	case t.Balance != nil && t.Amount != nil && *t.Balance > *t.Amount:
		return temBADAMOUNT
	case t.Flags&xrpl.FlagClose != 0 && t.Flags&xrpl.FlagRenew != 0:
		return temMALFORMED
	case t.Signature == nil:
		return tesSUCCESS
	case t.PublicKey == nil || t.Balance == nil:
		return temMALFORMED
	}
	signed := *t.Balance
	if t.Amount != nil {
		signed = *t.Amount
	}
	message := xrpl.ClaimMessage(t.Channel, signed)
	if !t.PublicKey.Verify(message[:], t.Signature) {
		return temBADSIGNATURE
	}
	return tesSUCCESS
}

// claim pays out of a channel, and closes or renews it.
func (v *view) claim(t *transaction, e *env) string {
	c := v.channel(t.Channel)
	switch {
	case c == nil:
		return tecNOTARGET
	case c.expired(e):
		return v.closeChannel(c)
	case t.Account != c.owner && t.Account != c.destination:
		return tecNOPERMISSION
	}
	if t.Balance != nil {
		if result := v.payOut(t, c); result != tesSUCCESS {
			return result
		}
	}
	if t.Flags&xrpl.FlagRenew != 0 {
		if t.Account != c.owner {
			return tecNOPERMISSION
		}
		c.expiration = nil
	}
	if t.Flags&xrpl.FlagClose != 0 {
		if t.Account == c.destination || c.balance == c.amount {
			return v.closeChannel(c)
		}
		if end := later(e.parentClose, c.settleDelay); c.expiration == nil || *c.expiration > end {
			c.expiration = &end
		}
	}
	return tesSUCCESS
}

// payOut moves what a claim adds from the channel to its destination.
func (v *view) payOut(t *transaction, c *channel) string {
	to := v.account(c.destination)
	switch {
	case t.Account == c.destination && t.Signature == nil:
		return temBADSIGNATURE
	case t.Signature != nil && *t.PublicKey != c.key:
		return temBADSIGNER
	case *t.Balance > c.amount, *t.Balance <= c.balance:
		return tecUNFUNDEDPAYMENT
	case to == nil:
		return tecNODST
	case to.flags&lsfDepositAuth != 0 && t.Account != c.destination:
		return tecNOPERMISSION
	}
	to.balance += *t.Balance - c.balance
	c.balance = *t.Balance
	return tesSUCCESS
}

// later returns the time so many seconds after another one, or the last time that there is.
func later(time, seconds uint32) uint32 {
	return uint32(min(uint64(time)+uint64(seconds), math.MaxUint32))
}

package xrplsim

import (
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// ledgerEntry looks up a channel or an account, by whatever names it.
func (l *Ledger) ledgerEntry(_ *client, r *Request) (object, *refusal) {
	at, refused := l.chosen(r)
	if refused != nil {
		return nil, refused
	}
	if r.has("account_root") {
		id, refused := r.address("account_root")
		if refused != nil {
			return nil, refused
		}
		a, ok := at.state.accounts[id]
		if !ok {
			return nil, errEntry
		}
		return at.name(object{"index": a.index(), "node": entry("AccountRoot", a.index(), a.changed, accountFields(&a))}), nil
	}
	field := "index"
	if r.has("payment_channel") {
		field = "payment_channel"
	}
	var index xrpl.Hash
	switch {
	case !r.has(field):
		return nil, &refusal{"unknownOption", 0, "Unknown option."}
	case r.read(field, &index) != nil:
		return nil, &refusal{"malformedRequest", 0, "Malformed request."}
	}
	if c, ok := at.state.channels[index]; ok {
		return at.name(object{"index": index, "node": entry("PayChannel", c.id, c.changed, channelFields(&c))}), nil
	}
	if field == "index" {
		for _, a := range at.state.accounts {
			if a.index() == index {
				return at.name(object{"index": index, "node": entry("AccountRoot", index, a.changed, accountFields(&a))}), nil
			}
		}
	}
	return nil, errEntry
}

// channelVerify checks a claim without the ledger.
func (l *Ledger) channelVerify(_ *client, r *Request) (object, *refusal) {
	var (
		key       xrpl.PublicKey
		channel   xrpl.Hash
		signature xrpl.Bytes
		amount    xrpl.Drops
	)
	for _, field := range []string{"public_key", "channel_id", "signature", "amount"} {
		if !r.has(field) {
			return nil, &refusal{"invalidParams", 31, "Missing field '" + field + "'."}
		}
	}
	switch {
	case r.read("public_key", &key) != nil:
		return nil, &refusal{"publicMalformed", 62, "Public key is malformed."}
	case r.read("channel_id", &channel) != nil:
		return nil, &refusal{"channelMalformed", 43, "Payment channel is malformed."}
	case r.read("amount", &amount) != nil:
		return nil, &refusal{"channelAmtMalformed", 44, "Payment channel amount is malformed."}
	case r.read("signature", &signature) != nil:
		return nil, invalid("signature")
	}
	message := xrpl.ClaimMessage(channel, amount)
	return object{"signature_verified": key.Verify(message[:], signature)}, nil
}

package xrplsim

import (
	"encoding/hex"
	"reflect"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// accountFields returns the fields of an account as its entry has them.
func accountFields(a *account) object {
	o := object{
		"Account": a.id, "Balance": a.balance, "Flags": a.flags, "OwnerCount": a.owned, "Sequence": a.sequence,
	}
	if a.regularKey != (account{}).regularKey {
		o["RegularKey"] = a.regularKey
	}
	if a.domain != "" {
		o["Domain"] = strings.ToUpper(hex.EncodeToString([]byte(a.domain)))
	}
	return o
}

// channelFields returns the fields of a channel as its entry has them.
func channelFields(c *channel) object {
	o := object{
		"Account": c.owner, "Destination": c.destination, "Amount": c.amount, "Balance": c.balance,
		"PublicKey": c.key, "SettleDelay": c.settleDelay, "Flags": uint32(0), "OwnerNode": "0", "DestinationNode": "0",
	}
	for name, value := range map[string]*uint32{
		"Expiration": c.expiration, "CancelAfter": c.cancelAfter, "SourceTag": c.sourceTag, "DestinationTag": c.destinationTag,
	} {
		if value != nil {
			o[name] = *value
		}
	}
	return o
}

// entry makes the JSON of a whole entry from its fields.
func entry(kind string, index any, changed mark, fields object) object {
	fields["LedgerEntryType"] = kind
	fields["index"] = index
	fields["PreviousTxnID"] = changed.transaction
	fields["PreviousTxnLgrSeq"] = changed.ledger
	return fields
}

// created makes the metadata of a new entry. It leaves out fields that are zero, as rippled does.
func created(kind string, index any, fields object) object {
	for name, value := range fields {
		if reflect.ValueOf(value).IsZero() {
			delete(fields, name)
		}
	}
	return object{"CreatedNode": object{"LedgerEntryType": kind, "LedgerIndex": index, "NewFields": fields}}
}

// modified makes the metadata of an entry that has changed.
func modified(kind string, index any, changed mark, before, after object) object {
	return object{"ModifiedNode": object{
		"LedgerEntryType": kind, "LedgerIndex": index,
		"FinalFields": after, "PreviousFields": previous(before, after),
		"PreviousTxnID": changed.transaction, "PreviousTxnLgrSeq": changed.ledger,
	}}
}

// deleted makes the metadata of an entry that is gone.
func deleted(kind string, index any, changed mark, before, after object) object {
	node := object{"LedgerEntryType": kind, "LedgerIndex": index, "FinalFields": after}
	if p := previous(before, after); len(p) > 0 {
		node["PreviousFields"] = p
	}
	after["PreviousTxnID"], after["PreviousTxnLgrSeq"] = changed.transaction, changed.ledger
	return object{"DeletedNode": node}
}

// previous returns what fields had before that have another value now, or none.
func previous(before, after object) object {
	p := make(object)
	for name, value := range before {
		if now, ok := after[name]; !ok || now != value {
			p[name] = value
		}
	}
	return p
}

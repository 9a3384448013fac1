package xrplsim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

func (l *Ledger) accountInfo(_ *client, r *Request) (object, *refusal) {
	at, refused := l.chosen(r)
	if refused != nil {
		return nil, refused
	}
	id, refused := r.address("account")
	if refused != nil {
		return nil, refused
	}
	a, ok := at.state.accounts[id]
	if !ok {
		return at.name(object{"account": id}), errAccount
	}
	return at.name(object{
		"account_data": entry("AccountRoot", a.index(), a.changed, accountFields(&a)),
		"account_flags": object{
			"depositAuth": a.flags&lsfDepositAuth != 0, "disableMasterKey": a.flags&lsfDisableMaster != 0,
			"disallowIncomingPayChan": a.flags&lsfDisallowIncomingPayChan != 0,
			"requireDestinationTag":   a.flags&lsfRequireDest != 0,
		},
	}), nil
}

// accountChannels lists the channels of an owner, a page at a time.
func (l *Ledger) accountChannels(_ *client, r *Request) (object, *refusal) {
	at, refused := l.chosen(r)
	if refused != nil {
		return nil, refused
	}
	owner, refused := r.address("account")
	if refused != nil {
		return nil, refused
	}
	var destination xrpl.AccountID
	if r.has("destination_account") {
		if destination, refused = r.address("destination_account"); refused != nil {
			return nil, refused
		}
	}
	if _, ok := at.state.accounts[owner]; !ok {
		return nil, errAccount
	}
	var marker string
	limit, refused := l.page(r)
	if r.read("marker", &marker) != nil || refused != nil {
		return nil, invalid("marker")
	}
	all := at.state.sortedChannels(func(c channel) bool {
		return c.owner == owner && (!r.has("destination_account") || c.destination == destination)
	})
	if marker != "" {
		i := slices.IndexFunc(all, func(c channel) bool { return c.id.String() > strings.TrimSuffix(marker, ",0") })
		if i < 0 {
			i = len(all)
		}
		all = all[i:]
	}
	answer := object{"account": owner}
	if len(all) > limit {
		all = all[:limit]
		answer["marker"], answer["limit"] = all[limit-1].id.String()+",0", limit
	}
	list := make([]any, len(all))
	for i, c := range all {
		list[i] = listed(&c)
	}
	answer["channels"] = list
	return at.name(answer), nil
}

// listed returns a channel as account_channels lists it.
func listed(c *channel) object {
	o := object{
		"account": c.owner, "destination_account": c.destination, "amount": c.amount, "balance": c.balance,
		"channel_id": c.id, "public_key": keyText(c.key), "public_key_hex": c.key, "settle_delay": c.settleDelay,
	}
	for name, value := range map[string]*uint32{
		"expiration": c.expiration, "cancel_after": c.cancelAfter, "source_tag": c.sourceTag, "destination_tag": c.destinationTag,
	} {
		if value != nil {
			o[name] = *value
		}
	}
	return o
}

// page returns how many entries to list at once.
func (l *Ledger) page(r *Request) (limit int, refused *refusal) {
	limit = l.o.PageSize
	if r.read("limit", &limit) != nil || limit < 1 {
		return 0, invalid("limit")
	}
	return min(limit, l.o.PageSize), nil
}

// accountTx lists the validated transactions that concern an account, the newest first unless
// the request says forward.
func (l *Ledger) accountTx(_ *client, r *Request) (object, *refusal) {
	id, refused := r.address("account")
	if refused != nil {
		return nil, refused
	}
	limit, refused := l.page(r)
	var forward bool
	var marker struct{ Ledger, Seq uint32 }
	first, last := int64(-1), int64(-1)
	for field, to := range map[string]any{"forward": &forward, "ledger_index_min": &first, "ledger_index_max": &last, "marker": &marker} {
		if r.read(field, to) != nil || refused != nil {
			return nil, invalid(field)
		}
	}
	end := l.validated().index
	if first < 0 {
		first = int64(l.ledgers[0].index)
	}
	if last < 0 || last > int64(end) {
		last = int64(end)
	}
	var all []*outcome
	for index := first; index <= last; index++ {
		if c := l.ledger(uint32(index)); c != nil {
			for _, o := range c.transactions {
				if o.concerns(id) {
					all = append(all, o)
				}
			}
		}
	}
	if !forward {
		slices.Reverse(all)
	}
	if r.has("marker") {
		i := slices.IndexFunc(all, func(o *outcome) bool {
			return o.ledger.index == marker.Ledger && strconv.Itoa(o.meta["TransactionIndex"].(int)) == strconv.FormatUint(uint64(marker.Seq), 10)
		})
		all = all[max(i, 0):]
	}
	answer := object{"account": id, "ledger_index_min": first, "ledger_index_max": last, "validated": true, "limit": limit}
	if len(all) > limit {
		answer["marker"] = object{"ledger": all[limit].ledger.index, "seq": all[limit].meta["TransactionIndex"]}
		all = all[:limit]
	}
	list := make([]any, len(all))
	for i, o := range all {
		list[i] = l.inList(o, r.Version)
	}
	answer["transactions"] = list
	return answer, nil
}

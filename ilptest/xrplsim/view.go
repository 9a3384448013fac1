package xrplsim

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// view collects the changes that one transaction makes to a state, until commit. A view that is
// not committed changes nothing.
type view struct {
	s        *state
	accounts map[xrpl.AccountID]*account
	channels map[xrpl.Hash]*channel
	removed  map[xrpl.Hash]bool
	fee      xrpl.Drops
}

func newView(s *state) *view {
	return &view{
		s:        s,
		accounts: make(map[xrpl.AccountID]*account), channels: make(map[xrpl.Hash]*channel), removed: make(map[xrpl.Hash]bool),
	}
}

// account returns an account to read or change, and nil if there is none.
func (v *view) account(id xrpl.AccountID) *account {
	if a, ok := v.accounts[id]; ok {
		return a
	}
	a, ok := v.s.accounts[id]
	if !ok {
		return nil
	}
	v.accounts[id] = &a
	return &a
}

// create makes an account.
func (v *view) create(id xrpl.AccountID, sequence uint32) *account {
	a := &account{id: id, sequence: sequence}
	v.accounts[id] = a
	return a
}

// channel returns a channel to read or change, and nil if there is none.
func (v *view) channel(id xrpl.Hash) *channel {
	if c, ok := v.channels[id]; ok && !v.removed[id] {
		return c
	}
	c, ok := v.s.channels[id]
	if !ok || v.removed[id] {
		return nil
	}
	v.channels[id] = &c
	return &c
}

// pay takes a fee out of the ledger.
func (v *view) pay(from *account, fee xrpl.Drops) {
	from.balance -= fee
	v.fee += fee
}

// closeChannel removes a channel. What is left in it goes back to its owner.
func (v *view) closeChannel(c *channel) string {
	owner := v.account(c.owner)
	owner.balance += c.amount - c.balance
	owner.owned--
	v.removed[c.id] = true
	return tesSUCCESS
}

// commit writes the changes to the state, and returns the metadata of the entries in the order
// of their indexes.
func (v *view) commit(by mark) []any {
	type indexed struct {
		index xrpl.Hash
		node  object
	}
	var nodes []indexed
	for id, a := range v.accounts {
		before, existed := v.s.accounts[id]
		if existed && before == *a {
			continue
		}
		a.changed = by
		v.s.accounts[id] = *a
		if existed {
			nodes = append(nodes, indexed{a.index(), modified("AccountRoot", a.index(), before.changed, accountFields(&before), accountFields(a))})
		} else {
			nodes = append(nodes, indexed{a.index(), created("AccountRoot", a.index(), accountFields(a))})
		}
	}
	for id, c := range v.channels {
		before, existed := v.s.channels[id]
		switch {
		case v.removed[id]:
			delete(v.s.channels, id)
			nodes = append(nodes, indexed{id, deleted("PayChannel", id, before.changed, channelFields(&before), channelFields(c))})
		case !existed:
			c.changed = by
			v.s.channels[id] = *c
			nodes = append(nodes, indexed{id, created("PayChannel", id, channelFields(c))})
		case before != *c:
			c.changed = by
			v.s.channels[id] = *c
			nodes = append(nodes, indexed{id, modified("PayChannel", id, before.changed, channelFields(&before), channelFields(c))})
		}
	}
	v.s.burned += v.fee
	slices.SortFunc(nodes, func(a, b indexed) int { return slices.Compare(a.index[:], b.index[:]) })
	all := make([]any, len(nodes))
	for i, n := range nodes {
		all[i] = n.node
	}
	return all
}

// sortedChannels returns the channels that keep wants, in the order of their ids.
func (s *state) sortedChannels(keep func(channel) bool) []channel {
	all := slices.Collect(maps.Values(s.channels))
	all = slices.DeleteFunc(all, func(c channel) bool { return !keep(c) })
	slices.SortFunc(all, func(a, b channel) int { return cmp.Compare(string(a.id[:]), string(b.id[:])) })
	return all
}

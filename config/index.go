package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
)

// Index holds of accounts what another account must not share with them, such as ports and
// addresses. With it, the check of one account beside many others costs as much as beside few.
// Its methods are not safe for concurrent use.
type Index struct {
	accounts  map[string]indexed
	segments  map[string][]string // ids of the children with an address segment
	sockets   map[int][]Socket    // by port, without those of any free port
	tokens    map[string][]tokenOwner
	keys      map[string][]string // ids of the accounts whose peers prove themselves with a key
	hosts     map[string]bool     // ids of the accounts whose clients are accounts
	parents   int                 // accounts that could give us an address
	settling  int                 // accounts with a settlement engine
	intervals map[Milliseconds]int
}

// indexed is what an index holds of one account.
type indexed struct {
	relation account.Relation
	segment  string
	socket   *Socket  // on which it listens, nil unless it has a port of its own
	tokens   []string // of its peer
	keys     []peerKey
	byToken  bool // the shared listener knows by the token that a packet is its
	host     bool
	settles  bool
	interval Milliseconds // of forgetting old packets
}

// NewIndex returns an index of accounts.
func NewIndex(accounts ...Account) *Index {
	x := &Index{
		accounts: make(map[string]indexed), segments: make(map[string][]string), sockets: make(map[int][]Socket),
		tokens: make(map[string][]tokenOwner), keys: make(map[string][]string), hosts: make(map[string]bool), intervals: make(map[Milliseconds]int),
	}
	for _, a := range accounts {
		x.Put(a)
	}
	return x
}

// Put adds an account, or replaces the one of its id.
func (x *Index) Put(a Account) {
	x.Remove(a.ID)
	x.put(a.ID, indexOf(a))
}

// tokenOwner is an account that a token is of.
type tokenOwner struct {
	id      string
	byToken bool
}

func indexOf(a Account) indexed {
	in := indexed{
		relation: a.Relation, segment: a.Segment(), host: a.Children != nil, settles: a.SettlementEngine != nil,
		interval: a.Deduplicate.CleanupInterval,
	}
	socket, listens, tokens := a.entrance()
	if in.tokens = tokens; listens && socket.Port != 0 {
		in.socket = &socket
	}
	in.byToken = a.Plugin == pluginOurHTTP
	in.keys = a.peerKeys()
	return in
}

func (x *Index) put(id string, in indexed) {
	x.accounts[id] = in
	if in.relation == account.Child {
		x.segments[in.segment] = append(x.segments[in.segment], id)
	}
	if in.socket != nil {
		x.sockets[in.socket.Port] = append(x.sockets[in.socket.Port], *in.socket)
	}
	for _, token := range in.tokens {
		x.tokens[token] = append(x.tokens[token], tokenOwner{id, in.byToken})
	}
	for _, k := range in.keys {
		x.keys[k.key] = append(x.keys[k.key], id)
	}
	if in.host {
		x.hosts[id] = true
	}
	x.count(in, 1)
}

// Remove removes the account of an id, if it is there.
func (x *Index) Remove(id string) { x.take(id) }

// take removes an account and returns what the index had of it.
func (x *Index) take(id string) (in indexed, there bool) {
	in, there = x.accounts[id]
	if !there {
		return in, false
	}
	delete(x.accounts, id)
	delete(x.hosts, id)
	if in.relation == account.Child {
		without(x.segments, in.segment, id)
	}
	if in.socket != nil {
		without(x.sockets, in.socket.Port, *in.socket)
	}
	for _, token := range in.tokens {
		without(x.tokens, token, tokenOwner{id, in.byToken})
	}
	for _, k := range in.keys {
		without(x.keys, k.key, id)
	}
	x.count(in, -1)
	return in, true
}

// without removes a value from the list of a key, and the key with the last one.
func without[K, V comparable](lists map[K][]V, key K, value V) {
	list := lists[key]
	if i := slices.Index(list, value); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if lists[key] = list; len(list) == 0 {
		delete(lists, key)
	}
}

func (x *Index) count(in indexed, n int) {
	if couldGiveAddress(in.relation) {
		x.parents += n
	}
	if in.settles {
		x.settling += n
	}
	if x.intervals[in.interval] += n; x.intervals[in.interval] == 0 {
		delete(x.intervals, in.interval)
	}
}

// couldGiveAddress reports whether an account is a parent, or may be one: its relation has a fault.
func couldGiveAddress(r account.Relation) bool { return r == account.Parent || r == 0 }

// among is a configuration whose Accounts are fresh. The others are in an index.
type among struct {
	*Config
	others *Index
}

// Settles reports whether an account has a settlement engine.
func (c among) Settles() bool { return c.others.settling > 0 || c.Config.Settles() }

// hasParent reports whether an account could give us an address.
func (c among) hasParent() bool {
	return c.others.parents > 0 || slices.ContainsFunc(c.Accounts, func(a Account) bool { return couldGiveAddress(a.Relation) })
}

// relationOf returns the relation of an account. ok is false if there is none of that id.
func (c among) relationOf(id string) (r account.Relation, ok bool) {
	if a, ok := c.Accounts.Find(id); ok {
		return a.Relation, true
	}
	in, ok := c.others.accounts[id]
	return in.relation, ok
}

// ids returns the ids of all accounts: of those that are fresh in their order, then of the others.
func (c among) ids() []string {
	ids := make([]string, len(c.Accounts))
	for i, a := range c.Accounts {
		ids[i] = a.ID
	}
	for _, id := range slices.Sorted(maps.Keys(c.others.accounts)) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// cleanupInterval returns how often old packets are forgotten: the shortest interval counts, as
// all accounts share one memory.
func (c among) cleanupInterval() Milliseconds {
	interval := Milliseconds(math.MaxInt64)
	for each := range c.others.intervals {
		interval = min(interval, each)
	}
	for _, a := range c.Accounts {
		interval = min(interval, a.Deduplicate.CleanupInterval)
	}
	return interval
}

// checkTogether reports what an account shares with the connector or with another account, and must
// not. It adds each account that it has checked to the others, but for the last.
func checkTogether(c among, r *report) {
	checkOwnSockets(c, r)
	var former indexed
	for i, a := range c.Accounts {
		if i > 0 {
			c.others.put(c.Accounts[i-1].ID, former)
		}
		in := indexOf(a)
		checkSegment(c, a.ID, in, r)
		checkChildID(c, a.ID, in, r)
		checkListener(c, in, r)
		checkTokens(c, a, in, r)
		checkKeys(c, a, in, r)
		former = in
	}
}

// checkSegment wants a different address for each child.
func checkSegment(c among, id string, in indexed, r *report) {
	if same := c.others.segments[in.segment]; in.relation == account.Child && len(same) > 0 {
		r.fault(at("accounts", id, "ilpAddressSegment"),
			fmt.Sprintf("gives account %s the same address as account %s", show(id), show(same[0])),
			"give each child an ilpAddressSegment of its own")
	}
}

// checkChildID wants no account to have the id that a client of another one would get.
func checkChildID(c among, id string, in indexed, r *report) {
	fault := func(id, host string) {
		r.fault(at("accounts", id), "has an id that a client of account "+show(host)+" may get", "use an id without a dot behind "+show(host))
	}
	for i := range len(id) {
		if id[i] == '.' && c.others.hosts[id[:i]] {
			fault(id, id[:i])
		}
	}
	if !in.host {
		return
	}
	for other := range c.others.accounts {
		if strings.HasPrefix(other, id+".") {
			fault(other, id)
		}
	}
}

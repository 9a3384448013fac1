package test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// routingSecret is the routing secret of the connectors that exchange routes.
var routingSecret = []byte("a secret that authenticates routes")

// exchanging is the environment of a connector that exchanges routes, with further variables.
func exchanging(more map[string]string) map[string]string {
	env := map[string]string{
		"ROUTING_SECRET":           base64.StdEncoding.EncodeToString(routingSecret),
		"ROUTE_BROADCAST_INTERVAL": fmt.Sprint(exchangeInterval.Milliseconds()),
	}
	maps.Copy(env, more)
	return env
}

// uncounted is the same where packets do not count, as some may be sent more than once.
func uncounted(more map[string]string) map[string]string {
	env := exchanging(more)
	env["DISABLE_MIDDLEWARE"] = `["stats"]`
	return env
}

const (
	// exchangeInterval is how often those connectors speak if there is nothing new. The npm connector also gives
	// up on a neighbor that takes longer to answer.
	exchangeInterval = 600 * time.Millisecond
	// routingLifetime is how long the messages of the routing protocol are valid. A busy machine may deliver them late.
	routingLifetime = time.Minute
	// toldExpiry is the hold-down time that the neighbors announce: no test takes that long, however busy the machine.
	toldExpiry = 10 * time.Minute
	// routeExpiry is the hold-down time that they announce if nothing else is configured.
	routeExpiry = 45 * time.Second
)

// neighbor is an account as the script plays it towards the connector: what it tells, and what it has heard.
type neighbor struct {
	id      string
	address string // whom it speaks as

	// What it tells.
	tables int    // how many it has had before this one
	told   uint32 // the epoch up to which the connector has it

	// What it knows of the connector.
	table    string
	epoch    uint32
	taken    int // how many messages of the connector have been looked at
	updates  []heardUpdate
	heard    []string  // the others, in words, that nobody has been told of
	controls []request // likewise
	refuses  bool      // it does not believe what it hears
}

// heardUpdate is an update with the time when it was sent: a minute before its expiry, by the connector's clock. How
// long it then took, on a busy machine, does not matter.
type heardUpdate struct {
	updateMessage
	at   time.Time
	beat bool // it says nothing new
}

func (b *bench) neighbor(id string) *neighbor {
	n := b.neighbors[id]
	if n == nil {
		n = &neighbor{id: id, address: "test." + id, table: noTable}
		for _, a := range b.subject.config.accounts {
			if a.id == id && a.relation == "child" {
				n.address = b.address + "." + id
			}
		}
		b.neighbors[id] = n
	}
	return n
}

// tableID is the id of the table that it tells, and no random UUID, so that records show it.
func (n *neighbor) tableID() string {
	sum := sha256.Sum256(fmt.Append(nil, n.id, n.tables))
	sum[6] &= 0x0f
	return hexOf(sum[:16])
}

// authBy is what a neighbor sends along with a route to authenticate it.
func authBy(id, prefix string) []byte {
	sum := sha256.Sum256([]byte("auth of " + id + " for " + prefix))
	return sum[:]
}

// describeAuth tells whose the auth of a route is that the connector tells: of one that passes on a route it is the
// hash of what came in, of one that begins a route that of an HMAC of the prefix.
func (b *bench) describeAuth(a announcement) string {
	hashOf := func(auth []byte) string {
		sum := sha256.Sum256(auth)
		return string(sum[:])
	}
	mac := hmac.New(sha256.New, routingSecret)
	mac.Write([]byte(a.prefix))
	if string(a.auth) == hashOf(mac.Sum(nil)) {
		return "auth of its own"
	}
	for _, account := range b.subject.config.accounts {
		if string(a.auth) == hashOf(authBy(account.id, a.prefix)) {
			return "auth of " + account.id
		}
	}
	return "auth " + hexOf(a.auth)
}

// listen takes what the connector has sent to a neighbor since the last time; exact is to describe all that updates
// say.
func (b *bench) listen(n *neighbor, exact bool) { b.listenUpTo(n, math.MaxInt, exact) }

// listenUpTo does so with the messages until the one of that number.
func (b *bench) listenUpTo(n *neighbor, number int, exact bool) {
	var messages []request
	b.peers.ask(b.t, "exchanged", n.id, map[string]any{"after": n.taken}, &messages)
	messages = messages[:min(len(messages), number-n.taken)]
	n.taken += len(messages)
	for _, r := range messages {
		data, err := hex.DecodeString(r.Data)
		if err != nil {
			b.t.Fatal(err)
		}
		if r.Destination == "peer.route.control" {
			n.controls = append(n.controls, r)
			continue
		}
		m, ok := readUpdate(data)
		if !ok || r.Destination != "peer.route.update" {
			n.heard = append(n.heard, r.Destination+" "+r.Data)
			continue
		}
		line := b.take(n, m, exact)
		n.updates = append(n.updates, heardUpdate{m, r.ExpiresAt.Add(-routingLifetime), line == ""})
		if line += r.oddities(); line != "" {
			n.heard = append(n.heard, line)
		}
	}
}

// heardOf takes words out that the neighbor has heard: at most so many, or all if that is 0.
func (n *neighbor) heardOf(most int) (heard []string) {
	if most == 0 || most > len(n.heard) {
		most = len(n.heard)
	}
	heard, n.heard = n.heard[:most], n.heard[most:]
	return heard
}

// take has a neighbor believe an update, and describes it if it is not a heartbeat.
func (b *bench) take(n *neighbor, m updateMessage, exact bool) string {
	entries := uint32(len(m.announced) + len(m.withdrawn))
	if entries == 0 && m.table == n.table && m.from == m.to && m.to == m.current && m.hold == b.expiry && m.speaker == b.address {
		return ""
	}
	var words []string
	say := func(always bool, format string, arguments ...any) {
		if exact || always {
			words = append(words, fmt.Sprintf(format, arguments...))
		}
	}
	if m.table != n.table {
		n.table, n.epoch = m.table, 0
		say(true, "%s", b.nameTable(m.table))
	}
	say(m.from != n.epoch, "from %d", m.from)
	say(m.to-m.from != entries, "over %d epochs", int32(m.to-m.from))
	say(m.to != m.current, "to %d of %d", m.to, m.current)
	say(m.hold != b.expiry, "hold-down %d", m.hold)
	say(m.speaker != b.address, "speaker %s", m.speaker)
	if !n.refuses {
		n.epoch = m.to
	}

	slices.SortFunc(m.announced, func(x, y announcement) int { return cmp.Compare(x.prefix, y.prefix) })
	slices.Sort(m.withdrawn)
	for _, a := range m.announced {
		words = append(words, "+"+a.prefix+" by "+strings.Join(a.path, " ")+" with "+b.describeAuth(a))
	}
	for _, prefix := range m.withdrawn {
		words = append(words, "-"+prefix)
	}
	return strings.Join(words, ", ")
}

// nameTable numbers the tables of the connector, whose ids are random UUIDs.
func (b *bench) nameTable(id string) string {
	if !slices.Contains(b.tables, id) {
		b.tables = append(b.tables, id)
	}
	name := fmt.Sprint("table ", slices.Index(b.tables, id)+1)
	uuid := id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	if !tableID.MatchString(uuid) {
		name += " with an id that is no random UUID"
	}
	return name
}

// oddities describes what is unusual in the packet of a message.
func (r request) oddities() (odd string) {
	if !r.Canonical || r.Amount != "0" || r.Condition != peerCondition {
		odd += ", in an unusual packet"
	}
	if lifetime := r.ExpiresAt.Sub(r.At); lifetime > routingLifetime+expiryTolerance || lifetime < routingLifetime/2 {
		odd += fmt.Sprintf(", expires in %v", lifetime)
	}
	return odd
}

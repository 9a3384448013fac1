package config

import (
	"encoding/json"
	"slices"

	"github.com/ilp-go/connector/account"
)

// The values of Account.AssetMismatch.
const (
	MismatchRefuse = "refuse"
	MismatchAllow  = "allow"
)

// Account is the configuration of one account. Amounts are decimal text in the
// base units of the account, because they may exceed 64 bits or be infinite.
type Account struct {
	// ID is the key of the account in the configuration.
	ID string `json:"-"`

	Relation   account.Relation `json:"relation,omitzero"`
	Plugin     string           `json:"plugin"`
	AssetCode  string           `json:"assetCode"`
	AssetScale uint8            `json:"assetScale"`

	// AssetMismatch is what we do if the parent that gives us our address says another
	// asset: MismatchRefuse or MismatchAllow.
	AssetMismatch string `json:"assetMismatch,omitempty"`

	// Balance is nil if the account has no limits.
	Balance *Balance `json:"balance,omitempty"`
	// SettlementEngine is nil if the plugin settles.
	SettlementEngine *SettlementEngine `json:"settlementEngine,omitempty"`
	// MaxPacketAmount is empty if a packet may carry any amount.
	MaxPacketAmount string      `json:"maxPacketAmount,omitempty"`
	InFlight        InFlight    `json:"inFlight"`
	Throughput      Throughput  `json:"throughput"`
	RateLimit       RateLimit   `json:"rateLimit"`
	Deduplicate     Deduplicate `json:"deduplicate"`

	// Spread is what we keep of this account's money instead of the spread of the node, exactly as
	// the operator wrote it, empty for that of the node.
	Spread json.Number `json:"spread,omitempty"`

	// SendRoutes and ReceiveRoutes are nil if the relation decides: see
	// SendsRoutes and ReceivesRoutes.
	SendRoutes    *bool `json:"sendRoutes,omitempty"`
	ReceiveRoutes *bool `json:"receiveRoutes,omitempty"`
	// Routing is zero if the account has no such block.
	Routing Routing `json:"routing,omitzero"`

	// Children is nil if the clients of a listening account share it, or if it has one.
	Children *Children `json:"children,omitempty"`

	// Options belong to the plugin and are secret. Numbers are json.Number.
	Options map[string]any `json:"options,omitempty"`

	// ILPAddressSegment is empty if the ID is the segment: see Segment.
	ILPAddressSegment string `json:"ilpAddressSegment,omitempty"`

	// Invitation is nil unless the account was made for a peer that was invited.
	Invitation *Invitation `json:"invitation,omitempty"`

	written json.RawMessage
	// resolved holds the secrets that references have given.
	resolved []resolved
	// odd are the warnings about texts of the account, which the one that read it has found.
	odd []Warning
}

// Path returns the path of a setting of the account, as a [Fault] has it.
func (a Account) Path(setting string) string { return at("accounts", a.ID, setting) }

// Written returns the account as its operator wrote it, in JSON: without the defaults,
// and without the options, which are secret. It returns nil for an account that a
// program made.
func (a Account) Written() json.RawMessage { return a.written }

// written returns the accounts of a document in JSON, as Account.Written does. Accounts that are written
// alike share a text, since there may be very many.
func written(document *object) map[string]json.RawMessage {
	accounts, ok := document.values["accounts"].(*object)
	if !ok {
		return nil
	}
	all := make(map[string]json.RawMessage, len(accounts.keys))
	alike := make(map[string]json.RawMessage)
	for id, value := range accounts.values {
		entry, ok := value.(*object)
		if !ok {
			continue
		}
		shown := newObject()
		for _, key := range entry.keys {
			if key != "options" {
				shown.set(key, entry.values[key])
			}
		}
		text, err := shown.MarshalJSON()
		if err != nil {
			continue
		}
		same, there := alike[string(text)]
		if !there {
			same = slices.Clone(text) // without the room behind it
			alike[string(text)] = same
		}
		all[id] = same
	}
	return all
}

// Balance limits what each side may owe the other, as decimal text. A positive
// balance is their debt to us. Minimum and Maximum may be Infinity or -Infinity.
type Balance struct {
	Minimum string `json:"minimum,omitempty"`
	Maximum string `json:"maximum"`
	// SettleThreshold is empty, or -Infinity, if no balance makes us settle.
	SettleThreshold string `json:"settleThreshold,omitempty"`
	SettleTo        string `json:"settleTo,omitempty"`
	// SettleEvery is how often we settle up to SettleTo, whatever the threshold is.
	// 0 is never.
	SettleEvery Milliseconds `json:"settleEvery,omitempty"`
}

// InFlight limits what may wait for an answer at a time: packets and money that the account
// sends us, and such that we send it. 0 packets stand for the default, and an empty amount for
// no limit but that of 64 bits.
type InFlight struct {
	IncomingPackets int64  `json:"incomingPackets,omitempty"`
	OutgoingPackets int64  `json:"outgoingPackets,omitempty"`
	IncomingAmount  string `json:"incomingAmount,omitempty"`
	OutgoingAmount  string `json:"outgoingAmount,omitempty"`
}

// Throughput limits the money that flows through an account in each RefillPeriod. An
// empty amount is no limit.
type Throughput struct {
	RefillPeriod   Milliseconds `json:"refillPeriod,omitempty"`
	IncomingAmount string       `json:"incomingAmount,omitempty"`
	OutgoingAmount string       `json:"outgoingAmount,omitempty"`
}

// RateLimit configures the token bucket of incoming packets. Capacity 0 stands for
// RefillCount: see Burst.
type RateLimit struct {
	RefillPeriod Milliseconds `json:"refillPeriod,omitempty"`
	RefillCount  int64        `json:"refillCount,omitempty"`
	Capacity     int64        `json:"capacity,omitempty"`
}

// Burst returns how many tokens the bucket holds.
func (l RateLimit) Burst() int64 {
	if l.Capacity == 0 {
		return l.RefillCount
	}
	return l.Capacity
}

// Deduplicate says how long we remember packets after their expiry, and how often we
// forget the old ones.
type Deduplicate struct {
	CleanupInterval Milliseconds `json:"cleanupInterval,omitempty"`
	PacketLifetime  Milliseconds `json:"packetLifetime,omitempty"`
}

// SendsRoutes reports whether we tell the account our routes when it asks.
func (a Account) SendsRoutes() bool {
	if a.SendRoutes != nil {
		return *a.SendRoutes
	}
	return a.Relation != account.Child
}

// ReceivesRoutes reports whether we ask the account for its routes.
func (a Account) ReceivesRoutes() bool {
	if a.ReceiveRoutes != nil {
		return *a.ReceiveRoutes
	}
	return a.Relation != account.Child
}

// Segment returns what follows our own address in the address of a child.
func (a Account) Segment() string {
	if a.ILPAddressSegment != "" {
		return a.ILPAddressSegment
	}
	return a.ID
}

// Accounts are accounts in the order of the configuration. In JSON they are an
// object keyed by ID.
type Accounts []Account

// Find returns the account with the id.
func (as Accounts) Find(id string) (Account, bool) {
	for i := range as {
		if as[i].ID == id {
			return as[i], true
		}
	}
	return Account{}, false
}

// MarshalJSON writes an object with the accounts in order.
func (as Accounts) MarshalJSON() ([]byte, error) {
	o := newObject()
	for _, a := range as {
		o.set(a.ID, a)
	}
	return o.MarshalJSON()
}

// UnmarshalJSON reads an object and keeps its order.
func (as *Accounts) UnmarshalJSON(text []byte) error {
	all := Accounts{}
	err := eachEntry(text, func(id string, entry json.RawMessage) error {
		a := Account{ID: id}
		if err := unmarshal(entry, &a); err != nil {
			return err
		}
		all = append(all, a)
		return nil
	})
	*as = all.gathered()
	return err
}

var (
	_ json.Marshaler   = Accounts(nil)
	_ json.Unmarshaler = (*Accounts)(nil)
)

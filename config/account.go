package config

import (
	"encoding/json"
	"slices"

	"github.com/ilp-go/connector/account"
)

// Account is the configuration of one account. Amounts are decimal text in the
// base units of the account, since they may exceed 64 bits or be infinite.
type Account struct {
	// ID is the key the account is written under.
	ID string `json:"-"`

	Relation   account.Relation `json:"relation,omitzero"`
	Plugin     string           `json:"plugin"`
	AssetCode  string           `json:"assetCode"`
	AssetScale uint8            `json:"assetScale"`

	// Balance is nil when nothing limits the account.
	Balance *Balance `json:"balance,omitempty"`
	// SettlementEngine is nil when settlement is up to the plugin.
	SettlementEngine *SettlementEngine `json:"settlementEngine,omitempty"`
	// MaxPacketAmount is empty when any amount may come in one packet.
	MaxPacketAmount string      `json:"maxPacketAmount,omitempty"`
	Throughput      Throughput  `json:"throughput"`
	RateLimit       RateLimit   `json:"rateLimit"`
	Deduplicate     Deduplicate `json:"deduplicate"`

	// SendRoutes and ReceiveRoutes are nil when the relation decides; see
	// SendsRoutes and ReceivesRoutes.
	SendRoutes    *bool `json:"sendRoutes,omitempty"`
	ReceiveRoutes *bool `json:"receiveRoutes,omitempty"`
	// Routing is zero when the account says nothing about it.
	Routing Routing `json:"routing,omitzero"`

	// Options belong to the plugin and are secret. Numbers are json.Number.
	Options map[string]any `json:"options,omitempty"`

	// ILPAddressSegment is empty when the ID is the segment; see Segment.
	ILPAddressSegment string `json:"ilpAddressSegment,omitempty"`

	written json.RawMessage
}

// Written is the account as its operator wrote it, in JSON: without the defaults,
// and without the options, which are secret. Of an account that was not read but
// made it is nil.
func (a Account) Written() json.RawMessage { return a.written }

// written is what each account of a document is as it stands there.
func written(document *object) map[string]json.RawMessage {
	accounts, ok := document.values["accounts"].(*object)
	if !ok {
		return nil
	}
	all := make(map[string]json.RawMessage, len(accounts.keys))
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
		if text, err := shown.MarshalJSON(); err == nil {
			all[id] = text
		}
	}
	return all
}

// Balance holds the limits of what each side may owe the other, as decimal
// text; positive is their debt to us. Minimum and Maximum may be Infinity or
// -Infinity.
type Balance struct {
	Minimum string `json:"minimum,omitempty"`
	Maximum string `json:"maximum"`
	// SettleThreshold is empty when no balance makes us settle; it may be
	// -Infinity, which comes to the same.
	SettleThreshold string `json:"settleThreshold,omitempty"`
	SettleTo        string `json:"settleTo,omitempty"`
	// SettleEvery is how often we settle up to SettleTo whatever the threshold;
	// 0 is never.
	SettleEvery Milliseconds `json:"settleEvery,omitempty"`
}

// Throughput limits the money through an account per RefillPeriod. An empty
// amount is no limit.
type Throughput struct {
	RefillPeriod   Milliseconds `json:"refillPeriod,omitempty"`
	IncomingAmount string       `json:"incomingAmount,omitempty"`
	OutgoingAmount string       `json:"outgoingAmount,omitempty"`
}

// RateLimit is the token bucket of incoming packets. Capacity 0 means
// RefillCount; see Burst.
type RateLimit struct {
	RefillPeriod Milliseconds `json:"refillPeriod,omitempty"`
	RefillCount  int64        `json:"refillCount,omitempty"`
	Capacity     int64        `json:"capacity,omitempty"`
}

// Burst is how many tokens the bucket holds.
func (l RateLimit) Burst() int64 {
	if l.Capacity == 0 {
		return l.RefillCount
	}
	return l.Capacity
}

// Deduplicate says how long packets are remembered after they expired, and how
// often the old ones are forgotten.
type Deduplicate struct {
	CleanupInterval Milliseconds `json:"cleanupInterval,omitempty"`
	PacketLifetime  Milliseconds `json:"packetLifetime,omitempty"`
}

// SendsRoutes is whether the account is told our routes when it asks.
func (a Account) SendsRoutes() bool {
	if a.SendRoutes != nil {
		return *a.SendRoutes
	}
	return a.Relation != account.Child
}

// ReceivesRoutes is whether we ask the account for its routes.
func (a Account) ReceivesRoutes() bool {
	if a.ReceiveRoutes != nil {
		return *a.ReceiveRoutes
	}
	return a.Relation != account.Child
}

// Segment is what follows our own address in the address of a child.
func (a Account) Segment() string {
	if a.ILPAddressSegment != "" {
		return a.ILPAddressSegment
	}
	return a.ID
}

// Accounts are accounts in the order they are written. In JSON they are an
// object keyed by ID.
type Accounts []Account

// Find returns the account of that id.
func (as Accounts) Find(id string) (Account, bool) {
	i := slices.IndexFunc(as, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return as[i], true
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
	*as = Accounts{}
	return eachEntry(text, func(id string, entry json.RawMessage) error {
		a := Account{ID: id}
		if err := unmarshal(entry, &a); err != nil {
			return err
		}
		*as = append(*as, a)
		return nil
	})
}

var (
	_ json.Marshaler   = Accounts(nil)
	_ json.Unmarshaler = (*Accounts)(nil)
)

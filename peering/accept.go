package peering

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ilp-go/connector/config"
)

// Choices are what the operator that accepts an invitation says. Empty fields have defaults.
type Choices struct {
	// ID is the id of the account. By default it is the last segment of the address of the other
	// side.
	ID string `json:"id,omitempty"`
	// Relation is what the other side may become: peer by default.
	Relation string `json:"relation,omitempty"`
	// AssetCode and AssetScale are what the asset must be. By default that is the asset that the
	// accounts of the connector have in common, or else that of the invitation.
	AssetCode  string `json:"assetCode,omitempty"`
	AssetScale *uint8 `json:"assetScale,omitempty"`
	// Limits are those of the account. AsProposed takes those of the invitation for the ones that
	// are not set. Otherwise the other side may owe us no more than the small default.
	Limits
	AsProposed bool `json:"asProposed,omitempty"`
	// AllowLoopback lets the endpoint be on this machine, for tests.
	AllowLoopback bool `json:"allowLoopback,omitempty"`
}

// ErrMismatch says that both sides want different things.
var ErrMismatch = errors.New("the invitation does not fit")

// Accept makes the account of the side that accepts. name binds the invitation to it: see NewName.
func (i Invitation) Accept(c Choices, us Us, now time.Time, name string) (id string, entry json.RawMessage, err error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if err := i.Current(now); err != nil {
		faults = append(faults, err)
	}
	if id = c.ID; id == "" {
		id = i.DefaultID()
	}
	if problem := idProblem(id); problem != "" {
		fault("id %s", problem)
	}
	want := c.Relation
	if want == "" {
		want = "peer"
	}
	if want != i.Relation {
		fault("%w: the other side would be our %s, and ours is to be a %s; if that is fine, say --relation %s, in the API relation",
			ErrMismatch, i.Relation, cut(want), i.Relation)
	}
	asset, err := choose(c.AssetCode, c.AssetScale, us.Asset)
	switch theirs := (Asset{i.AssetCode, i.AssetScale}); {
	case err != nil:
		faults = append(faults, err)
	case asset != nil && *asset != theirs:
		fault("%w: its asset is %s, ours is %s; agree on one: ask for an invitation with ours, or accept theirs with --asset %s --scale %d",
			ErrMismatch, theirs, Asset{cut(asset.Code), asset.Scale}, i.AssetCode, i.AssetScale)
	}
	if e, _ := config.ParseEndpoint(i.Endpoint); e.OnThisMachine() && !c.AllowLoopback {
		fault("its endpoint is on this machine, %s: if the other connector runs here, say --allow-loopback, in the API allowLoopback", e.Host)
	}
	if us.Address != "" && us.Address == i.Address {
		fault("the invitation is our own: give it to the operator of another connector")
	}
	l := i.accepted(c, fault)
	if len(faults) > 0 {
		return "", nil, errors.Join(faults...)
	}
	return id, i.entry(i.Relation, l, map[string]any{"server": i.Endpoint, "btpAccount": name, "btpToken": i.Token, "declareAsset": true}), nil
}

// cut returns what an operator gave for an error, shortened.
func cut(text string) string { return fmt.Sprintf("%.32s", text) }

// DefaultID returns the last segment of the address of the side that invites.
func (i Invitation) DefaultID() string { return i.Address[strings.LastIndexByte(i.Address, '.')+1:] }

// accepted returns the limits of the account of the side that accepts.
func (i Invitation) accepted(c Choices, fault func(string, ...any)) limits {
	proposed := limits{i.Balance, i.MaxPacketAmount, i.RateLimit}
	l := c.limits(i.AssetScale, fault)
	if c.BalanceMaximum == "" && (c.AsProposed || !above(proposed.Balance.Maximum, l.Balance.Maximum)) {
		l.Balance.Maximum = proposed.Balance.Maximum
	}
	if c.BalanceMinimum == "" && (c.AsProposed || !above(l.Balance.Minimum, proposed.Balance.Minimum)) {
		l.Balance.Minimum = proposed.Balance.Minimum
	}
	if c.MaxPacketAmount == "" && (c.AsProposed || !above(proposed.MaxPacketAmount, l.MaxPacketAmount)) {
		l.MaxPacketAmount = proposed.MaxPacketAmount
	}
	if c.PacketsPerMinute == 0 && (c.AsProposed || i.RateLimit.RefillPeriod == 60_000 && i.RateLimit.RefillCount <= packetsDefault) {
		l.RateLimit = i.RateLimit
	}
	return l
}

// above reports whether an amount is greater than another.
func above(a, b string) bool {
	x, _ := new(big.Int).SetString(a, 10)
	y, _ := new(big.Int).SetString(b, 10)
	return x == nil || y == nil || x.Cmp(y) > 0
}

// JavaScript returns the account for CONNECTOR_ACCOUNTS of the npm ilp-connector, version 23, with
// the limits that the invitation proposes. It holds the token. name is as in Accept.
func (i Invitation) JavaScript(id, name string) ([]byte, error) {
	if id == "" {
		id = i.DefaultID()
	}
	scheme, rest, _ := strings.Cut(i.Endpoint, "://")
	entry := i.entry(i.Relation, limits{i.Balance, i.MaxPacketAmount, i.RateLimit}, map[string]any{"server": scheme + "://" + name + ":" + i.Token + "@" + rest})
	if _, _, err := config.ParseAccount(id, entry, config.Known{}); err != nil {
		return nil, err
	}
	return json.MarshalIndent(map[string]json.RawMessage{id: entry}, "", "  ")
}

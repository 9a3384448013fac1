package peering

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/config"
)

// Offer is what an operator wants to say in an invitation. Empty fields have defaults, but for the
// asset, which is that of the connector's accounts if they have one in common.
type Offer struct {
	// ID is the id of our account for the peer. A connector makes one if it is empty.
	ID string `json:"id,omitempty"`
	// Endpoint is the URL at which the peer reaches us. By default it is the setting peerEndpoint, or
	// else the path of the account below listen.publicUrl.
	Endpoint string `json:"endpoint,omitempty"`
	// AllowLoopback lets the endpoint be on this machine, for tests.
	AllowLoopback bool `json:"allowLoopback,omitempty"`
	// Listen is where we listen, as host:port. By default that is the shared listener, if the endpoint
	// leads there, and else the port of the endpoint, on all addresses.
	Listen string `json:"listen,omitempty"`
	// TLSCert and TLSKey name PEM files on the connector's machine, for a listener with TLS.
	TLSCert string `json:"tlsCert,omitempty"`
	TLSKey  string `json:"tlsKey,omitempty"`
	// Relation is what the peer becomes to us: peer by default, child or parent.
	Relation   string `json:"relation,omitempty"`
	AssetCode  string `json:"assetCode,omitempty"`
	AssetScale *uint8 `json:"assetScale,omitempty"`
	// Limits are those of our account. Those of the peer's mirror them.
	Limits
	// ExpiresIn is for how many seconds the invitation is good, a day by default.
	ExpiresIn int64 `json:"expiresIn,omitempty"`
}

// Limits are those of an account, in its base units. Empty ones have small defaults.
type Limits struct {
	// BalanceMaximum is the most that the other side may owe us, BalanceMinimum, which is not
	// positive, the most that we may owe it.
	BalanceMaximum  string `json:"balanceMaximum,omitempty"`
	BalanceMinimum  string `json:"balanceMinimum,omitempty"`
	MaxPacketAmount string `json:"maxPacketAmount,omitempty"`
	// PacketsPerMinute bounds the packets of the other side.
	PacketsPerMinute int64 `json:"packetsPerMinute,omitempty"`
}

// Asset is the unit of an account.
type Asset struct {
	Code  string
	Scale uint8
}

// String returns the asset in words.
func (a Asset) String() string { return fmt.Sprintf("%s with scale %d", a.Code, a.Scale) }

// Us is what the connector that invites, or accepts, knows of itself.
type Us struct {
	Address  string // empty if it is not known
	Endpoint string // the setting peerEndpoint
	Asset    *Asset // what all its accounts have in common, nil if there is no such asset
	// Listen is the shared listener, nil if there is none.
	Listen *config.Listen
}

// Bounds of the time for which an invitation is good.
const (
	expiresDefault = 24 * time.Hour
	expiresMax     = 30 * 24 * time.Hour
)

// packetsDefault is how many packets a minute a peer may send us.
const packetsDefault = 1000

// Invite makes an invitation with a fresh token, and the account that waits for the peer. The
// error names every field that must be mended.
func (o Offer) Invite(us Us, now time.Time) (i Invitation, id string, entry json.RawMessage, err error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if us.Address == "" {
		fault("the connector does not know its ILP address yet: wait until its parent has told it, or set ilpAddress")
	}
	if o.Endpoint == "" {
		o.Endpoint = cmp.Or(us.Endpoint, sharedEndpoint(us.Listen, o.ID))
	}
	listener := o.listener(us.Listen, fault)
	asset, err := choose(o.AssetCode, o.AssetScale, us.Asset)
	switch {
	case err != nil:
		faults = append(faults, err)
	case asset == nil:
		fault("assetCode is not set, and the accounts have no asset in common: say the asset and scale of the account, in the command --asset and --scale")
	default:
		i.AssetCode, i.AssetScale = asset.Code, asset.Scale
		if problem := assetProblem(asset.Code); problem != "" {
			fault("assetCode %s", problem)
		}
	}
	if problem := idProblem(o.ID); problem != "" {
		fault("id %s", problem)
	}
	relation, theirs := o.relations(fault)
	ours := o.limits(i.AssetScale, fault)
	expires := time.Duration(o.ExpiresIn) * time.Second
	switch {
	case o.ExpiresIn == 0:
		expires = expiresDefault
	case o.ExpiresIn < 0 || o.ExpiresIn > int64(expiresMax/time.Second):
		fault("expiresIn is %d seconds, which is not from 1 to %d, a month", o.ExpiresIn, int64(expiresMax/time.Second))
	}
	if len(faults) > 0 {
		return Invitation{}, "", nil, errors.Join(faults...)
	}
	i.Endpoint, i.Token, i.Address, i.Relation = o.Endpoint, NewToken(), us.Address, theirs
	mirrored := ours.mirrored()
	i.Balance, i.MaxPacketAmount, i.RateLimit = mirrored.Balance, mirrored.MaxPacketAmount, mirrored.RateLimit
	i.Expires = now.UTC().Truncate(time.Second).Add(expires)
	if err := i.check(); err != nil { // what we write, others can read
		return Invitation{}, "", nil, err
	}
	listener["secret"] = i.Token
	entry = i.entry(relation, ours, map[string]any{"listener": listener})
	return i, o.ID, waiting(entry, i.Expires), nil
}

// listener returns the options of the listener, but for its secret. shared may be nil.
func (o Offer) listener(shared *config.Listen, fault func(string, ...any)) map[string]any {
	e, problem := config.ParseEndpoint(o.Endpoint)
	switch {
	case o.Endpoint == "":
		fault("endpoint is not set: say the URL at which the peer reaches this connector, which it cannot know itself, " +
			"such as btp+wss://connector.example:7768, in the command --endpoint; or set peerEndpoint or listen.publicUrl in the configuration")
		return nil
	case problem != "":
		fault("endpoint %s: use a URL such as btp+wss://connector.example:7768", problem)
		return nil
	case e.OnThisMachine() && !o.AllowLoopback:
		fault("endpoint is on %s, which no other machine can reach: use the name or address that the peer sees; "+
			"if both connectors run on this machine, say so with allowLoopback, in the command --allow-loopback", e.Host)
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		fault("tlsCert and tlsKey: only one of them is set; set both, or neither")
	}
	if o.Listen == "" && o.TLSCert == "" && leadsTo(e, shared) {
		o.checkShared(e, shared, fault)
		return map[string]any{}
	}
	host, port := "", e.Port
	if o.Listen != "" {
		h, p, err := net.SplitHostPort(o.Listen)
		n, perr := strconv.Atoi(p)
		if err != nil || perr != nil || n < 1 || n > 65535 {
			fault("listen is not an address such as 127.0.0.1:7768 or :7768")
		}
		host, port = h, n
	}
	listener := map[string]any{"port": port}
	switch {
	case o.TLSCert != "" && !e.Secure:
		fault("tlsCert is set, but the endpoint begins with btp+ws://: use btp+wss://, or no certificate")
	case o.TLSCert != "":
		listener["tls"] = map[string]any{"cert": o.TLSCert, "key": o.TLSKey}
	case e.Secure && o.Listen == "":
		fault("endpoint begins with btp+wss://, and there is no certificate: name the PEM files with tlsCert and tlsKey, in the command --tls-cert and --tls-key; " +
			"or if a proxy ends TLS, say with listen, in the command --listen, where it reaches us, such as 127.0.0.1:7768")
	}
	if host != "" {
		listener["host"] = host
	}
	return listener
}

// relations returns what the peer becomes to us, and what we become to it.
func (o Offer) relations(fault func(string, ...any)) (theirs, ours string) {
	switch o.Relation {
	case "", "peer":
		return "peer", "peer"
	case "child":
		return "child", "parent"
	case "parent":
		return "parent", "child"
	}
	fault("relation is %.20q, which is none of peer, child and parent", o.Relation)
	return "peer", "peer"
}

// limits returns those of an account with the scale, with the defaults.
func (l Limits) limits(scale uint8, fault func(string, ...any)) limits {
	small := smallAmount(scale)
	set := func(field, value string, fallback *big.Int) string {
		if value == "" {
			return fallback.String()
		}
		if problem := amountProblem(strings.TrimPrefix(value, "-")); problem != "" {
			fault("%s %s", field, problem)
		}
		return value
	}
	out := limits{
		Balance: Balance{
			Maximum: set("balanceMaximum", l.BalanceMaximum, small),
			Minimum: set("balanceMinimum", l.BalanceMinimum, new(big.Int).Neg(small)),
		},
		RateLimit: RateLimit{RefillPeriod: 60_000, RefillCount: packetsDefault},
	}
	if strings.HasPrefix(out.Balance.Maximum, "-") {
		fault("balanceMaximum is negative: it is what the other side may owe us")
	}
	if out.Balance.Minimum != "0" && !strings.HasPrefix(out.Balance.Minimum, "-") {
		fault("balanceMinimum is positive: it is what we may owe the other side, such as -%s", small)
	}
	most, ok := new(big.Int).SetString(out.Balance.Maximum, 10)
	if !ok || most.Sign() <= 0 || l.BalanceMaximum == "" {
		most = small
	}
	out.MaxPacketAmount = set("maxPacketAmount", l.MaxPacketAmount, tenth(most))
	if strings.HasPrefix(out.MaxPacketAmount, "-") {
		fault("maxPacketAmount is negative")
	}
	if l.PacketsPerMinute != 0 {
		out.RateLimit.RefillCount = l.PacketsPerMinute
	}
	if l.PacketsPerMinute < 0 {
		fault("packetsPerMinute is negative")
	}
	return out
}

// smallAmount returns the default of the most that one side may owe the other: a thousandth of the
// asset. We do not know its price, and this is little money of any.
func smallAmount(scale uint8) *big.Int {
	const most = 18 // a balance of more digits is small change of no asset that we know
	exponent := min(max(int64(scale)-3, 0), most)
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(exponent), nil)
}

func tenth(amount *big.Int) *big.Int {
	t := new(big.Int).Quo(amount, big.NewInt(10))
	if t.Sign() == 0 {
		return big.NewInt(1)
	}
	return t
}

// mirrored returns the limits of the other side's account: what they may owe us is what it sees as
// the most that it may owe.
func (l limits) mirrored() limits {
	l.Balance = Balance{Maximum: negated(l.Balance.Minimum), Minimum: negated(l.Balance.Maximum)}
	return l
}

func negated(amount string) string {
	rest, negative := strings.CutPrefix(amount, "-")
	if negative || amount == "0" {
		return rest
	}
	return "-" + amount
}

// waiting adds the block of an open invitation to an account.
func waiting(entry json.RawMessage, expires time.Time) json.RawMessage {
	block, _ := json.Marshal(config.Invitation{Expires: expires.Format(time.RFC3339)}) // a text never fails
	return append(append(append(entry[:len(entry)-1:len(entry)-1], `,"invitation":`...), block...), '}')
}

// choose returns the asset that an operator declares, or else that of the accounts, nil if neither
// is there.
func choose(code string, scale *uint8, otherwise *Asset) (*Asset, error) {
	switch {
	case code == "" && scale == nil:
		return otherwise, nil
	case code == "" || scale == nil:
		return nil, errors.New("assetCode and assetScale: only one of them is set; set both, in the command --asset and --scale, or neither")
	}
	return &Asset{code, *scale}, nil
}

// NewToken returns a fresh token of 256 bits.
func NewToken() string {
	secret := make([]byte, tokenBytes)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

// NewName returns a fresh name of 128 bits, which binds an invitation to the side that accepts it.
// It has letters and digits alone, so that a URL needs no escape for it.
func NewName() string { return strings.ToLower(rand.Text()) }

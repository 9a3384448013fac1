package config

import (
	"cmp"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// XRPOptions are the options of ilp-plugin-xrp-paychan beside those of BTP. Amounts are in units of the
// account.
type XRPOptions struct {
	// Servers are WebSocket URLs of servers of the ledger. The first one that is good is used.
	Servers []string
	// NetworkID, if it is not negative, is the id of the network that the servers must be on.
	NetworkID int64
	// Secret is the seed of the account Address, or of its regular key. An empty Address is that of the secret.
	Secret, Address string
	// PeerAddress is empty if the peer is to be asked.
	PeerAddress string
	// ChannelAmount is what a new channel gets, ChannelMax what one may hold, and FundingMax what may be put
	// into channels within a day.
	ChannelAmount, ChannelMax, FundingMax *big.Int
	FundThreshold                         *big.Rat // a share of the channel
	SettleDelay                           uint32   // seconds
	ClaimInterval                         time.Duration
	MaxFee                                *big.Rat // a share of what a claim brings
	FeeMax                                int64    // of a transaction, in drops; 0 for the default
}

// Defaults of options. Those of the npm plugin are the same, except that it has no bounds.
const (
	xrpClaimInterval = 5 * time.Minute
	xrpSettleDelay   = 3600 // seconds, and no peer takes less
	xrpChannelMax    = 1000 // times channelAmount
	xrpFundingMax    = 20   // times channelAmount
)

// xrpOptions are the options of the plugin that BTP does not have.
var xrpOptions = []string{
	"xrpServer", "rippledServer", "xrpServers", "networkId", "secret", "address", "peerAddress", "assetScale", "currencyScale",
	"channelAmount", "channelMax", "fundThreshold", "fundingMax", "claimInterval", "settleDelay", "maxFeePercent", "feeMax",
}

// XRP reads the options of the account as those of ilp-plugin-xrp-paychan. Those of BTP are read by BTP. The
// error is a [Faults].
func (a Account) XRP() (XRPOptions, error) {
	r := newReport(nil)
	options := decodeXRP(at("accounts", a.ID, "options"), a, r)
	if len(r.faults) > 0 {
		return XRPOptions{}, r.faults
	}
	return options, nil
}

// decodeXRP reads the options of an account at path, and reports to r. As in the npm plugin, 0 stands for
// the default.
func decodeXRP(path string, a Account, r *report) XRPOptions {
	in := &optionReader{path: path, values: a.Options, out: r}
	o := XRPOptions{
		Servers: readXRPServers(in), NetworkID: -1, Secret: in.text("secret"), Address: in.text("address"), PeerAddress: in.text("peerAddress"),
		ClaimInterval: cmp.Or(in.milliseconds("claimInterval"), xrpClaimInterval),
		SettleDelay:   uint32(cmp.Or(in.whole("settleDelay", 1<<32-1), xrpSettleDelay)),
		FeeMax:        in.whole("feeMax", 1<<40),
		FundThreshold: in.share("fundThreshold", big.NewRat(1, 2)), MaxFee: in.share("maxFeePercent", big.NewRat(1, 100)),
	}
	if in.value("networkId") != nil {
		o.NetworkID = in.whole("networkId", 1<<32-1)
	}
	if o.Secret == "" {
		in.fault("secret", "is not set", "set it to the seed of an account on the XRP Ledger, which begins with s; a reference such as {\"file\": \"xrp.seed\"} keeps it out of this file")
	}
	if o.SettleDelay < xrpSettleDelay {
		in.fault("settleDelay", fmt.Sprintf("is %d, and peers take no claims on a channel with less than %d seconds", o.SettleDelay, xrpSettleDelay),
			"raise it, or remove it")
	}
	readXRPScale(in, a)
	o.ChannelAmount = in.units("channelAmount")
	if o.ChannelAmount == nil {
		o.ChannelAmount = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(a.AssetScale)), nil) // 1 XRP
	}
	for key, bound := range map[string]struct {
		to    **big.Int
		times int64
	}{"channelMax": {&o.ChannelMax, xrpChannelMax}, "fundingMax": {&o.FundingMax, xrpFundingMax}} {
		*bound.to = in.units(key)
		switch {
		case *bound.to == nil:
			*bound.to = new(big.Int).Mul(o.ChannelAmount, big.NewInt(bound.times))
		case (*bound.to).Cmp(o.ChannelAmount) < 0:
			in.fault(key, "is below channelAmount, so no channel can be opened", "raise it to "+o.ChannelAmount.String()+" or more")
		}
	}
	return o
}

// readXRPServers reads the servers of the ledger.
func readXRPServers(in *optionReader) (all []string) {
	first := cmp.Or(in.text("xrpServer"), in.text("rippledServer"))
	if first != "" {
		all = append(all, first)
	}
	switch list := in.value("xrpServers").(type) {
	case nil:
	case []any:
		for i, v := range list {
			text, ok := v.(string)
			if !ok {
				in.fault("xrpServers", fmt.Sprintf("has %s at %d, not a URL", typeName(v), i), "write each URL in quotes")
				continue
			}
			all = append(all, text)
		}
	default:
		in.fault("xrpServers", "is "+typeName(list)+", not a list", `use ["wss://one.example", "wss://other.example"]`)
	}
	for _, url := range all {
		if !strings.HasPrefix(url, "ws://") && !strings.HasPrefix(url, "wss://") {
			in.fault("xrpServer", "has a URL that does not begin with ws:// or wss://", "use the WebSocket URL of a server of the XRP Ledger")
		}
	}
	if len(all) == 0 {
		in.fault("xrpServer", "is not set", "set it to the WebSocket URL of a server of the XRP Ledger")
	}
	return all
}

// readXRPScale checks the scale. The npm plugin has one of its own, and takes amounts of the account as if
// they had it: with another one it pays and credits other amounts than the connector books.
func readXRPScale(in *optionReader, a Account) {
	const both = "opts.assetScale is an alias for opts.currencyScale;only one must be specified" // as in the npm plugin
	scale := int64(6)
	given := ""
	for _, key := range []string{"currencyScale", "assetScale"} {
		v := in.value(key)
		if v == nil {
			continue
		}
		n, ok := wholeNumber(v)
		switch {
		case !ok:
			in.fault(key, fmt.Sprintf("is %s: currency scale must be a number if specified", typeName(v)), fmt.Sprintf("use %d, the assetScale of the account", a.AssetScale))
			return
		case n == 0:
			continue
		case given != "":
			in.fault(given, both, "remove one of the two")
			return
		}
		scale, given = n, key
	}
	if scale == int64(a.AssetScale) {
		return
	}
	if given == "" {
		in.fault("assetScale", fmt.Sprintf("is not set, and so 6, while assetScale of the account is %d", a.AssetScale),
			fmt.Sprintf("set it to %d here and at the peer, or assetScale of the account to 6", a.AssetScale))
		return
	}
	in.fault(given, fmt.Sprintf("is %d, while assetScale of the account is %d", scale, a.AssetScale), "make them equal, here and at the peer")
}

// checkXRP checks what the plugin asks of its account.
func checkXRP(path string, a Account, r *report) {
	if a.AssetScale > xrpScaleMax {
		r.fault(at(path, "assetScale"), fmt.Sprintf("is %d, too fine for XRP", a.AssetScale), "use 6, or 9")
	}
	if a.SettlementEngine != nil {
		r.fault(at(path, "settlementEngine"), "is set, and the plugin settles too", "remove it, or use the plugin "+pluginBTP)
	}
	if a.AssetCode != "XRP" {
		r.warn(at(path, "assetCode"), "is "+show(a.AssetCode)+", but the plugin settles in XRP", "use XRP")
	}
}

// xrpScaleMax is the finest scale of an account that settles in XRP.
const xrpScaleMax = 18

// whole reads a whole number of at most some size. Without one it is 0.
func (in *optionReader) whole(key string, most int64) int64 {
	v := in.value(key)
	if v == nil {
		return 0
	}
	n, ok := wholeNumber(unquotedNumber(v))
	if !ok || n > most {
		in.fault(key, "is not a whole number that fits", fmt.Sprintf("use one from 0 to %d", most))
	}
	return n
}

// units reads an amount in units, a number or text. Without one, or with 0, it is nil.
func (in *optionReader) units(key string) *big.Int {
	v := in.value(key)
	if v == nil {
		return nil
	}
	n, ok := new(big.Int).SetString(fmt.Sprint(v), 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 120 {
		in.fault(key, "is "+show(fmt.Sprint(v))+", not an amount", "use a whole number of units of the account")
		return nil
	}
	if n.Sign() == 0 {
		return nil
	}
	return n
}

// share reads a number from 0 to 1. Without one, or with 0, it is the fallback.
func (in *optionReader) share(key string, fallback *big.Rat) *big.Rat {
	v := in.value(key)
	if v == nil {
		return fallback
	}
	text := fmt.Sprint(v)
	n, ok := new(big.Rat), false
	if len(text) < 40 {
		n, ok = n.SetString(text)
	}
	if !ok || n.Sign() < 0 || n.Cmp(big.NewRat(1, 1)) > 0 {
		in.fault(key, "is "+show(text)+", not a share", "use a number from 0 to 1, such as 0.5")
		return fallback
	}
	if n.Sign() == 0 {
		return fallback
	}
	return n
}

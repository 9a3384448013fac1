package config

import (
	"maps"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// xrp decodes options given as JSON, beside what the plugin cannot do without.
func xrp(t *testing.T, scale uint8, options string) (XRPOptions, *report) {
	t.Helper()
	a := Account{ID: "bob", Plugin: pluginXRP, AssetScale: scale}
	if err := unmarshal([]byte(options), &a.Options); err != nil {
		t.Fatal(err)
	}
	r := newReport(nil)
	return decodeXRP("options", a, r), r
}

func TestXRPOptionsAreTyped(t *testing.T) {
	standard := XRPOptions{
		Servers: []string{"wss://x"}, NetworkID: -1, Secret: "s", ChannelAmount: big.NewInt(1e6), ChannelMax: big.NewInt(1e9), FundingMax: big.NewInt(20e6),
		FundThreshold: big.NewRat(1, 2), SettleDelay: 3600, ClaimInterval: 5 * time.Minute, MaxFee: big.NewRat(1, 100),
	}
	with := func(edit func(*XRPOptions)) XRPOptions {
		o := standard
		edit(&o)
		return o
	}
	for options, want := range map[string]XRPOptions{
		`{"xrpServer":"wss://x","secret":"s"}`: standard,
		`{"rippledServer":"wss://x","secret":"s","fundThreshold":0,"settleDelay":0,"channelAmount":"0","assetScale":0}`: standard,
		`{"xrpServer":"wss://x","rippledServer":"wss://old","secret":"s","currencyScale":6}`:                            standard,
		`{"xrpServer":"wss://x","secret":"s","xrpServers":["ws://y"]}`:                                                  with(func(o *XRPOptions) { o.Servers = []string{"wss://x", "ws://y"} }),
		`{"xrpServers":["wss://x"],"secret":"s","networkId":0,"feeMax":50}`:                                             with(func(o *XRPOptions) { o.NetworkID, o.FeeMax = 0, 50 }),
		`{"xrpServer":"wss://x","secret":"s","address":"r1","peerAddress":"r2","settleDelay":7200,"claimInterval":1000}`: with(func(o *XRPOptions) {
			o.Address, o.PeerAddress, o.SettleDelay, o.ClaimInterval = "r1", "r2", 7200, time.Second
		}),
		`{"xrpServer":"wss://x","secret":"s","channelAmount":"5","channelMax":10,"fundingMax":"7","fundThreshold":0.25,"maxFeePercent":1e-3}`: with(func(o *XRPOptions) {
			o.ChannelAmount, o.ChannelMax, o.FundingMax = big.NewInt(5), big.NewInt(10), big.NewInt(7)
			o.FundThreshold, o.MaxFee = big.NewRat(1, 4), big.NewRat(1, 1000)
		}),
	} {
		got, r := xrp(t, 6, options)
		if len(r.faults)+len(r.warnings) > 0 {
			t.Errorf("%s:\n%v %v", options, r.faults, r.warnings)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", options, got, want)
		}
	}
}

func TestXRPOptionsFaults(t *testing.T) {
	const good = `"xrpServer":"wss://x","secret":"s",`
	for options, words := range map[string][]string{
		`{}`:                                             {"options.xrpServer: is not set", "options.secret: is not set"},
		`{"xrpServer":"https://x","secret":"s"}`:         {"options.xrpServer", "ws:// or wss://"},
		`{"xrpServer":5,"secret":"s"}`:                   {"options.xrpServer", "is a number"},
		`{"xrpServers":"wss://x","secret":"s"}`:          {"options.xrpServers", "is a string, not a list"},
		`{"xrpServers":[5],"secret":"s"}`:                {"options.xrpServers", "has a number at 0"},
		`{` + good + `"assetScale":9}`:                   {"options.assetScale", "is 9, while assetScale of the account is 6"},
		`{` + good + `"assetScale":"9"}`:                 {"options.assetScale", "currency scale must be a number if specified"},
		`{` + good + `"assetScale":9.5}`:                 {"options.assetScale", "currency scale must be a number if specified"},
		`{` + good + `"assetScale":6,"currencyScale":6}`: {"only one must be specified"},
		`{` + good + `"channelAmount":1.5}`:              {"options.channelAmount", "whole number"},
		`{` + good + `"channelAmount":"-1"}`:             {"options.channelAmount", "whole number"},
		`{` + good + `"channelAmount":5,"fundingMax":4}`: {"options.fundingMax", "below channelAmount"},
		`{` + good + `"channelAmount":5,"channelMax":4}`: {"options.channelMax", "below channelAmount"},
		`{` + good + `"fundThreshold":1.5}`:              {"options.fundThreshold", "from 0 to 1"},
		`{` + good + `"fundThreshold":"half"}`:           {"options.fundThreshold", "from 0 to 1"},
		`{` + good + `"maxFeePercent":-1}`:               {"options.maxFeePercent", "from 0 to 1"},
		`{` + good + `"settleDelay":4294967296}`:         {"options.settleDelay", "whole number"},
		`{` + good + `"settleDelay":3599}`:               {"options.settleDelay", "less than 3600 seconds"},
		`{` + good + `"claimInterval":-5}`:               {"options.claimInterval", "milliseconds"},
		`{` + good + `"networkId":-1}`:                   {"options.networkId", "whole number"},
		`{` + good + `"feeMax":"x"}`:                     {"options.feeMax", "whole number"},
	} {
		_, r := xrp(t, 6, options)
		text := r.faults.Error()
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s: %q lacks %q", options, text, word)
			}
		}
		wantHints(t, r.faults, nil)
	}
	if _, r := xrp(t, 9, `{`+good+`"channelAmount":5}`); !strings.Contains(r.faults.Error(), "is not set, and so 6, while assetScale of the account is 9") {
		t.Errorf("%v", r.faults)
	}
}

func TestXRPAccountsAreChecked(t *testing.T) {
	known := builtin
	known.Plugins = append(slices.Clone(builtin.Plugins), pluginXRP)
	check := func(rest string) string {
		_, warnings, err := Parse("c.yaml", []byte(`
ilpAddress: test.us
backend: one-to-one
accounts:
  bob:
    relation: peer
    plugin: ilp-plugin-xrp-paychan
    options: {server: "btp+ws://:t@h", xrpServer: "wss://x", secret: s}
    balance: {maximum: "1000000", minimum: "-1000000"}
    `+rest), nil, known)
		text := ""
		for _, w := range warnings {
			text += w.String() + "\n"
		}
		if err != nil {
			text += err.Error()
		}
		return text
	}
	if got := check("assetCode: XRP\n    assetScale: 6"); got != "" {
		t.Errorf("%s", got)
	}
	for rest, want := range map[string]string{
		"assetCode: USD\n    assetScale: 6": "the plugin settles in XRP",
		"assetCode: XRP\n    assetScale: 6\n    settlementEngine: {url: \"http://h\", scale: 6}": "and the plugin settles too",
		"assetCode: XRP\n    assetScale: 19":                                                     "too fine for XRP",
	} {
		if got := check(rest); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", rest, got, want)
		}
	}
}

// The table of options names exactly those that are read.
func TestConfigurationPageHasEveryXRPOption(t *testing.T) {
	named := make(map[string]bool)
	for line := range strings.Lines(docXRP) {
		if cell, _, row := strings.Cut(strings.TrimPrefix(line, "| "), " | "); row {
			for _, quoted := range regexp.MustCompile("`[a-zA-Z]+`").FindAllString(cell, -1) {
				named[strings.Trim(quoted, "`")] = true
			}
		}
	}
	for _, option := range xrpOptions {
		if !named[option] {
			t.Errorf("doc/xrp.md lacks %s", option)
		}
		delete(named, option)
	}
	if len(named) > 0 {
		t.Errorf("nobody reads %v", slices.Collect(maps.Keys(named)))
	}
}

package config

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/clip"
)

// module is an npm module that configurations of the reference name. We load none, so the
// fault says what the module does, and what to use instead.
type module struct {
	name string
	does string // with the module as subject
	use  string
	// builtin says that the reference has it built in, so it is no npm module.
	builtin bool
	// section is the heading of docs/plugins.md about it, the name if it is empty.
	section string
	// options are those that ilp-plugin-btp lacks.
	options []string
}

// moduleKind is what a setting may name: plugins, for instance.
type moduleKind struct {
	modules []module
	prefix  string // of the names of other modules of the kind
	use     string // instead of one that we do not know
	section string
}

const (
	engineInstead = "use ilp-plugin-btp and a settlementEngine here, and the same at the peer"
	remoteInstead = "use ilp-plugin-mini-accounts with children, and a settlementEngine in children.perChild"
)

// pluginModules are the plugins of the reference that are not built in.
var pluginModules = moduleKind{
	modules: []module{
		{name: "ilp-plugin-xrp-paychan", does: "settles over payment channels in XRP, which we cannot yet", use: engineInstead,
			options: []string{"rippledServer", "peerAddress", "channelAmount", "fundThreshold", "settleDelay", "secret", "xrpServer", "address", "maxFeePercent", "claimInterval"}},
		{name: "ilp-plugin-xrp-paychan-shared", does: "is a library of the plugins that settle in XRP, which we cannot yet", use: engineInstead},
		{name: "ilp-plugin-xrp-asym", does: "is a name in the README of the reference for a plugin that settles in XRP, which we cannot yet", use: engineInstead},
		{name: "ilp-plugin-xrp-asym-server", does: "lets many clients connect, and settles in XRP, which we cannot yet", use: remoteInstead,
			options: []string{"bandwidth", "maxBalance", "outgoingChannelAmount", "minIncomingChannelAmount", "secret", "xrpServer", "address", "maxFeePercent", "claimInterval"}},
		{name: "ilp-plugin-xrp-asym-client", does: "connects to a server of ilp-plugin-xrp-asym-server, and settles in XRP, which we cannot yet", use: engineInstead,
			options: []string{"outgoingChannelAmountXRP", "secret", "xrpServer", "address", "maxFeePercent", "claimInterval"}},
		{name: "ilp-plugin-lightning", does: "settles over Lightning, which we cannot yet", use: engineInstead,
			options: []string{"lnd", "role"}},
		{name: "ilp-plugin-ethereum", does: "settles over payment channels in ether, which we cannot", use: engineInstead,
			options: []string{"ethereumPrivateKey", "ethereumProvider", "ethereumWallet", "tokenAddress", "contractAddress", "outgoingChannelAmount", "minIncomingChannelAmount", "channelWatcherInterval", "outgoingDisputePeriod", "minIncomingDisputePeriod", "role"}},
		{name: "ilp-plugin-mirror", does: "answers no packet, and is for tests of the reference", use: "remove the account"},
		{name: "ilp-compat-plugin", does: "adapts plugins of an old interface, which we do not load", use: "agree with the peer on ilp-plugin-btp"},
	},
	prefix: "ilp-plugin-", use: "agree with the peer on ilp-plugin-btp, or write the plugin in Go", section: "other-plugins",
}

// backendModules are the backends of the reference. All that it has built in, we have too.
var backendModules = moduleKind{
	prefix: "ilp-", use: "use a built-in one, such as ecb, or a backend of your own in Go", section: "other-backends",
}

// storeModules are stores that configurations of the reference name.
var storeModules = moduleKind{
	modules: []module{
		{name: "leveldown", does: "keeps what plugins store in a LevelDB, which we do not read", use: "remove store, and set storePath", section: "stores"},
		{name: "ilp-store-redis", does: "keeps what plugins store in Redis, which we do not use", use: "remove store, and set storePath", section: "stores"},
	},
	prefix: "ilp-store-", use: "remove store, and set storePath", section: "stores",
}

// middlewareModules are the types of middlewares that the reference has built in.
var middlewareModules = moduleKind{
	modules: secondInstances("error-handler", "rate-limit", "max-packet-amount", "throughput", "balance", "deduplicate", "echo",
		"expire", "validate-fulfillment", "stats", "alert"),
	prefix: "ilp-", use: "write the middleware in Go", section: "other-middlewares",
}

func secondInstances(names ...string) (modules []module) {
	for _, name := range names {
		modules = append(modules, module{
			name: name, does: "runs a second time there, and ours run once",
			use: "remove it; the settings of the accounts say what it does", section: "second-instances", builtin: true,
		})
	}
	return modules
}

// find returns the module of a name, which may be a path with it.
func (k *moduleKind) find(name string) (m module, ok bool) {
	parts := strings.Split(name, "/")
	for _, m := range k.modules {
		if slices.Contains(parts, m.name) {
			return m, true
		}
	}
	return module{}, false
}

// names returns the names of the modules.
func (k *moduleKind) names() []string {
	names := make([]string, len(k.modules))
	for i, m := range k.modules {
		names[i] = m.name
	}
	return names
}

// has reports whether other modules of the kind have such a name.
func (k *moduleKind) has(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, k.prefix) })
}

// checkModule wants a name that is built in, as checkName does. Of an npm module it says what
// that does, and what to use instead.
func checkModule(path, name string, known []string, kind *moduleKind, r *report) {
	if known == nil || slices.Contains(known, name) {
		return
	}
	const page = "; see docs/plugins.md#"
	m, ok := kind.find(name)
	perhaps := ""
	if near := nearest(name, append(slices.Clone(known), kind.names()...)); !ok && near != "" {
		m, ok = kind.find(near)
		perhaps = near
		if !ok {
			checkName(path, name, known, r)
			return
		}
	}
	switch {
	case ok:
		r.fault(path, "is "+showModule(name)+", "+m.what(perhaps)+": it "+m.does, m.use+page+cmp.Or(m.section, m.name))
	case kind.has(name) || isPath(name):
		r.fault(path, "is "+showModule(name)+", and we load no npm modules", kind.use+page+kind.section)
	default:
		checkName(path, name, known, r)
	}
}

// what says what a module is. perhaps is its name if the operator wrote another one.
func (m *module) what(perhaps string) string {
	switch {
	case m.builtin && perhaps == "":
		return "which the reference names as built in"
	case m.builtin:
		return "perhaps " + perhaps + ", which the reference names as built in"
	case perhaps == "":
		return "an npm module, and we load none"
	}
	return "perhaps the npm module " + perhaps + ", and we load none"
}

// isPath reports whether a name is the path of a file, or of a module with its scope, which
// the reference loads too.
func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".js")
}

// scoped matches the name of a module with its scope, such as @scope/name, and a path with it.
var scoped = regexp.MustCompile(`^([\w./-]*/)?@[\w.-]+/[\w./-]+$`)

// showModule quotes the name of a module. Unlike show, it does not take a scope for a URI.
func showModule(name string) string {
	if scoped.MatchString(name) {
		return strconv.Quote(clip.UTF8(name, 64))
	}
	return show(name)
}

package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/ilp-go/connector/clip"
)

// module is an npm module that configurations of the reference name. If it cannot be hosted, the
// fault says what it does, and what is built in to use instead.
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

// moduleKinds has what is known of the modules of each kind.
var moduleKinds = map[ModuleKind]*moduleKind{
	PluginModule: &pluginModules, BackendModule: &backendModules, StoreModule: &storeModules, MiddlewareModule: &middlewareModules,
}

// pluginModules are the plugins of the reference that are not built in.
var pluginModules = moduleKind{
	modules: []module{
		{name: "ilp-plugin-xrp-paychan", does: "settles over payment channels in XRP", use: engineInstead,
			options: []string{"rippledServer", "peerAddress", "channelAmount", "fundThreshold", "settleDelay", "secret", "xrpServer", "address", "maxFeePercent", "claimInterval"}},
		{name: "ilp-plugin-xrp-paychan-shared", does: "is a library of the plugins that settle in XRP", use: engineInstead},
		{name: "ilp-plugin-xrp-asym", does: "is a name in the README of the reference for a plugin that settles in XRP", use: engineInstead},
		{name: "ilp-plugin-xrp-asym-server", does: "lets many clients connect, and settles in XRP", use: remoteInstead,
			options: []string{"bandwidth", "maxBalance", "outgoingChannelAmount", "minIncomingChannelAmount", "secret", "xrpServer", "address", "maxFeePercent", "claimInterval"}},
		{name: "ilp-plugin-xrp-asym-client", does: "connects to a server of ilp-plugin-xrp-asym-server, and settles in XRP", use: engineInstead,
			options: []string{"outgoingChannelAmountXRP", "secret", "xrpServer", "address", "maxFeePercent", "claimInterval"}},
		{name: "ilp-plugin-lightning", does: "settles over Lightning", use: engineInstead,
			options: []string{"lnd", "role"}},
		{name: "ilp-plugin-ethereum", does: "settles over payment channels in ether", use: engineInstead,
			options: []string{"ethereumPrivateKey", "ethereumProvider", "ethereumWallet", "tokenAddress", "contractAddress", "outgoingChannelAmount", "minIncomingChannelAmount", "channelWatcherInterval", "outgoingDisputePeriod", "minIncomingDisputePeriod", "role"}},
		{name: "ilp-plugin-mirror", does: "answers no packet, and is for tests of the reference", use: "remove the account"},
		{name: "ilp-compat-plugin", does: "adapts plugins of an old interface", use: "agree with the peer on ilp-plugin-btp"},
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
		{name: "leveldown", does: "keeps what plugins store in a LevelDB", use: "remove store, and set storePath", section: "stores"},
		{name: "ilp-store-redis", does: "keeps what plugins store in Redis", use: "remove store, and set storePath", section: "stores"},
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

// secondInstance reports whether a type of a middleware is a name that the reference has built in.
func secondInstance(name string) bool {
	return slices.ContainsFunc(middlewareModules.modules, func(m module) bool { return m.name == name })
}

// find returns the module of a name, which may be a path with it.
func (k *moduleKind) find(name string) (m module, ok bool) {
	parts := strings.Split(strings.TrimPrefix(name, ForceHosted), "/")
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

// moduleNameMax bounds the name of a module, in bytes.
const moduleNameMax = 1024

// checkModule wants a name that is built in, or that of a module that can be hosted. The module itself
// is looked for later.
func checkModule(path, name string, kind ModuleKind, known Known, r *report) {
	if problem := moduleNameProblem(name); problem != "" {
		r.fault(path, problem, "write the name of an npm module behind "+ForceHosted+", or its path")
		return
	}
	_, hosted := known.Module(kind, name)
	switch {
	case hosted && kind == MiddlewareModule && secondInstance(name):
		m, _ := middlewareModules.find(name)
		r.fault(path, "is "+showModule(name)+", "+m.what("", "")+": it "+m.does, m.use+pluginsPage+m.page())
	case hosted && !known.refused:
	case hosted:
		refuseModule(path, name, kind, known, "and nodeHost is false", "remove nodeHost to host it, or ", r)
	default:
		refuseModule(path, name, kind, known, "and none is hosted here", "", r)
	}
}

// moduleNameProblem returns why a name can be no module, "" if it can.
func moduleNameProblem(name string) string {
	module, forced := strings.CutPrefix(name, ForceHosted)
	switch {
	case forced && strings.TrimSpace(module) == "":
		return "is " + show(name) + ", which names no module"
	case len(name) > moduleNameMax:
		return fmt.Sprintf("has %d bytes, more than the name of a module can have", len(name))
	case strings.ContainsFunc(name, unicode.IsControl):
		return "holds a line break or another control character"
	}
	return ""
}

// pluginsPage begins the hint that names a section of the page about modules.
const pluginsPage = "; see docs/plugins.md#"

// page returns the section of the page about a module.
func (m *module) page() string { return cmp.Or(m.section, m.name) }

// refuseModule wants a name that is built in, as checkName does. Of an npm module it says why it is not
// hosted, what it does, and what to use instead.
func refuseModule(path, name string, of ModuleKind, known Known, why, host string, r *report) {
	builtin, kind := known.names(of), moduleKinds[of]
	forced := strings.HasPrefix(name, ForceHosted)
	if builtin == nil || !forced && slices.Contains(builtin, name) {
		return
	}
	m, ok := kind.find(name)
	perhaps := ""
	if near := nearest(name, append(slices.Clone(builtin), kind.names()...)); !ok && !forced && near != "" {
		m, ok = kind.find(near)
		perhaps = near
		if !ok {
			refuseName(path, name, builtin, host, r)
			return
		}
	}
	if m.builtin {
		host = ""
	}
	switch {
	case ok:
		r.fault(path, "is "+showModule(name)+", "+m.what(perhaps, why)+": it "+m.does, host+m.use+pluginsPage+m.page())
	case kind.has(name) || isPath(name) || forced:
		r.fault(path, "is "+showModule(name)+", an npm module, "+why, host+kind.use+pluginsPage+kind.section)
	default:
		refuseName(path, name, builtin, host, r)
	}
}

// refuseName refuses a name that is not built in, and of which we do not know whether it is that of an npm
// module. host is not empty if only nodeHost keeps such modules from being hosted.
func refuseName(path, name string, builtin []string, host string, r *report) {
	if host == "" {
		checkName(path, name, builtin, r)
		return
	}
	r.fault(path, "is "+show(name)+", which is not built in, and nodeHost is false",
		nameHint(name, builtin, "use "+oneOf(suggested(builtin)))+"; or remove nodeHost, if it is an npm module")
}

// what says what a module is, and why it is not hosted. perhaps is its name if the operator wrote
// another one.
func (m *module) what(perhaps, why string) string {
	switch {
	case m.builtin && perhaps == "":
		return "which the reference names as built in"
	case m.builtin:
		return "perhaps " + perhaps + ", which the reference names as built in"
	case perhaps == "":
		return "an npm module, " + why
	}
	return "perhaps the npm module " + perhaps + ", " + why
}

// isPath reports whether a name is the path of a file, or of a module with its scope, which
// the reference loads too.
func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".js")
}

// scoped matches the name of a module with its scope, such as @scope/name, and a path with it.
var scoped = regexp.MustCompile(`^(npm:)?([\w./-]*/)?@[\w.-]+/[\w./-]+$`)

// showModule quotes the name of a module. Unlike show, it does not take a scope for a URI.
func showModule(name string) string {
	if scoped.MatchString(name) {
		return strconv.Quote(clip.UTF8(name, 64))
	}
	return show(name)
}

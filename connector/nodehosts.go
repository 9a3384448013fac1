package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/chain"
	"github.com/ilp-go/connector/nodehost/module"
	"github.com/ilp-go/connector/nodehost/plugin"
	"github.com/ilp-go/connector/nodehost/source"
	"github.com/ilp-go/connector/rate"
)

// nodeHosts are the processes that run hosted modules: one for all, or one for each module.
type nodeHosts struct {
	connector *Connector
	asked     plugin.Asked // what plugins have not answered for

	mu      sync.Mutex
	hosts   map[string]*nodehost.Host // by module, or the empty name for all
	store   *nodehost.Object          // the hosted store, nil if there is none
	kept    *hostedStore              // its handler
	sees    map[string]bool           // those that know the options of hosted plugins: they run a backend or middlewares
	woken   chan struct{}             // holds a value if that may have changed
	ctx     context.Context           // nil while they do not run yet
	stop    context.CancelFunc
	running sync.WaitGroup
}

func newNodeHosts(c *Connector) *nodeHosts {
	return &nodeHosts{connector: c, hosts: make(map[string]*nodehost.Host), sees: make(map[string]bool), woken: make(chan struct{}, 1)}
}

// run starts the processes, until end is called. Those of modules that accounts bring later start
// when they come.
func (n *nodeHosts) run() (end func()) {
	n.tellWorld()
	n.mu.Lock()
	defer n.mu.Unlock()
	if unset := unsetVariables(n.connector.cfg()); len(n.hosts) > 0 && len(unset) > 0 {
		n.connector.log.Warn("nodeHost.env names variables that are not set, so modules do not get them", "variables", unset)
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	ctx := n.ctx
	n.running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-n.woken:
				n.tellWorld()
			}
		}
	})
	for _, h := range n.hosts {
		n.startLocked(h)
	}
	return func() {
		n.mu.Lock()
		stop := n.stop
		n.mu.Unlock()
		stop()
		n.running.Wait()
	}
}

// runs reports whether the processes run, or did.
func (n *nodeHosts) runs() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ctx != nil
}

// wake makes the modules be told of our address and our accounts, which may have changed. It does
// not block.
func (n *nodeHosts) wake() {
	select {
	case n.woken <- struct{}{}:
	default:
	}
}

func (n *nodeHosts) startLocked(h *nodehost.Host) {
	ctx := n.ctx
	n.running.Go(func() { h.Run(ctx) })
}

// middlewareGroup is the name of the process of all middlewares, if each module has one of its own.
const middlewareGroup = "middlewares"

// of returns the host of a module that was found.
func (n *nodeHosts) of(found module.Found) *nodehost.Host { return n.ofGroup(found, found.Name) }

// ofGroup returns the host of a module that shares its process with the others of a group at least.
func (n *nodeHosts) ofGroup(found module.Found, group string) *nodehost.Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	set := n.connector.cfg().NodeHost
	if !set.Isolate {
		group = ""
	}
	if h := n.hosts[group]; h != nil {
		return h
	}
	node, folders := n.connector.modules.where()
	log := n.connector.log
	if group != "" {
		log = log.With("nodeHost", group)
	}
	h := nodehost.New(nodehost.Options{
		Command: node.Path, Dir: set.Cwd, Folders: folders, Env: allowed(environment(set)),
		MemoryMax: uint64(max(set.MemoryMax, 0)) << 20, RestartsMax: int(set.RestartsMax), HangTimeout: set.HangTimeout.Duration(),
		Debug:   log.Enabled(context.Background(), slog.LevelDebug),
		Ended:   func(why error, _ time.Time) { n.ended(group, why) },
		Started: func(version string) { n.started(group, version) },
		Silent:  func(silent bool) { n.silent(group, silent) }, Log: log,
	})
	n.hosts[group] = h
	if n.ctx != nil {
		n.startLocked(h)
	}
	n.wake() // it is told of the accounts
	return h
}

// show lets the process of a module know the options of hosted plugins, as getInfo shows them.
func (n *nodeHosts) show(h *nodehost.Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for group, one := range n.hosts {
		if one == h {
			n.sees[group] = true
		}
	}
}

// environment returns the names of the variables that modules see. Where they are looked for in the folders of
// NODE_PATH, what they require is so, too.
func environment(set config.NodeHost) []string {
	if len(set.Paths) > 0 {
		return set.Env
	}
	return append(slices.Clone(set.Env), "NODE_PATH")
}

// allowed returns the variables of our environment that have one of the names.
func allowed(names []string) (env []string) {
	for _, name := range names {
		if value, there := os.LookupEnv(name); there {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// What the alert about a process says. Its kind is followed by the name of the module, if the
// process is of one.
const (
	kindNodeHost  = "node host"
	alertNodeHost = "the node host of %s has ended and starts again, with all accounts of its modules: %.300v"

	kindSilentHost  = "node host silent"
	alertSilentHost = "the node host of %s does not answer, since a module blocks it: its accounts take no packets, and after nodeHost.hangTimeout it is killed and starts again"
)

func nodeHostOf(kind, group string) (ofGroup, name string) {
	if group == "" {
		return kind, "the npm modules"
	}
	return kind + " " + group, group
}

// ended raises an alert about a process that has ended.
func (n *nodeHosts) ended(group string, why error) {
	n.silent(group, false)
	kind, name := nodeHostOf(kindNodeHost, group)
	n.connector.alerts.RaiseKind(time.Now(), "", kind, fmt.Sprintf(alertNodeHost, name, why))
}

// silent raises an alert about a process that does not answer, or ends it.
func (n *nodeHosts) silent(group string, silent bool) {
	kind, name := nodeHostOf(kindSilentHost, group)
	if !silent {
		n.connector.alerts.Resolve(time.Now(), "", kind)
		return
	}
	n.connector.log.Error("the node host does not answer", "modules", name)
	n.connector.alerts.RaiseKind(time.Now(), "", kind, fmt.Sprintf(alertSilentHost, name))
}

// started logs that a process runs, and ends the alert.
func (n *nodeHosts) started(group, version string) {
	kind, name := nodeHostOf(kindNodeHost, group)
	n.connector.alerts.Resolve(time.Now(), "", kind)
	n.connector.log.Info("the node host runs", "modules", name, "node", version)
}

// tellWorld tells the modules our address and our accounts. Backends and middlewares see the options of
// hosted plugins too.
func (n *nodeHosts) tellWorld() {
	n.mu.Lock()
	defer n.mu.Unlock()
	worlds := make(map[bool]json.RawMessage)
	for group, h := range n.hosts {
		sees := n.sees[group]
		if worlds[sees] == nil {
			worlds[sees] = n.connector.world(sees)
		}
		h.SetWorld(worlds[sees])
	}
}

// world returns what modules are told of the connector, with the options of hosted plugins or without.
func (c *Connector) world(options bool) json.RawMessage {
	accounts, hosted := make(map[string]any), []string{}
	for _, m := range c.all() {
		accounts[m.id] = moduleInfo(*m.now().config, options && isHosted(m.link))
		if isHosted(m.link) && !c.cfg().NodeHost.Isolate { // its plugin is in the one process
			hosted = append(hosted, m.id)
		}
	}
	world, err := json.Marshal(map[string]any{"address": c.Address(), "accounts": accounts, "hosted": hosted})
	if err != nil {
		c.log.Error("modules are not told of the accounts", "error", err)
	}
	return world
}

// moduleInfo returns what getInfo of a module returns for an account: as in the reference, what the
// operator has written, without defaults.
func moduleInfo(a config.Account, whole bool) map[string]any {
	info := map[string]any{}
	text := a.Written()
	if text == nil {
		text, _ = json.Marshal(a)
	}
	_ = json.Unmarshal(text, &info) // it is an object
	info["options"] = map[string]any{}
	if whole && a.Options != nil {
		info["options"] = a.Options
	}
	delete(info, "settlementEngine")
	return info
}

func isHosted(l Link) bool {
	_, is := l.(*plugin.Link)
	return is
}

// hostedPlugin makes the link of a hosted plugin.
func (c *Connector) hostedPlugin(a config.Account, found module.Found, log *slog.Logger) (Link, error) {
	options, err := json.Marshal(a.Options)
	if err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	l := plugin.New(plugin.Options{Host: c.nodes.of(found), Log: log, ConnectTimeout: c.connectTimeout(a), Asked: &c.nodes.asked, StoreReady: c.nodes.kept.ready(), Module: nodehost.Module{
		Kind: nodehost.Plugin, Name: found.Name, Path: found.Path, Account: a.ID, Options: options, Store: c.nodes.store,
	}})
	c.creditHosted(l, a)
	l.SetOutgoing(func(ctx context.Context, amount string, send func() error) error {
		return c.middlewares.through(ctx, a.ID, chain.OutgoingMoney, amount, send)
	})
	return l, nil
}

// connectTimeout returns what tells the plugin of an account how long its first connect may take, as the
// reference does. Nil stands for no limit.
func (c *Connector) connectTimeout(a config.Account) func() time.Duration {
	if c.nodes.runs() {
		return nil // the account is added now
	}
	return func() time.Duration {
		c.mu.Lock()
		gives := c.giver == a.ID
		c.mu.Unlock()
		if gives && c.Address() == "" {
			return plugin.Untold
		}
		return c.cfg().InitialConnectTimeout.Duration()
	}
}

// hostedBackend makes a source of rates of a hosted backend.
func (c *Connector) hostedBackend(found module.Found) (rate.Backend, error) {
	cfg := c.cfg()
	given := map[string]any{"spread": json.Number(cfg.Spread)}
	for key, value := range cfg.BackendConfig {
		given[key] = value
	}
	options, err := json.Marshal(given)
	if err != nil {
		return nil, fmt.Errorf("backendConfig: %w", err)
	}
	host := c.nodes.of(found)
	c.nodes.show(host)
	b := source.New(source.Options{Host: host, Accounts: c.accountAssets, Log: c.log, Module: nodehost.Module{
		Kind: nodehost.Backend, Name: found.Name, Path: found.Path, Options: options,
	}})
	c.told = &submitPackets{b}
	return b, nil
}

// accountAssets returns the accounts in use.
func (c *Connector) accountAssets() (all []rate.AccountAsset) {
	for _, a := range c.registry.All() {
		all = append(all, rate.AccountAsset{ID: a.ID, Asset: rate.Asset{Code: a.AssetCode, Scale: a.AssetScale}})
	}
	return all
}

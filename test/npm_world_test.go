package test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// npmConfig is a configuration with modules that the connector loads from the disk: those of the folder probes, or npm
// packages.
type npmConfig struct {
	accounts    []npmAccount
	backend     *npmModule
	store       *npmModule
	middlewares []npmModule
	settings    map[string]string // further CONNECTOR_ variables, without that prefix
	environment []string          // of the process, besides
	stubs       map[string]string // programs of the folder probes that stand in for servers, by name
	ports       []string          // names of further ports; PORT-OF-NAME is one of them, or that of a stub, everywhere
	nodeHost    map[string]any    // of ours
	strict      bool              // an unhandled rejection ends the reference, as it does by default since Node.js 15
}

// npmModule is a module with its options. A probe is given its settings among them; its name is that of the module.
type npmModule struct {
	name    string
	module  string         // a path, or the name of a package
	probe   map[string]any // nil: it is no probe
	options map[string]any
	refused bool // by ours, so that only the reference has it
}

// npmAccount is an account whose plugin is such a module.
type npmAccount struct {
	npmModule
	relation string         // child if empty
	entry    map[string]any // further keys of the account
}

// npmWorld is a connector with its modules, and all they have seen.
type npmWorld struct {
	*Process
	t         *testing.T
	kind      kind
	config    npmConfig
	adminPort int
	Admin     admin
	control   *npmControl
	record    *npmRecord
	sent      packet               // the packet that was sent last
	expiries  map[string]time.Time // of the last packet to each destination
	preimage  string               // of the packets of this row
	label     string               // of the row that runs
	ports     map[string]int
	folder    string // FOLDER everywhere
}

// probeFile is the absolute path of a file of the folder probes.
func probeFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("probes", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// probed is an account whose plugin is the probe of that name, with further settings of the probe in turn.
func probed(id string, settings ...any) npmAccount {
	return npmAccount{npmModule: npmModule{name: id, module: "plugin.js", probe: pairs(settings)}}
}

// of returns the account with another relation.
func (a npmAccount) of(relation string) npmAccount {
	a.relation = relation
	return a
}

// with returns the account with one key more.
func (a npmAccount) with(key string, value any) npmAccount {
	a.entry = joined(a.entry, map[string]any{key: value})
	return a
}

// module is a probe of another kind, with further settings in turn.
func module(file, name string, settings ...any) npmModule {
	return npmModule{name: name, module: file, probe: pairs(settings)}
}

// pairs are names and values in turn, as a map.
func pairs(all []any) map[string]any {
	m := make(map[string]any)
	for i := 0; i < len(all); i += 2 {
		m[all[i].(string)] = all[i+1]
	}
	return m
}

// launchNpm starts a connector of that kind and waits for nothing.
func launchNpm(t *testing.T, k kind, c npmConfig) *npmWorld {
	t.Helper()
	w := &npmWorld{
		t: t, kind: k, config: c, adminPort: freePort(t), control: newNpmControl(t), record: newNpmRecord(t),
		expiries: make(map[string]time.Time), ports: make(map[string]int), folder: t.TempDir(),
	}
	w.startStubs()
	w.Admin = admin{url: fmt.Sprintf("http://127.0.0.1:%d", w.adminPort)}
	command := k.command(t)
	if k == reference && c.strict {
		command = slices.DeleteFunc(command, func(s string) bool { return strings.HasPrefix(s, "--unhandled") })
	}
	w.Process = startProcess(t, string(k), "peers", w.variables(), nil, command...)
	return w
}

// startNpm starts a connector of that kind and waits until it is ready.
func startNpm(t *testing.T, k kind, c npmConfig) *npmWorld {
	t.Helper()
	w := launchNpm(t, k, c)
	awaitPort(t, w.adminPort, w.exited)
	w.awaitReady()
	return w
}

// startStubs starts the programs that stand in for servers, and takes ports.
func (w *npmWorld) startStubs() {
	w.t.Helper()
	program, err := node()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range w.config.ports {
		w.ports[name] = freePort(w.t)
	}
	for name, file := range w.config.stubs {
		w.ports[name] = freePort(w.t)
		stub := startProcess(w.t, name, "peers", nil, nil, program, probeFile(w.t, file), fmt.Sprint(w.ports[name]), w.record.file)
		awaitPort(w.t, w.ports[name], stub.exited)
	}
}

// awaitReady waits until the connector has done all it does at the start.
func (w *npmWorld) awaitReady() {
	w.t.Helper()
	w.awaitLine(w.t, "connector ready")
	if w.kind == reference {
		return
	}
	poll(w.t, "all accounts are connected", w.exited, func() bool {
		connected := w.connected()
		return !slices.ContainsFunc(w.config.accounts, func(a npmAccount) bool { return !connected[a.name] })
	})
}

// connected are the accounts that the connector holds for connected.
func (w *npmWorld) connected() map[string]bool {
	w.t.Helper()
	var status struct {
		Connected map[string]bool `json:"connected"`
	}
	if answered, _, body := w.Admin.exchange(w.t, "GET", "/status", ""); answered == 200 { // else it is about to start
		if err := json.Unmarshal([]byte(body), &status); err != nil {
			w.t.Fatal(err)
		}
	}
	return status.Connected
}

// path is how the configuration names a module. A probe is named by its file in the folder probes.
func (w *npmWorld) path(m npmModule) string {
	if m.probe != nil && strings.HasSuffix(m.module, ".js") {
		return probeFile(w.t, m.module)
	}
	if w.kind == ours && m.module == pluginXRP {
		return "npm:" + m.module // which is built in
	}
	return strings.ReplaceAll(m.module, "PROBES", probeFile(w.t, "."))
}

// settings are the options of a module.
func (w *npmWorld) settings(m npmModule) map[string]any {
	options := joined(m.options, nil)
	if m.probe == nil {
		return options
	}
	peers, err := filepath.Abs("peers")
	if err != nil {
		w.t.Fatal(err)
	}
	probe := map[string]any{"name": m.name, "record": w.record.file, "control": w.control.port, "modules": peers}
	maps.Copy(probe, m.probe)
	return joined(options, map[string]any{"probe": probe})
}

// variables are the environment of the process.
func (w *npmWorld) variables() []string {
	settings := map[string]string{
		"ILP_ADDRESS":    "test.conn",
		"BACKEND":        "one-to-one",
		"SPREAD":         "0",
		"ADMIN_API":      "true",
		"ADMIN_API_PORT": fmt.Sprint(w.adminPort),
	}
	var accounts, middlewares []string
	for _, a := range w.config.accounts {
		accounts = append(accounts, fmt.Sprintf("%q:%s", a.name, inJSONText(w.t, w.entry(a))))
	}
	settings["ACCOUNTS"] = "{" + strings.Join(accounts, ",") + "}"
	for _, m := range w.config.middlewares {
		if m.refused && w.kind == ours {
			continue
		}
		entry := map[string]any{"type": w.path(m), "options": w.settings(m)}
		middlewares = append(middlewares, fmt.Sprintf("%q:%s", m.name, inJSONText(w.t, entry)))
	}
	if middlewares != nil {
		settings["MIDDLEWARES"] = "{" + strings.Join(middlewares, ",") + "}"
	}
	if m := w.config.backend; m != nil {
		settings["BACKEND"], settings["BACKEND_CONFIG"] = w.path(*m), inJSONText(w.t, w.settings(*m))
	}
	if m := w.config.store; m != nil {
		settings["STORE"], settings["STORE_CONFIG"] = w.path(*m), inJSONText(w.t, w.settings(*m))
	}
	if w.kind == ours {
		settings["NODE_HOST"] = w.nodeHost()
	}
	maps.Copy(settings, w.config.settings)
	var env []string
	for _, variable := range w.config.environment {
		env = append(env, strings.NewReplacer("PROBES", probeFile(w.t, "."), "PEERS", probeFile(w.t, "../peers")).Replace(variable))
	}
	for key, value := range settings {
		value = strings.ReplaceAll(value, "FOLDER", w.folder)
		for name, port := range w.ports {
			value = strings.ReplaceAll(value, "PORT-OF-"+name, fmt.Sprint(port))
		}
		env = append(env, "CONNECTOR_"+key+"="+value)
	}
	return env
}

// entry is the account as the configuration has it.
func (w *npmWorld) entry(a npmAccount) map[string]any {
	return joined(map[string]any{
		"relation": cmp.Or(a.relation, "child"), "plugin": w.path(a.npmModule), "assetCode": "XRP", "assetScale": 9,
		"options": w.settings(a.npmModule),
	}, a.entry)
}

// nodeHost is the setting by which ours finds what the reference has beside it.
func (w *npmWorld) nodeHost() string {
	program, err := node()
	if err != nil {
		w.t.Fatal(err)
	}
	return inJSONText(w.t, joined(map[string]any{"command": program}, w.config.nodeHost))
}

func inJSONText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// within waits for something that is seen in the record, or of the process, for as long as it may take.
func (w *npmWorld) within(what string, done func() bool) {
	w.t.Helper()
	poll(w.t, what, nil, done)
}

// wait lets a time go by in which something must not happen, and says whether it did.
func (w *npmWorld) wait(d time.Duration, happened func() bool) bool {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if happened() {
				return true
			}
		case <-deadline.C:
			return happened()
		}
	}
}

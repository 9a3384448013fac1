package test

import (
	"fmt"
	"regexp"
	"strings"
)

// npmLoads are modules that can be loaded, by each way of naming them.
func npmLoads() npmSubject {
	plugin := func(name, module string) npmAccount {
		return npmAccount{npmModule: npmModule{name: name, module: module, probe: map[string]any{}}}
	}
	backend := npmModule{name: "backend", module: "modules/backend-factory.js", probe: map[string]any{}}
	store := npmModule{name: "store", module: "modules/store-default.js", probe: map[string]any{}}
	s := npmSubject{
		name:  "loads",
		start: true,
		config: npmConfig{
			accounts: []npmAccount{
				plugin("path", "plugin.js"),
				plugin("package", "npm-probe"),
				plugin("subpath", "npm-probe/dist/another"),
				plugin("scope", "@probes/scoped"),
				plugin("factory", "modules/factory.js"),
				plugin("inherits", "modules/inherits-version.js"),
			},
			backend: &backend,
			store:   &store,
			middlewares: []npmModule{
				{name: "path", module: "middleware.js", probe: map[string]any{"name": "mw"}},
				{name: "again", module: "max-packet-amount", refused: true},
				{name: "echoAgain", module: "echo", refused: true},
			},
			environment: []string{"NODE_PATH=PROBES/packages"},
		},
	}
	s.polls = []string{"backend getRate("}
	s.row("the start", func(w *npmWorld) []string { return nil },
		"path connect(", "package connect(", "subpath connect(", "scope connect(", "factory connect(", "inherits connect(",
		"backend connect(", "store constructor(", "mw constructor(")
	return s
}

// npmLoadsModules are modules of the newer kind.
func npmLoadsModules() npmSubject {
	backend := npmModule{name: "backend", module: "PROBES/modules/backend-module.mjs", probe: map[string]any{}}
	s := npmSubject{
		name:   "loads-es-modules",
		start:  true,
		polls:  []string{"backend getRate("},
		config: npmConfig{accounts: []npmAccount{probed("alice")}, backend: &backend},
	}
	s.row("the start", func(w *npmWorld) []string { return nil }, "backend connect(")
	return s
}

// npmBuiltIn is a package that has the name of something that is built in.
func npmBuiltIn() npmSubject {
	s := npmSubject{
		name:  "built-in-wins",
		start: true,
		config: npmConfig{
			accounts:    []npmAccount{probed("alice"), probed("bob")},
			backend:     &npmModule{name: "backend", module: "one-to-one"},
			environment: []string{"NODE_PATH=PROBES/packages"},
		},
	}
	s.row("the start", func(w *npmWorld) []string { return asAnswers(w.ask("GET", "/rates", "")) }, `{"alice":{"bob":1},"bob":{"alice":1}}`)
	return s
}

// npmNoLoads are modules with which the connector ends before it begins. Each of them needs a process of its own.
func npmNoLoads() (subjects []npmSubject) {
	const (
		own     = "ours has words of its own, with what to do"
		degrade = "a module that is there and cannot be used leaves everything else to work"
	)
	begin := func(name string, c npmConfig) npmSubject {
		c.accounts = append([]npmAccount{probed("first")}, c.accounts...)
		c.strict = true
		return npmSubject{name: "loads-not-" + name, start: true, unready: true, config: c, polls: []string{"first ", "euro "}}
	}
	// never has the connector end, and show a text; ours shows another one.
	never := func(name string, c npmConfig, text, ofOurs string) {
		s := begin(name, c)
		s.row("the start", func(w *npmWorld) []string { return asAnswers(w.exits(), w.complains(w.ofKind(text, ofOurs))) }, "exits with 1").
			hiding(" connect(").differ(own, "answer exits with 1", "answer complains: "+ofOurs)
		subjects = append(subjects, s)
	}
	// unused has the reference end, and show a text. Ours logs it, and the first account works, or packets are refused.
	// The packet is one that first sends.
	unused := func(name string, c npmConfig, destination, text, answer string) {
		s := begin(name, c)
		s.row("the start", func(w *npmWorld) []string {
			if w.kind == reference {
				return asAnswers(w.exits(), w.complains(text))
			}
			logged := w.logs(text)
			if destination == "" {
				return asAnswers(logged, fmt.Sprint("connected: ", w.connected()["first"]))
			}
			w.within("the probe first", func() bool { return w.control.present("first") })
			awaitPort(w.t, w.adminPort, w.exited)
			w.awaitState("first", true)
			w.script("first", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
			return asAnswers(logged, w.tell("first", "data", "value", jsBuffer(w.prepared(to(destination)))))
		}, "exits with 1").hiding(" connect(").differ(degrade, "answer logs "+text, "answer "+answer)
		subjects = append(subjects, s)
	}
	const (
		first   = "test.conn.first"
		works   = "resolves fulfill(the preimage)"
		noRate  = `resolves reject(T00 by "test.conn": "exchange rates are not available yet.")`
		noStage = `resolves reject(T01 by "test.conn": "middleware is not available.")`
	)
	of := func(module string) npmConfig {
		return npmConfig{accounts: []npmAccount{{npmModule: npmModule{name: "alice", module: module}}}}
	}
	never("plugin-unknown", of("ilp-plugin-that-nobody-has"), `Error: Cannot find module 'ilp-plugin-that-nobody-has'`,
		`accounts.alice.plugin (CONNECTOR_ACCOUNTS): cannot find the npm module "ilp-plugin-that-nobody-has"; it is not in `)
	never("plugin-relative", of("./probes/plugin.js"), `Error: Cannot find module './probes/plugin.js'`,
		`accounts.alice.plugin (CONNECTOR_ACCOUNTS): cannot find PEERS/probes/plugin.js; correct the path; a relative one counts from PEERS`)
	for _, bad := range []struct{ name, module, text string }{
		{"default", "PROBES/modules/default-plugin.js", `TypeError: Plugin is not a constructor`},
		{"es-module", "PROBES/modules/plugin-module.mjs", `TypeError: Plugin is not a constructor`},
		{"nothing", "PROBES/modules/nothing.js", `TypeError: Plugin is not a constructor`},
		{"text", "PROBES/modules/text.js", `TypeError: Plugin is not a constructor`},
		{"throws", "PROBES/modules/throws.js", `TypeError: this module throws while it is loaded`},
		{"throws-text", "PROBES/modules/throws-text.js", `this module throws a text while it is loaded`},
		{"syntax", "PROBES/modules/syntax.js", `SyntaxError`},
		{"needs-another", "PROBES/modules/needs-another.js", `Error: Cannot find module 'a-package-that-nobody-has'`},
		{"constructor-throws", "PROBES/modules/constructor-throws.js", `RangeError: this constructor throws`},
		{"version-text", "PROBES/modules/version-text.js", `TypeError: not a plugin: no sendTransfer method`},
		{"version-3", "PROBES/modules/version-3.js", `TypeError: not a plugin: no sendTransfer method`},
	} {
		unused("plugin-"+bad.name, of(bad.module), first, bad.text, works)
	}
	ends := begin("plugin-exits", of("PROBES/modules/exits.js"))
	ends.config.nodeHost = map[string]any{"isolate": true}
	ends.row("the start", func(w *npmWorld) []string {
		if w.kind == reference {
			return asAnswers(w.exits())
		}
		logged := w.logs("exit status 7")
		w.awaitState("first", true)
		return asAnswers(logged)
	}, "exits with 7").differ("with nodeHost.isolate a module takes down the accounts with it and no more", "answer logs exit status 7")
	subjects = append(subjects, ends)
	never("plugin-id", npmConfig{accounts: []npmAccount{probed("al ice")}}, `"al ice" includes forbidden characters.`,
		`accounts["al ice"] (CONNECTOR_ACCOUNTS): is not an account id; use ids made of letters, digits, _, ., ~ and -`)

	for _, kind := range []struct {
		name, setting       string
		destination, answer string
		set                 func(c *npmConfig, m npmModule)
	}{
		{"backend", "backend (CONNECTOR_BACKEND)", "test.conn.euro", noRate, func(c *npmConfig, m npmModule) {
			c.backend, c.accounts = &m, []npmAccount{probed("euro").with("assetCode", "EUR")}
		}},
		{"store", "store (CONNECTOR_STORE)", "", "connected: false", func(c *npmConfig, m npmModule) { c.store = &m }},
		{"middleware", "middlewares.bad.type (CONNECTOR_MIDDLEWARES)", first, noStage, func(c *npmConfig, m npmModule) { c.middlewares = []npmModule{m} }},
	} {
		with := func(module string) (c npmConfig) {
			kind.set(&c, npmModule{name: "bad", module: module})
			return c
		}
		never(kind.name+"-unknown", with("nobody-has-it"),
			fmt.Sprintf("Error: %s not found as a module name or under /%ss/. moduleName=nobody-has-it", kind.name, kind.name),
			kind.setting+`: cannot find the npm module "nobody-has-it"; it is not in `)
		for _, bad := range []struct{ name, module, text string }{
			{"nothing", "PROBES/modules/nothing.js", fmt.Sprintf("TypeError: %s does not export a constructor. module=", kind.name)},
			{"throws", "PROBES/modules/throws.js", `TypeError: this module throws while it is loaded`},
			{"needs-another", "PROBES/modules/needs-another.js", `Error: Cannot find module 'a-package-that-nobody-has'`},
			{"constructor-throws", "PROBES/modules/constructor-throws.js", `RangeError: this constructor throws`},
		} {
			unused(kind.name+"-"+bad.name, with(bad.module), kind.destination, bad.text, kind.answer)
		}
	}
	never("middleware-built-in-name", npmConfig{middlewares: []npmModule{{name: "balance", module: "middleware.js", probe: map[string]any{}}}},
		"Error: custom middleware has same name as built-in middleware. name=balance",
		"middlewares.balance (CONNECTOR_MIDDLEWARES): has the name of a built-in middleware; use another name, or add this one to disableMiddleware")
	return subjects
}

// complains waits until the connector has written a text, and returns the line of it.
func (w *npmWorld) complains(text string) string {
	w.t.Helper()
	w.within(text, func() bool { return strings.Contains(w.words(w.output.String()), text) })
	if w.kind == ours {
		return "complains: " + text
	}
	line := regexp.MustCompile(`(?m)^.*` + regexp.QuoteMeta(text) + `.*$`).FindString(w.output.String())
	return "complains: " + w.words(line)
}

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
				{name: "again", module: "max-packet-amount"},
				{name: "echoAgain", module: "echo"},
			},
			environment: []string{"NODE_PATH=PROBES/packages"},
		},
	}
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
	const own = "ours has words of its own"
	never := func(name string, c npmConfig, text string) {
		c.accounts = append([]npmAccount{probed("first")}, c.accounts...)
		c.strict = true
		s := npmSubject{name: "loads-not-" + name, start: true, unready: true, config: c}
		s.row("the start", func(w *npmWorld) []string { return asAnswers(w.exits(), w.complains(text)) }, "exits with 1").
			hiding(" connect(").differ(own)
		subjects = append(subjects, s)
	}
	plugin := func(name, module, text string) {
		never("plugin-"+name, npmConfig{accounts: []npmAccount{{npmModule: npmModule{name: "alice", module: module}}}}, text)
	}
	plugin("unknown", "ilp-plugin-that-nobody-has", `Error: Cannot find module 'ilp-plugin-that-nobody-has'`)
	plugin("relative", "./probes/plugin.js", `Error: Cannot find module './probes/plugin.js'`)
	plugin("default", "PROBES/modules/default-plugin.js", `TypeError: Plugin is not a constructor`)
	plugin("es-module", "PROBES/modules/plugin-module.mjs", `TypeError: Plugin is not a constructor`)
	plugin("nothing", "PROBES/modules/nothing.js", `TypeError: Plugin is not a constructor`)
	plugin("text", "PROBES/modules/text.js", `TypeError: Plugin is not a constructor`)
	plugin("throws", "PROBES/modules/throws.js", `TypeError: this module throws while it is loaded`)
	plugin("throws-text", "PROBES/modules/throws-text.js", `this module throws a text while it is loaded`)
	plugin("syntax", "PROBES/modules/syntax.js", `SyntaxError`)
	plugin("needs-another", "PROBES/modules/needs-another.js", `Error: Cannot find module 'a-package-that-nobody-has'`)
	plugin("constructor-throws", "PROBES/modules/constructor-throws.js", `RangeError: this constructor throws`)
	plugin("version-text", "PROBES/modules/version-text.js", `TypeError: not a plugin: no sendTransfer method`)
	plugin("version-3", "PROBES/modules/version-3.js", `TypeError: not a plugin: no sendTransfer method`)
	ends := npmSubject{name: "loads-not-plugin-exits", start: true, unready: true, config: npmConfig{
		accounts: []npmAccount{probed("first"), {npmModule: npmModule{name: "alice", module: "PROBES/modules/exits.js"}}},
	}}
	ends.row("the start", func(w *npmWorld) []string { return asAnswers(w.exits()) }, "exits with 7").
		differ("a module takes down its account and no more")
	subjects = append(subjects, ends)
	never("plugin-id", npmConfig{accounts: []npmAccount{probed("al ice")}}, `"al ice" includes forbidden characters.`)

	kinds := []struct {
		name string
		set  func(c *npmConfig, m npmModule)
	}{
		{"backend", func(c *npmConfig, m npmModule) { c.backend = &m }},
		{"store", func(c *npmConfig, m npmModule) { c.store = &m }},
		{"middleware", func(c *npmConfig, m npmModule) { c.middlewares = []npmModule{m} }},
	}
	for _, kind := range kinds {
		bad := func(name, module, text string) {
			var c npmConfig
			kind.set(&c, npmModule{name: "bad", module: module})
			never(kind.name+"-"+name, c, text)
		}
		bad("unknown", "nobody-has-it", fmt.Sprintf("Error: %s not found as a module name or under /%ss/. moduleName=nobody-has-it", kind.name, kind.name))
		bad("nothing", "PROBES/modules/nothing.js", fmt.Sprintf("TypeError: %s does not export a constructor. module=", kind.name))
		bad("throws", "PROBES/modules/throws.js", `TypeError: this module throws while it is loaded`)
		bad("needs-another", "PROBES/modules/needs-another.js", `Error: Cannot find module 'a-package-that-nobody-has'`)
		bad("constructor-throws", "PROBES/modules/constructor-throws.js", `RangeError: this constructor throws`)
	}
	never("middleware-built-in-name", npmConfig{middlewares: []npmModule{{name: "balance", module: "middleware.js", probe: map[string]any{}}}},
		"Error: custom middleware has same name as built-in middleware. name=balance")
	return subjects
}

// complains waits until the connector has written a text, and returns the line of it.
func (w *npmWorld) complains(text string) string {
	w.t.Helper()
	w.within(text, func() bool { return strings.Contains(w.output.String(), text) })
	line := regexp.MustCompile(`(?m)^.*` + regexp.QuoteMeta(text) + `.*$`).FindString(w.output.String())
	return "complains: " + w.words(line)
}

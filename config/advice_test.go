package config

import "testing"

func TestAdviceAboutModules(t *testing.T) {
	const ours = "use what is built in: ilp-plugin-btp, ilp-plugin-mini-accounts, ilp-plugin-http, ilp-http or other-plugin; see docs/plugins.md#other-plugins"
	for _, c := range []struct {
		kind ModuleKind
		name string
		want Advice
	}{
		{PluginModule, "ilp-plugin-lightning", Advice{Does: "settles over Lightning", Use: engineInstead + "; see docs/plugins.md#ilp-plugin-lightning"}},
		{PluginModule, "/opt/ilp-plugin-lightning/index.js", Advice{Does: "settles over Lightning", Use: engineInstead + "; see docs/plugins.md#ilp-plugin-lightning"}},
		{PluginModule, "ilp-plugin-btb", Advice{Near: "ilp-plugin-btp", Use: ours}},
		{PluginModule, "ilp-plugin-lightening", Advice{Near: "ilp-plugin-lightning", Use: ours}},
		{PluginModule, "npm:ilp-plugin-btp", Advice{Use: "use ilp-plugin-btp, which is built in"}},
		{PluginModule, "npm:ilp-plugin-btb", Advice{}},
		{PluginModule, "@acme/thing", Advice{}},
		{BackendModule, "ilp-connector/src/backends/ecb.js", Advice{Use: "use ecb, which is built in"}},
		{BackendModule, "one-to-noe", Advice{Near: "one-to-one", Use: "use what is built in: ecb or one-to-one; see docs/plugins.md#other-backends"}},
		{StoreModule, "leveldown", Advice{Does: "keeps what plugins store in a LevelDB", Use: "remove store, and set storePath; see docs/plugins.md#stores"}},
		{StoreModule, "ilp-store-memory", Advice{Use: "use memory, which is built in"}},
		{MiddlewareModule, "mine", Advice{Use: "use what is built in: tap; see docs/plugins.md#other-middlewares"}},
	} {
		module, _ := hosting(builtin).Module(c.kind, c.name)
		if got := hosting(builtin).Advise(Hosted{Kind: c.kind, Name: c.name, Module: module}); got != c.want {
			t.Errorf("%s: got  %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestModulesThatAreBuiltIn(t *testing.T) {
	for _, c := range []struct {
		kind      ModuleKind
		name, pkg string
		want      string
	}{
		{PluginModule, "ilp-plugin-btp", "", "ilp-plugin-btp"},
		{PluginModule, "/opt/x/index.js", "ilp-plugin-btp", "ilp-plugin-btp"},
		{PluginModule, "/opt/ilp-plugin-btp", "mine", ""},
		{BackendModule, `C:\ilp-connector\src\backends\ecb.js`, "ilp-connector", "ecb"},
		{BackendModule, "ilp-connector/dist/backends/one-to-one", "ilp-connector", "one-to-one"},
		{BackendModule, "mine", "mine", ""},
		{StoreModule, "auto", "auto", ""},
	} {
		if got := builtin.BuiltIn(Hosted{Kind: c.kind, Name: c.name, Module: c.name}, c.pkg); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

package config

import (
	"fmt"
	"slices"
)

// optionHint returns what to do about an option that ilp-plugin-btp does not have: an npm
// module has it, or a setting has its name. It returns "" if we know neither.
func optionHint(key string) string {
	if names := pluginModules.withOption(key); len(names) > 0 {
		return fmt.Sprintf("remove it, or name that npm module as the plugin: %s has it; see docs/plugins.md#%s", oneOf(names), names[0])
	}
	switch {
	case slices.Contains([]string{"port", "wsOpts", "allowedOrigins", "generateAccount"}, key):
		return "put port, host and path into listener; ilp-plugin-mini-accounts has the option for many clients; see docs/configuration.md#options-of-ilp-plugin-mini-accounts"
	case slices.Contains([]string{"incoming", "outgoing", "multi", "multiDelimiter", "ildcp"}, key):
		return "use the plugin ilp-http or ilp-plugin-http, which have the option; see docs/http.md"
	case key == "host" || key == "path":
		return "put it into listener"
	case key == "currencyScale":
		return "remove it: assetScale of the account says it"
	}
	return settingHint(key)
}

// withOption returns the names of the modules that have an option.
func (k *moduleKind) withOption(option string) (names []string) {
	for _, m := range k.modules {
		if slices.Contains(m.options, option) {
			names = append(names, m.name)
		}
	}
	return names
}

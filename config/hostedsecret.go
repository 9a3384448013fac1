package config

import (
	"reflect"
	"slices"
	"strings"
)

// secretWords are parts of the names of options that are probably secret. The options of hosted
// plugins are theirs, so we know no more.
var secretWords = []string{
	"secret", "token", "passw", "passphrase", "private", "macaroon", "mnemonic", "seed", "credential", "auth", "key", "cert", "server", "uri", "url",
}

// suggestsSecret reports whether the name of an option says that it may be secret.
func suggestsSecret(name string) bool {
	folded := strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(folded, word) })
}

// hostedSecrets returns the locations of the values in options that are probably secret: texts, and
// references to them.
func hostedSecrets(options *object) (found [][]string) {
	if options != nil {
		walkSecrets(options, nil, false, func(location []string) { found = append(found, location) })
	}
	return found
}

// walkSecrets calls visit with each of these inside a value. named says that the name of the value
// itself says so.
func walkSecrets(value any, location []string, named bool, visit func([]string)) {
	switch v := value.(type) {
	case *object:
		if named && isWholeReference(v) {
			visit(location)
			return
		}
		for _, key := range v.keys {
			walkSecrets(v.values[key], append(slices.Clip(location), key), suggestsSecret(key), visit)
		}
	case []any:
		for i := range v {
			walkSecrets(v[i], append(slices.Clip(location), stepTo(i)), named, visit)
		}
	case string:
		if named {
			visit(location)
		}
	}
}

// isWholeReference reports whether an object can be nothing but a reference: to a hosted plugin any
// other object may mean something.
func isWholeReference(o *object) bool {
	_, problem, _ := readReference(o)
	return problem == ""
}

// mayHost reports whether a plugin is, or may be, a hosted module. strict says that it may be one if
// any name is allowed.
func (k Known) mayHost(plugin string, strict bool) bool {
	own := []string{pluginBTP, pluginXRP, pluginMiniAccounts, pluginHTTP, pluginOurHTTP, pluginLoopback}
	if k.Plugins == nil && strict && !slices.Contains(own, plugin) {
		return true
	}
	_, hosted := k.Module(PluginModule, plugin)
	return hosted
}

// refuseOtherUse does for hosted plugins what refuseOtherServer does for ours. We know no option that
// says which server a plugin sends a secret to, so each may, and so may another plugin.
func refuseOtherUse(a Account, before, patched, patch *object, force bool, r *report) {
	was, _ := before.values["options"].(*object)
	now, _ := patched.values["options"].(*object)
	if was == nil || now == nil {
		return
	}
	path := otherUse(a, before, patched)
	if path == "" {
		return
	}
	for _, location := range hostedSecrets(was) {
		name, value := strings.TrimPrefix(pathOf("", location), "."), valueAt(was, location)
		switch {
		case !reflect.DeepEqual(value, valueAt(now, location)):
		case refers(value):
			r.fault(path, "is changed, and "+name+" refers to a secret on this machine, which the module would use otherwise",
				"write "+name+" itself in the same patch, or change the account in the configuration file")
			return
		case !force && valueAt(child(patch, "options"), location) == nil:
			r.fault(path, "is changed, and the module would use the secret in "+name+" otherwise, which stays as it is",
				"write "+name+" in the same patch, even if it is the same; or force the change")
			return
		}
	}
}

// otherUse returns the path of what a patch changes beside secrets: the plugin, or an option. It
// returns "" if it changes neither.
func otherUse(a Account, before, patched *object) string {
	if before.values["plugin"] != patched.values["plugin"] {
		return a.Path("plugin")
	}
	was, now := withoutSecrets(before.values["options"]), withoutSecrets(patched.values["options"])
	for _, key := range slices.Concat(was.keys, now.keys) {
		if !reflect.DeepEqual(plain(was.values[key]), plain(now.values[key])) {
			return at(a.Path("options"), key)
		}
	}
	return ""
}

// withoutSecrets returns a copy of options in which no text is left that is probably secret.
func withoutSecrets(options any) *object {
	next, _ := copied(options).(*object)
	for _, location := range hostedSecrets(next) {
		last := len(location) - 1
		put(valueAt(next, location[:last]), location[last], redacted)
	}
	return next
}

// refuseModuleFile reports a plugin that is a file of this machine: a client of the admin API could
// run any file with it. was is the plugin from before.
func refuseModuleFile(id string, entry *object, was string, known Known, r *report) {
	plugin, _ := entry.values["plugin"].(string)
	if plugin != was && !slices.Contains(known.Plugins, plugin) && namesFile(strings.TrimPrefix(plugin, ForceHosted)) {
		r.fault(at("accounts", id, "plugin"), "is a file of this machine, which only the configuration of the start may name",
			"write the name of an npm module, or change the account in the configuration file")
	}
}

// namesFile reports whether a name leads to a file of its own, and not into a module.
func namesFile(name string) bool {
	return strings.ContainsAny(name, `\:`) || strings.HasPrefix(name, "/") || slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return part == "." || part == ".."
	})
}

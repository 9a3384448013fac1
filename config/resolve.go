package config

import "slices"

// secretOptions lists the options of our plugins that are secrets. Only there a reference
// may stand, and in options of hosted plugins whose name says that they are secret: to plugins of a
// program such an object may mean something else.
var secretOptions = map[string][][]string{
	pluginBTP: secretBTP,
	pluginXRP: slices.Concat(secretBTP, [][]string{{"secret"}, {"xrpServer"}, {"rippledServer"}, {"xrpServers", anyElement}}),
	pluginHTTP: {
		{"incoming", "staticToken"}, {"incoming", "secretToken"}, {"incoming", "jwtSecret"}, {"incoming", "secret"}, {"incoming", "oldToken", "token"},
		{"outgoing", "staticToken"}, {"outgoing", "secretToken"}, {"outgoing", "jwtSecret"}, {"outgoing", "secret"},
	},
	pluginOurHTTP: {
		{"incoming", "tokens", anyElement}, {"incoming", "oldToken", "token"}, {"incoming", "jwt", "secret"}, {"incoming", "jwt", anyElement, "secret"},
		{"outgoing", "token"}, {"outgoing", "jwt", "secret"},
	},
	pluginLoopback: {{"fulfillment"}},
}

var secretBTP = [][]string{
	{"server"}, {"btpToken"}, {"oldToken", "token"}, {"listener", "secret"}, {"listener", "oldSecret", "secret"},
}

var pemBTP = [][]string{{"tls", "ca"}, {"tls", "cert"}, {"tls", "key"}, {"listener", "tls", "cert"}, {"listener", "tls", "key"}}

// pemOptions lists the options of our plugins that name a PEM file, or hold such text. There a
// reference may stand too.
var pemOptions = map[string][][]string{
	pluginBTP:          pemBTP,
	pluginXRP:          pemBTP,
	pluginMiniAccounts: {{"tls", "cert"}, {"tls", "key"}},
	pluginHTTP: {
		{"incoming", "tls", "cert"}, {"incoming", "tls", "key"},
		{"outgoing", "tls", "ca"}, {"outgoing", "tls", "cert"}, {"outgoing", "tls", "key"},
	},
	pluginOurHTTP: {
		{"incoming", "jwt", "publicKey"}, {"incoming", "jwt", anyElement, "publicKey"}, {"incoming", "clientCertificate", "ca"},
		{"outgoing", "jwt", "privateKey"}, {"outgoing", "tls", "ca"}, {"outgoing", "tls", "cert"}, {"outgoing", "tls", "key"},
	},
}

// resolved is a secret that a reference has given.
type resolved struct {
	account  string   // its id, empty for a setting of the connector
	location []string // leads to the secret, from the account if there is one
	ref      secretRef
	pem      bool // it names a PEM file, or is such text
	text     string
}

// path returns the path of the setting, as a Fault has it.
func (s resolved) path() string {
	if s.account == "" {
		return pathOf("", s.location)
	}
	return pathOf(at("accounts", s.account), s.location)
}

// resolve replaces the references in a document by what they refer to, and records that in
// r. Without a source, for an account that comes while we run, it refuses them.
func resolve(document *object, schema *setting, known Known, from *source, r *report) {
	for _, s := range schema.references() {
		resolveAt(document, s, from, r)
	}
	accounts, ok := document.values["accounts"].(*object)
	if !ok {
		return
	}
	for _, id := range accounts.keys {
		account, ok := accounts.values[id].(*object)
		if !ok {
			continue
		}
		options, _ := account.values["options"].(*object)
		plugin, _ := account.values["plugin"].(string)
		resolveOptions(account, id, options, secretOptions[plugin], false, from, r)
		resolveOptions(account, id, options, pemOptions[plugin], true, from, r)
		if known.mayHost(plugin, from == nil) {
			resolveOptions(account, id, options, hostedSecrets(options), false, from, r)
		}
	}
}

// resolveOptions replaces the references in some of the options of an account.
func resolveOptions(account *object, id string, options *object, patterns [][]string, pem bool, from *source, r *report) {
	for _, pattern := range patterns {
		for _, location := range places(options, pattern) {
			if _, ok := valueAt(options, location).(*object); ok {
				resolveAt(account, resolved{account: id, location: append([]string{"options"}, location...), pem: pem}, from, r)
			}
		}
	}
}

// resolveAt replaces one secret inside o, if it is an object.
func resolveAt(o *object, s resolved, from *source, r *report) {
	last := len(s.location) - 1
	around := valueAt(o, s.location[:last])
	written, ok := child(around, s.location[last]).(*object)
	if !ok || from == nil && !isReference(written) {
		return
	}
	if s.text = s.read(written, from, r); s.text == "" {
		r.leaveOut(s.path())
		s.text = redacted // so that it does not count as missing
	} else {
		r.resolved = append(r.resolved, s)
	}
	put(around, s.location[last], s.text)
}

// read returns the secret of a reference, "" after a fault.
func (s *resolved) read(written *object, from *source, r *report) string {
	if from == nil {
		r.fault(s.path(), "refers to a secret on this machine, which only the configuration of the start may do",
			"write the secret itself, or add the account to the configuration file")
		return ""
	}
	ref, problem, hint := readReference(written)
	if problem != "" {
		r.fault(s.path(), problem, hint)
		return ""
	}
	s.ref = ref
	if ref.key == inVariable {
		r.known(ref.name)
	}
	read := from.text
	if s.pem {
		read = from.pem
	}
	got := read(ref)
	switch {
	case got.problem != "":
		r.fault(s.path(), got.problem, got.hint)
	case got.warning != "":
		r.warn(s.path(), got.warning, got.hint)
	}
	return got.text
}

// known takes back the warning that a variable is none of ours.
func (r *report) known(variable string) {
	r.warnings = slices.DeleteFunc(r.warnings, func(w Warning) bool { return w.Path == "" && w.Variable == variable })
}

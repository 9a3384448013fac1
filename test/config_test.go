package test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// config is what a connector is started with; each kind understands it.
type config struct {
	address  string // empty: inherited from the first parent
	accounts []account
	env      map[string]string // further CONNECTOR_ variables, without that prefix
}

// account is one entry of CONNECTOR_ACCOUNTS.
type account struct {
	id       string
	relation string
	plugin   string // ilp-plugin-btp if empty; any other listens on a port and takes clients
	asset    string // XRP if empty
	scale    int
	server   string         // the URL to dial; without it the account listens
	secret   string         // what the one who listens expects; one made of the id if empty
	gives    string         // the address that the other end, a parent, gives to the connector
	options  map[string]any // further options of the plugin
	more     map[string]any // further keys of the entry: limits, deduplicate, ilpAddressSegment and so on
	ours     *account       // what ours has instead, which does not start with the entry
}

func child(id string, scale int) account  { return account{id: id, relation: "child", scale: scale} }
func peer(id string, scale int) account   { return account{id: id, relation: "peer", scale: scale} }
func parent(id string, scale int) account { return account{id: id, relation: "parent", scale: scale} }

// mini returns a child whose plugin takes any number of clients, each of which is a child of it.
func mini(id string, scale int) account {
	return account{id: id, relation: "child", plugin: "ilp-plugin-mini-accounts", scale: scale}
}

// with returns the account with one key more.
func (a account) with(key string, value any) account {
	more := map[string]any{key: value}
	for k, v := range a.more {
		more[k] = v
	}
	a.more = more
	return a
}

// opt returns the account with one option of its plugin more.
func (a account) opt(key string, value any) account {
	options := map[string]any{key: value}
	for k, v := range a.options {
		options[k] = v
	}
	a.options = options
	return a
}

// insteadOf returns the account for the reference, and of ours for our connector, which refuses such an account.
func (a account) insteadOf(ours account) account {
	a.ours = &ours
	return a
}

// of returns the account as a connector of that kind has it.
func (a account) of(k kind) account {
	if k == ours && a.ours != nil {
		return *a.ours
	}
	return a
}

// token is the secret of an account.
func (a account) token() string { return cmp.Or(a.secret, secretOf(a.id)) }

// childInfo is what a parent says to a connector that asks for its address.
func (a account) childInfo() map[string]any {
	return map[string]any{"clientAddress": a.gives, "assetCode": "XRP", "assetScale": a.scale}
}

// ownAddress is the address of the connector.
func (c config) ownAddress() string {
	if c.address != "" {
		return c.address
	}
	for _, a := range c.accounts {
		if a.id == c.env["ILP_ADDRESS_INHERIT_FROM"] {
			return a.gives
		}
	}
	return ""
}

// secretOf is the secret of an account that has none of its own.
func secretOf(id string) string { return "secret-of-" + id }

// pluginOptions are the options of the account's plugin, which listens on that port unless it dials.
func (a account) pluginOptions(port int) map[string]any {
	options := map[string]any{}
	switch {
	case a.plugin == pluginOurHTTP: // it has no port of its own
	case a.plugin == pluginHTTP:
		options["incoming"] = map[string]any{"port": port, "host": "127.0.0.1"} // npm's does not know host
	case a.plugin != "" && a.plugin != pluginXRP:
		options["port"] = port
	case a.server != "":
		options["server"] = a.server
	default:
		options["listener"] = map[string]any{"port": port, "secret": a.token()}
	}
	incoming := options["incoming"]
	maps.Copy(options, a.options)
	if more, ok := options["incoming"].(map[string]any); ok && incoming != nil {
		options["incoming"] = joined(incoming.(map[string]any), more)
	}
	if ws, ok := options["wsOpts"].(map[string]any); ok { // the port belongs in there
		ws = maps.Clone(ws)
		ws["port"] = port
		options["wsOpts"] = ws
		delete(options, "port")
	}
	return options
}

// environment is the process environment for a configuration: ports tells where the accounts listen, admin
// where the admin API does. The order of the accounts is kept, because it has a meaning.
func (c config) environment(ports map[string]int, admin int) ([]string, error) {
	var entries []string
	for _, a := range c.accounts {
		entry := map[string]any{
			"relation":   a.relation,
			"plugin":     cmp.Or(a.plugin, "ilp-plugin-btp"),
			"assetCode":  "XRP",
			"assetScale": a.scale,
		}
		if a.asset != "" {
			entry["assetCode"] = a.asset
		}
		entry["options"] = a.pluginOptions(ports[a.id])
		for k, v := range a.more {
			entry[k] = v
		}
		text, err := json.Marshal(entry)
		if err != nil {
			return nil, err
		}
		entries = append(entries, fmt.Sprintf("%q:%s", a.id, text))
	}

	variables := map[string]string{
		"BACKEND":        "one-to-one",
		"SPREAD":         "0",
		"ADMIN_API":      "true",
		"ADMIN_API_PORT": fmt.Sprint(admin),
		"ACCOUNTS":       "{" + strings.Join(entries, ",") + "}",
	}
	if c.address != "" {
		variables["ILP_ADDRESS"] = c.address
	}
	for k, v := range c.env {
		variables[k] = v
	}
	var env []string
	for k, v := range variables {
		env = append(env, "CONNECTOR_"+k+"="+v)
	}
	return env, nil
}

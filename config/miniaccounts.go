package config

import (
	"fmt"
)

// miniAccountsPort is the port of ilp-plugin-mini-accounts without an option.
const miniAccountsPort = 3000

// MiniAccountsOptions are the options of ilp-plugin-mini-accounts.
type MiniAccountsOptions struct {
	Host string // empty is every address
	Port int    // 0 is any free port
	Path string // empty is any path
	TLS  *Certificate
	// Shared says that the shared listener takes the connections. Then Host, Port, Path and TLS
	// do not count.
	Shared bool
	// Origins are those of the web pages that may connect. Clients that are no web page
	// always may.
	Origins Origins
	// GenerateAccount is true if the name of a client is the hash of its token, false if it
	// is the user name that the client gives, and nil for the latter, or the hash if there is
	// none.
	GenerateAccount *bool
}

// MiniAccounts reads the options of the account as those of ilp-plugin-mini-accounts. The error
// is a [Faults].
func (a Account) MiniAccounts() (MiniAccountsOptions, error) {
	r := newReport(nil)
	options := decodeMiniAccounts(at("accounts", a.ID, "options"), a.Options, r)
	if len(r.faults) > 0 {
		return MiniAccountsOptions{}, r.faults
	}
	return options, nil
}

// decodeMiniAccounts reads the options at path, and reports to r.
func decodeMiniAccounts(path string, options map[string]any, r *report) MiniAccountsOptions {
	in := &optionReader{path: path, values: options, out: r}
	in.ignore("_log", "_store")
	out := MiniAccountsOptions{Port: miniAccountsPort}
	port, hasPort := in.port("port")
	if hasPort {
		out.Port = port
	}
	if inner, ok := in.object("wsOpts"); ok {
		inner.ignore(wsOptsIgnored...)
		out.Host, out.Path = inner.text("host"), inner.text("path")
		innerPort, ok := inner.port("port")
		switch {
		case ok && hasPort:
			in.fault("port", "is set, and so is wsOpts.port: the plugin of the reference does not start then", "remove one of the two")
		case ok:
			out.Port, hasPort = innerPort, true
		}
		inner.done()
	}
	checkHostAndPath(in, &out.Host, out.Path)
	out.TLS = readListenerTLS(in)
	if out.Shared = in.flag("shared", false); out.Shared {
		if hasPort {
			in.fault("port", "is set, and so is shared: there is a port of its own, or the shared one", "remove one of the two")
		}
		warnShared(in.out, in.path, map[string]bool{"wsOpts.host": out.Host != "", "wsOpts.path": out.Path != "", "tls": out.TLS != nil})
	}
	out.Origins = readOrigins(in)
	if in.value("generateAccount") != nil {
		generate := in.flag("generateAccount", false)
		out.GenerateAccount = &generate
	}
	if in.value("currencyScale") != nil {
		in.warn("currencyScale", "has no effect, here as in the reference: clients have the asset of the account", "set assetScale, or remove it")
	}
	if in.value("debugHostIldcpInfo") != nil {
		in.warn("debugHostIldcpInfo", "is ignored: the address of the clients is below ours", "set ilpAddress and ilpAddressSegment, and remove it")
	}
	in.done()
	return out
}

// readOrigins reads the list of origins that may connect.
func readOrigins(in *optionReader) Origins {
	const hint = "write origins whole, as browsers do: https://wallet.example, https://*.wallet.example, http://localhost:*, or * for all; " +
		"the reference reads them as regular expressions"
	value := in.value("allowedOrigins")
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		in.fault("allowedOrigins", "is "+typeName(value)+", not a list", hint)
		return nil
	}
	texts := make([]string, len(list))
	for i, one := range list {
		if texts[i], ok = one.(string); !ok {
			in.fault("allowedOrigins", fmt.Sprintf("has %s as entry %d", typeName(one), i+1), hint)
			return nil
		}
	}
	origins, err := ParseOrigins(texts)
	if err != nil {
		in.fault("allowedOrigins", "holds an entry that is no origin: "+err.Error(), hint)
	}
	return origins
}

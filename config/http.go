package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
)

// HTTPOptions are the options of ilp-plugin-http and ilp-http, whose packets travel over HTTP. At
// least one of Incoming and Outgoing is set.
type HTTPOptions struct {
	// Incoming says how the peer sends us packets, nil if it does not.
	Incoming *HTTPIncoming
	// Outgoing says where we send packets, nil if we do not.
	Outgoing *HTTPOutgoing
	// Multi is nil unless the account stands for many children behind one URL.
	Multi *HTTPMulti
	// Async is nil unless answers come in requests of their own (RFC 35).
	Async *HTTPAsync
}

// HTTPMulti says how an account of ilp-plugin-http reaches its many children.
type HTTPMulti struct {
	// Delimiter stands in Outgoing.URL where the name of a child belongs. Its first occurrence counts.
	Delimiter string
	// ILDCP is what the children are told instead of what we know, nil for that.
	ILDCP *HTTPILDCP
}

// HTTPILDCP is an address and an asset for children. The address of a child is below it.
type HTTPILDCP struct {
	ClientAddress string
	AssetCode     string
	AssetScale    uint8
}

// HTTPAsync says where answers come in that are requests of their own.
type HTTPAsync struct {
	// CallbackURL is what we tell the peer. If it is empty, it is [Listen.ReplyURL].
	CallbackURL string
	// CallbackHosts are the hosts that we send answers to if the peer names them.
	CallbackHosts []string
}

// HTTP reads the options of the account as those of ilp-plugin-http, if that is its plugin, and
// otherwise as those of ilp-http. The error is a [Faults].
func (a Account) HTTP() (HTTPOptions, error) {
	r := newReport(nil)
	options := decodeHTTP(at("accounts", a.ID, "options"), a, r)
	if len(r.faults) > 0 {
		return HTTPOptions{}, r.faults
	}
	return options, nil
}

// overHTTP reports whether the packets of the account travel over HTTP.
func (a Account) overHTTP() bool { return a.Plugin == pluginHTTP || a.Plugin == pluginOurHTTP }

// checkHTTP checks the options of an account whose packets travel over HTTP, if there is such a plugin.
func checkHTTP(path string, a Account, r *report) {
	if !a.overHTTP() || r.faulty[at(path, "plugin")] {
		return
	}
	options := decodeHTTP(at(path, "options"), a, r)
	if options.Multi != nil && a.Relation != account.Child && a.Relation != 0 {
		r.fault(at(path, "relation"), fmt.Sprintf("is %s: with multi, those behind the account are children", a.Relation), "use child, or remove multi")
	}
}

// decodeHTTP reads the options of an account at path, and reports to r.
func decodeHTTP(path string, a Account, r *report) HTTPOptions {
	in := &optionReader{path: path, values: a.Options, out: r, strict: true}
	if a.Plugin == pluginHTTP {
		in.hints = npmHTTPHints
		return decodeNpmHTTP(in)
	}
	in.hints = ourHTTPHints
	var out HTTPOptions
	incoming, comes := in.object("incoming")
	if comes {
		out.Incoming = readIncoming(incoming)
	}
	outgoing, goes := in.object("outgoing")
	if goes {
		out.Outgoing = readOutgoing(outgoing)
	}
	if async, ok := in.object("async"); ok {
		out.Async = readAsync(async)
		if !comes || !goes {
			in.fault("async", "is set, but the account has not both incoming and outgoing: answers come in at one side and go out at the other", "set both, or remove it")
		}
	}
	switch {
	case !comes && !goes && in.values["incoming"] == nil && in.values["outgoing"] == nil:
		in.fault("", "has neither incoming nor outgoing", "to send, set outgoing to a url and a token; to let the peer send, set incoming to tokens")
	case !comes && in.values["incoming"] == nil:
		in.warn("incoming", "is not set: the peer can send us no packets and tell us no routes", "set its tokens, unless we only send")
	case !goes && in.values["outgoing"] == nil:
		in.warn("outgoing", noOutgoing, noOutgoingHint)
	}
	in.doneWith(settingHint)
	return out
}

const (
	noOutgoing     = "is not set: nothing can be sent to the account, and no packet reaches it"
	noOutgoingHint = "set its url and a token, unless the peer only sends"
)

// decodeNpmHTTP reads options as ilp-plugin-http of npm does. Where that treats a value as left out
// because it is an empty string or zero, so do we.
func decodeNpmHTTP(in *optionReader) HTTPOptions {
	in.ignore("_log", "_store")
	var out HTTPOptions
	multi := readMulti(in)
	incoming, comes := in.object("incoming")
	if comes {
		out.Incoming = readNpmIncoming(incoming)
	} else if in.values["incoming"] == nil {
		in.fault("incoming", "is not set", "set it to a port and a token; an account that only sends is one of ilp-http")
	}
	if outgoing, ok := in.object("outgoing"); ok {
		out.Outgoing = readNpmOutgoing(outgoing, multi)
		if comes && out.Outgoing.Name == "" {
			out.Outgoing.Name = portText(incoming)
		}
	} else if in.values["outgoing"] == nil {
		in.warn("outgoing", noOutgoing, noOutgoingHint)
	}
	out.Multi = multi
	in.doneWith(settingHint)
	return out
}

// readMulti reads the options of an account with many children, nil if it has not.
func readMulti(in *optionReader) *HTTPMulti {
	out := &HTTPMulti{Delimiter: in.text("multiDelimiter")}
	given := out.Delimiter != ""
	if !given {
		out.Delimiter = "%"
	}
	ildcp, hasILDCP := in.object("ildcp")
	if hasILDCP {
		out.ILDCP = readILDCP(ildcp)
	}
	if in.flag("multi", false) {
		in.warn("multi", "lets all children share one token: each of them can take the name of another, and its money",
			"give each child an account of its own, with ilp-http")
		return out
	}
	if given {
		in.warn("multiDelimiter", "has no effect without multi", "remove it, or set multi")
	}
	if hasILDCP {
		in.warn("ildcp", "has no effect without multi", "remove it, or set multi")
	}
	return nil
}

// readILDCP reads what children are told.
func readILDCP(in *optionReader) *HTTPILDCP {
	out := &HTTPILDCP{ClientAddress: in.text("clientAddress"), AssetCode: in.text("assetCode")}
	if problem := AddressProblem(out.ClientAddress); problem != "" && in.isText("clientAddress") {
		in.fault("clientAddress", "is "+show(out.ClientAddress)+", "+problem, "write an ILP address such as test.acme")
	}
	if in.isText("assetCode") && (out.AssetCode == "" || len(out.AssetCode) > assetCodeMax) {
		in.fault("assetCode", "is empty or too long", "write a code such as USD")
	}
	switch n, ok := wholeNumber(in.value("assetScale")); {
	case !ok || n > 255:
		in.fault("assetScale", "is not set, or no scale", "use a whole number from 0 to 255")
	default:
		out.AssetScale = uint8(n)
	}
	in.done()
	return out
}

// readAsync reads where answers come in, and where they may go.
func readAsync(in *optionReader) *HTTPAsync {
	out := &HTTPAsync{CallbackURL: in.text("callbackUrl")}
	if problem, hint := urlProblem(out.CallbackURL); problem != "" && out.CallbackURL != "" {
		in.fault("callbackUrl", problem, hint)
	}
	hosts := in.elements("callbackHosts", `["peer.example"]`)
	for _, step := range hosts.steps() {
		host := unbracketed(hosts.text(step))
		problem, hint := hostProblem(host)
		switch {
		case !hosts.isText(step):
			continue
		case host == "":
			problem, hint = "is empty", "write a host such as peer.example, or remove it"
		case strings.Contains(host, "*"):
			problem, hint = "holds a *, and hosts are whole", "write each host of the peer"
		case everywhere(host):
			problem, hint = "is no host that can be reached", "write a host such as peer.example"
		}
		if problem != "" {
			hosts.fault(step, problem, hint)
		}
		out.CallbackHosts = append(out.CallbackHosts, strings.ToLower(strings.TrimSuffix(host, ".")))
	}
	in.done()
	return out
}

// jwtExpiryDefault is how long a token is good that we sign, unless the configuration says so.
const jwtExpiryDefault = 30 * time.Second

// Hints about options that one of the two plugins has, or had elsewhere, by path inside options.
var (
	ourHTTPHints = map[string]string{
		"outgoing.oldToken": "remove it: the peer says how long it takes the old token",
		"incoming.port":     "remove it: the shared listener takes the packets; for a port of its own use ilp-plugin-http",
		"incoming.host":     "put it into listen, at the top", "incoming.tls": "put it into listen, at the top",
		"incoming.staticToken": "put it into tokens, a list", "incoming.secretToken": "put it into tokens, a list", "incoming.token": "put it into tokens, a list",
		"incoming.jwtSecret": "put it into jwt, as secret", "incoming.secret": "put it into jwt, as secret",
		"outgoing.staticToken": "put it into token", "outgoing.secretToken": "put it into token; only ilp-plugin-http sends a token without Bearer",
		"outgoing.jwtSecret": "put it into jwt, as secret", "outgoing.secret": "put it into jwt, as secret",
		"outgoing.jwtExpiry": "put it into jwt, as expiry", "outgoing.tokenExpiry": "put it into jwt, as expiry",
		"outgoing.http2MaxRequestsPerSession": "remove it: only ilp-plugin-http has it",
		"multi":                               "give each child an account of its own; only ilp-plugin-http has multi",
		"multiDelimiter":                      "remove it: only ilp-plugin-http has multi", "ildcp": "remove it: only ilp-plugin-http has multi",
	}
	npmHTTPHints = map[string]string{
		"outgoing.oldToken": "remove it: the peer says how long it takes the old token",
		"incoming.tokens":   "use staticToken; ilp-http has tokens", "incoming.jwt": "use jwtSecret; ilp-http has jwt",
		"incoming.token": "use staticToken", "outgoing.token": "use staticToken",
		"incoming.clientCertificate": "remove it: ilp-http has it", "outgoing.jwt": "use jwtSecret; ilp-http has jwt",
		"async": "remove it: ilp-http has it",
	}
)

// settingHint returns the hint about an option that is a setting of accounts, "" if it is none.
func settingHint(key string) string {
	if settings().property("accounts").each.property(key) == nil {
		return ""
	}
	return "put it beside options: it is a setting of the account"
}

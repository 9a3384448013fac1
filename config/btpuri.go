package config

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// parseBTPURI splits btp+ws://account:token@host:port/path. The problem, "" if there
// is none, never quotes the URI.
//
// The reference reads the URI as browsers do (WHATWG URL). It does not decode percent
// escapes in account and token, and escapes the characters that need it. So does
// parseBTPURI: escaped reports whether it escaped any.
func parseBTPURI(uri string) (server *BTPServer, escaped bool, problem string) {
	rest, ok := strings.CutPrefix(uri, "btp+")
	if !ok {
		return nil, false, "does not begin with btp+ws:// or btp+wss://"
	}
	rest = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(rest)
	rest = strings.TrimRightFunc(rest, func(r rune) bool { return r <= ' ' })
	scheme, rest, _ := strings.Cut(rest, "://")
	scheme = strings.ToLower(scheme)
	if scheme != "ws" && scheme != "wss" {
		return nil, false, "does not begin with btp+ws:// or btp+wss://"
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority, path := rest, ""
	if i := strings.IndexAny(rest, `/?\`); i >= 0 {
		authority, path = rest[:i], strings.ReplaceAll(rest[i:], `\`, "/")
	}
	server = &BTPServer{}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		account, token, _ := strings.Cut(authority[:i], ":")
		server.Account, server.Token = escapeUserinfo(account), escapeUserinfo(token)
		escaped = len(server.Account+server.Token) > len(account+token)
		authority = authority[i+1:]
	}
	server.URL = scheme + "://" + authority + path
	parsed, err := url.Parse(server.URL)
	if err != nil || parsed.Hostname() == "" || !isPort(parsed.Port()) {
		return nil, false, "has no host, or a host, port or path that is not valid"
	}
	server.URL = parsed.String()
	return server, escaped, ""
}

// cutByToken reports whether the host of a BTP URI may end inside the account or the token,
// because a character there would have to be escaped: an @ comes behind the /, ?, # or \ that
// ends the host.
func cutByToken(uri string) bool {
	end, rest := hostEnd(uri)
	return end >= 0 && strings.LastIndexByte(rest, '@') > end
}

// hasCredentials reports whether an @ comes before the end of the host.
func hasCredentials(uri string) bool {
	end, rest := hostEnd(uri)
	return strings.IndexByte(rest[:max(end, 0)], '@') >= 0
}

func hostEnd(uri string) (end int, rest string) {
	_, rest, _ = strings.Cut(uri, "://")
	return strings.IndexAny(rest, `/?#\`), rest
}

func isPort(text string) bool {
	if text == "" {
		return true
	}
	n, err := strconv.Atoi(text)
	return err == nil && n <= 65535
}

// plainInPublic reports whether the URL is without TLS, and its host is neither this
// machine nor, by its name or IP address, in a private network.
func plainInPublic(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "ws" {
		return false
	}
	host := parsed.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast()
	}
	return strings.Contains(host, ".") && !IsLoopback(host)
}

// escapeUserinfo escapes what the userinfo of a WHATWG URL escapes, so not the
// percent sign.
func escapeUserinfo(text string) string {
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c > '~' || strings.IndexByte("\"#<>?`{}/:;=@[\\]^|", c) >= 0 {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

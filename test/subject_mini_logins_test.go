package test

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// miniLogins is who may connect to an account that takes many clients, and under what name.
func miniLogins() subject {
	some := mini("page", 9).opt("allowedOrigins", []string{`^https://good\.example$`, "wallet"})
	s := subject{
		name: "mini-logins",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				mini("mini", 9),
				mini("hash", 9).opt("generateAccount", true),
				mini("named", 9).opt("generateAccount", false),
				some.insteadOf(mini("page", 9).opt("allowedOrigins", []string{"https://good.example", "https://wallet.example"})),
				mini("hosted", 9).opt("wsOpts", map[string]any{"host": "127.0.0.1"}),
			},
		},
	}
	token := func(contentType int, token string) entry {
		return entry{Name: "auth_token", Type: contentType, Hex: hexOf([]byte(token))}
	}
	user := func(contentType int, name string) entry {
		return entry{Name: "auth_username", Type: contentType, Hex: hexOf([]byte(name))}
	}
	auth := entry{Name: "auth"}
	enter := func(name, account string, entries ...entry) *scenario {
		return s.add(name, on(account).enter("x", entries...))
	}
	// Logins that the reference accepts, or refuses with the token in the text.
	wrong := func(name, account string, entries ...entry) {
		enter(name, account, entries...).differ(unspoken, refusedLogin("x", 1, wrongToken))
	}
	noSegment := func(name, user string) {
		enter(name, "mini", credentials(user, "token")...).differ(oneSegment, refusedLogin("x", 1, badName))
	}

	// The user name and the token.
	enter("a user name and a token", "mini", credentials("ann", "one")...)
	enter("the same token again", "mini", credentials("ann", "one")...)
	wrong("another token", "mini", credentials("ann", "two")...)
	wrong("a longer token", "mini", credentials("ann", "one ")...)
	enter("the first token after another", "mini", credentials("ann", "one")...)
	enter("the token of someone else", "mini", credentials("bea", "one")...)
	enter("no user name", "mini", auth, token(text, "three"))
	enter("an empty user name", "mini", credentials("", "three")...)
	enter("the hash of the token as the user name", "mini", credentials(hashName("three"), "three")...)
	enter("the hash of the token of someone who comes later", "mini", credentials(hashName("four"), "squatter")...)
	wrong("the one who comes later", "mini", credentials("", "four")...)
	enter("an empty token", "mini", credentials("cat", "")...)
	enter("no token", "mini", auth, user(text, "cat"))
	enter("a token in octets", "mini", auth, user(octets, "dan"), token(octets, "five"))
	enter("the same token as text", "mini", credentials("dan", "five")...)
	enter("a token that is no UTF-8", "mini", auth, user(octets, "eve"), token(octets, "\xff"))
	enter("another token that is no UTF-8", "mini", auth, user(octets, "eve"), token(octets, "\xfe")).
		differ("tokens are compared byte by byte", refusedLogin("x", 1, wrongToken))
	enter("a long token", "mini", credentials("fay", strings.Repeat("x", 10_000))...)

	// The names.
	for _, name := range []string{"__proto__", "constructor", "A-Z_~0", "mini"} {
		enter("the name "+name, "mini", credentials(name, "token")...)
	}
	for _, name := range []string{
		"a.b", "a..b", ".", ".a", "a.", "a/b", "a b", " ", "a\nb", "\u00e4\u00f6\u00fc", "\U0001f600", "\x00", "\xff",
		"a:b", "%2e", "*", "test.conn.mini", "peer.config",
	} {
		noSegment("the name "+strings.ToValidUTF8(name, "(no UTF-8)"), name)
	}
	noSegment("a name that just fits an address", strings.Repeat("n", 1023-len("test.conn.mini.")))
	noSegment("a name that is too long for an address", strings.Repeat("n", 1024-len("test.conn.mini.")))
	noSegment("a name of 10,000 bytes", strings.Repeat("n", 10_000))

	// The order of the entries, and more of them.
	enter("the token before the user name", "mini", auth, token(text, "six"), user(text, "gus"))
	enter("two user names", "mini", auth, user(text, "gus"), user(text, "hal"), token(text, "seven"))
	enter("two tokens", "mini", auth, user(text, "ida"), token(text, "eight"), token(text, "nine"))
	enter("the second of two tokens", "mini", credentials("ida", "nine")...)
	enter("more entries", "mini", append(credentials("ann", "one"), note(text, "hi"), note(octets, "\x00"))...)
	enter("entries that look like JSON and are not", "mini", append(credentials("ann", "one"), note(inJSON, "{"))...)
	enter("a packet with the login", "mini", append(credentials("ann", "one"), ilp([]byte{12}))...)
	enter("something in auth", "mini", append([]entry{{Name: "auth", Type: text, Hex: hexOf([]byte("hi"))}},
		credentials("ann", "one")[1:]...)...)
	enter("auth alone", "mini", auth)
	enter("no entries", "mini")
	enter("auth in the second place", "mini", token(text, "one"), auth, user(text, "ann"))
	enter("auth in capitals", "mini", entry{Name: "AUTH"}, token(text, "one"), user(text, "ann"))

	// Something else in place of a login.
	first := func(name string, message []byte) {
		s.add("first, "+name, on("mini").open("x").write("x", message).hear("x").hear("x"))
	}
	once := func(name string, frames ...[]byte) *scenario {
		return s.add("first, "+name, on("mini").open("x").writeFrames("x", frames...).hear("x"))
	}
	cut := func(name string, frame []byte) { once(name, frame).differ(silently, talked("x: ended")) }
	login := btp(btpMessage, 9, credentials("ann", "one")...)
	first("a packet", btp(btpMessage, 9, ilp([]byte{12}), note(text, "hi")))
	first("a response", btp(btpResponse, 9, credentials("ann", "one")...))
	first("a transfer", btpOf(btpTransfer, 9, append(make([]byte, 8), protocolData(credentials("ann", "one"))...)))
	cut("garbage", frame(binaryFrame, []byte("garbage")))
	cut("nothing at all", frame(binaryFrame, nil))
	cut("an unknown type", frame(binaryFrame, btp(99, 9, credentials("ann", "one")...)))
	cut("a login that is cut off", frame(binaryFrame, login[:30]))
	cut("a text frame", frame(textFrame, []byte("hello")))
	cut("a login in a text frame", frame(textFrame, login))
	once("a frame without a mask", frameOf(true, binaryFrame, false, login)).differ(unmasked, talked("x: ended"))
	once("a close", frame(closeFrame, []byte{3, 232}))
	once("a ping", frame(pingFrame, []byte("hi")))
	once("a login in fragments", frameOf(false, binaryFrame, true, login[:5]), frameOf(true, continuation, true, login[5:]))

	// And after a login.
	s.add("a second login", on("mini").login("x", "jim").say("x", credentials("jim", secretOf("jim"))...).hear("x").config("x").hear("x"))
	s.add("a second login under another name", on("mini").login("x", "jim").say("x", credentials("kim", "ten")...).hear("x").
		config("x").hear("x"))
	s.add("a message with the login", on("mini").open("x").writeFrames("x", slices.Concat(
		frame(binaryFrame, login), frame(binaryFrame, btp(btpMessage, 10)))).hear("x").drain("x")).
		differ("a message behind the login is not lost", talked("x: response to 9: nothing", "x: error to 10: "+noPacket, "x: no more"))

	// How the socket is opened.
	at := func(name, account, path string, header ...string) *scenario {
		return s.add(name, on(account).openAt("x", path, header...).say("x", credentials("ann", "one")...).settle("x"))
	}
	page := func(name, account, origin string) {
		at(name, account, "/", "Origin:"+origin).differ(wholeOrigin, talked("x: handshake: 403 Forbidden"))
	}
	at("any path", "mini", "/some/path?x=1#y")
	at("credentials in the header", "mini", "/", "Authorization: Basic YW5uOnR3bw==")
	at("a subprotocol", "mini", "/", "Sec-WebSocket-Protocol: btp, ilp")
	page("an origin", "mini", " https://good.example")
	page("the origin null", "mini", " null")
	page("an empty origin", "mini", "")
	at("no origin where some are allowed", "page", "/")
	at("an origin that is allowed", "page", "/", "Origin: https://good.example")
	page("an origin in capitals", "page", " HTTPS://GOOD.EXAMPLE")
	page("an origin with a port", "page", " https://good.example:443")
	page("an origin that is not allowed", "page", " https://bad.example")
	page("an origin that contains an allowed one", "page", " https://wallet.bad.example")
	at("on the host of wsOpts", "hosted", "/")

	// generateAccount.
	enter("hash: no user name", "hash", auth, token(text, "one"))
	enter("hash: an empty user name", "hash", credentials("", "one")...)
	enter("hash: the hash as the user name", "hash", credentials(hashName("one"), "one")...)
	enter("hash: a user name", "hash", credentials("ann", "one")...)
	enter("hash: the hash of another token", "hash", credentials(hashName("two"), "one")...)
	enter("hash: another token", "hash", credentials("", "two")...)
	enter("hash: an empty token", "hash", credentials("", "")...)
	enter("named: a user name", "named", credentials("ann", "one")...)
	enter("named: the same token again", "named", credentials("ann", "one")...)
	wrong("named: another token", "named", credentials("ann", "two")...)
	enter("named: no user name", "named", auth, token(text, "one"))
	enter("named: an empty user name", "named", credentials("", "one")...)
	enter("named: an empty token", "named", credentials("ann", "")...)
	for id, requests := range map[string]string{"mini": "29", "hash": "4", "named": "2", "page": "2"} {
		s.differs = append(s.differs, counter("incoming_ilp_packets", id, 9, requests, counted, "result", "fulfilled")...)
	}
	s.differs = append(s.differs, difference{fact: "/alerts alerts.[]", better: "1 entries", reason: refusedLogins})
	return s
}

// hashName is the name of a client that has none: the hash of its token.
func hashName(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

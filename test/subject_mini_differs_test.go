package test

import "fmt"

// Why ours does not do as the npm ilp-plugin-mini-accounts.
const (
	oneSegment  = "the name of a client is one segment of its address"
	unspoken    = "no error repeats a token"
	silently    = "a stranger who does not speak BTP is not answered"
	unmasked    = "frames of a client without a mask are refused, as in RFC 6455"
	explained   = "the code of a Close says why"
	wholeOrigin = "origins are compared whole, and refused before the WebSocket opens"
	counted     = "a client's request for its address passes the limits and counters of the account, and the start needs none"
	debugging   = "debugHostIldcpInfo has no effect: clients are below the address of the account"
	oneSocket   = "a packet goes over the newest connection of the client, which alone may answer it"
	ownAnswers  = "a client answers only what it was asked"
	engineWords = "the connector refuses a packet in its own name"
	noAnswer    = "garbage as an answer is treated as that of any peer"
)

// What ours says where the reference says something else, or nothing.
const (
	wrongToken = "incorrect token for account."
	badName    = "auth_username must be one segment of an ILP address: letters, digits, _, ~ and -, at most 128"
	noPacket   = `F00 NotAcceptedError "invalid packet, no ilp protocol data.", with nothing`
)

// refusal describes the BTP Error by which a login is refused.
func refusal(socket string, id int, words string) string {
	return fmt.Sprintf("%s: error to %d: F00 NotAcceptedError %q, with nothing", socket, id, words)
}

// refusedLogin is the outcome of a login that is refused.
func refusedLogin(socket string, id int, words string) outcome {
	return talked(refusal(socket, id, words), socket+": closed without a code")
}

package ilp

import "crypto/sha256"

// PeerFulfillment is 32 zero bytes. It fulfills every packet of the protocols between
// neighbors (ILDCP, CCP), which carry no money.
var PeerFulfillment [ConditionBytes]byte

// PeerCondition is the condition of those packets.
var PeerCondition = sha256.Sum256(PeerFulfillment[:])

// PeerPrefix begins the addresses of the protocols between neighbors. A connector never
// forwards a packet to such an address (RFC 15).
const PeerPrefix = "peer."

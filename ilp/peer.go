package ilp

import "crypto/sha256"

// PeerFulfillment fulfills every packet of the protocols between neighbors
// (ILDCP, CCP): 32 zero bytes. What such a packet says is not worth money.
var PeerFulfillment [ConditionBytes]byte

// PeerCondition is the condition of such packets.
var PeerCondition = sha256.Sum256(PeerFulfillment[:])

// PeerPrefix is the scheme of the addresses that neighbors speak to each
// other under. Such packets are never forwarded (RFC 15).
const PeerPrefix = "peer."

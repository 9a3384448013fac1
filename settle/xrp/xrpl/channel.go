package xrpl

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// ChannelKey derives the key of our channel to a peer from the text of our secret and the
// peer's address. npm ilp-plugin-xrp-paychan derives the same, so either program can go on
// with the channels of the other.
func ChannelKey(secret, peer string) Key {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ilp-plugin-xrp-paychan-channel-keys"))
	mac.Write([]byte(peer))
	return Ed25519Key([32]byte(mac.Sum(nil)))
}

// ChannelID returns the id of the channel that a PaymentChannelCreate with this sequence
// (or ticket) number makes.
func ChannelID(owner, destination AccountID, sequence uint32) Hash {
	return sha512Half([]byte{0, 'x'}, owner[:], destination[:], binary.BigEndian.AppendUint32(nil, sequence))
}

// ClaimMessage returns the bytes that a claim on a channel signs: it lets the destination
// take d drops in all from the channel.
func ClaimMessage(channel Hash, d Drops) (message [44]byte) {
	copy(message[:], "CLM\x00")
	copy(message[4:], channel[:])
	binary.BigEndian.PutUint64(message[36:], uint64(d))
	return message
}

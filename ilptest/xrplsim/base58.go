package xrplsim

import (
	"crypto/sha256"
	"math/big"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

const alphabet = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"

// publicKeyVersion begins the text aB... of a public key of an account.
const publicKeyVersion = 0x23

// keyText returns the base58 text of a public key.
func keyText(k xrpl.PublicKey) string {
	payload := append([]byte{publicKeyVersion}, k[:]...)
	first := sha256.Sum256(payload)
	second := sha256.Sum256(first[:])
	n := new(big.Int).SetBytes(append(payload, second[:4]...))
	base, digit := big.NewInt(58), new(big.Int)
	var text []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		text = append([]byte{alphabet[digit.Int64()]}, text...)
	}
	return string(text) // the version is not 0, so no digit is lost in front
}

package xrpl

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
)

// alphabet holds the digits of base58 as the XRP Ledger orders them. Digit 0 is r.
const alphabet = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"

// base58Max bounds the texts that are read, in characters. A public key, the longest of
// them, has 52.
const base58Max = 64

// The faults of a base58 text. They never hold the text, which may be a secret.
var (
	errDigit    = errors.New("a character is not of the ledger's base58 alphabet")
	errLength   = errors.New("the length is wrong")
	errChecksum = errors.New("the checksum is wrong: a character is mistyped or missing")
	errVersion  = errors.New("it is of another kind")
)

// encode58 returns the text of a payload: base58 of the version, the payload and their checksum.
func encode58(version, payload []byte) string {
	b := append(append([]byte{}, version...), payload...)
	b = append(b, checksum(b)...)
	return toBase58(b)
}

// decode58 returns the payload of a text, which must have this version and size. It takes
// only the one text that encode58 makes of the payload.
func decode58(text string, version []byte, size int) ([]byte, error) {
	if text == "" || len(text) > base58Max {
		return nil, errLength
	}
	b, err := fromBase58(text)
	if err != nil {
		return nil, err
	}
	if len(b) < 5 {
		return nil, errLength
	}
	body, sum := b[:len(b)-4], b[len(b)-4:]
	if !bytes.Equal(sum, checksum(body)) {
		return nil, errChecksum
	}
	payload, ok := bytes.CutPrefix(body, version)
	if !ok {
		return nil, errVersion
	}
	if len(payload) != size {
		return nil, errLength
	}
	return payload, nil
}

// checksum returns the first four bytes of the double SHA-256 of b.
func checksum(b []byte) []byte {
	first := sha256.Sum256(b)
	second := sha256.Sum256(first[:])
	return second[:4]
}

// toBase58 writes b as a number in base 58, with one digit 0 for each leading zero byte.
func toBase58(b []byte) string {
	zeros := 0
	for zeros < len(b) && b[zeros] == 0 {
		zeros++
	}
	var digits []byte // the least one first
	for _, x := range b[zeros:] {
		carry := int(x)
		for i, d := range digits {
			carry += int(d) << 8
			digits[i], carry = byte(carry%58), carry/58
		}
		for ; carry > 0; carry /= 58 {
			digits = append(digits, byte(carry%58))
		}
	}
	text := bytes.Repeat([]byte{alphabet[0]}, zeros)
	for i := len(digits) - 1; i >= 0; i-- {
		text = append(text, alphabet[digits[i]])
	}
	return string(text)
}

// fromBase58 returns the bytes of which toBase58 makes the text.
func fromBase58(text string) ([]byte, error) {
	zeros := 0
	for zeros < len(text) && text[zeros] == alphabet[0] {
		zeros++
	}
	var number []byte // the least byte first
	for i := zeros; i < len(text); i++ {
		carry := strings.IndexByte(alphabet, text[i])
		if carry < 0 {
			return nil, errDigit
		}
		for j, x := range number {
			carry += int(x) * 58
			number[j], carry = byte(carry), carry>>8
		}
		for ; carry > 0; carry >>= 8 {
			number = append(number, byte(carry))
		}
	}
	b := make([]byte, zeros, zeros+len(number))
	for i := len(number) - 1; i >= 0; i-- {
		b = append(b, number[i])
	}
	return b, nil
}

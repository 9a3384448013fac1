package miniaccounts

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ilp-go/connector/ilp"
)

// Former is the token of a client as ilp-plugin-mini-accounts has it in a store of the reference:
//
//	CLIENT:hashed-token  ->  base64url of the SHA-256 of the token
//	CLIENT:token         ->  the token itself, of older versions
//
// Our hash is the same, so a client keeps its name.
type Former struct {
	Name string
	// Plain says that the store had the token itself. The npm plugin reads it only if there is no hash.
	Plain bool
	hash  [sha256.Size]byte
}

// The ends of the keys of tokens.
const (
	hashedEnd = ":hashed-token"
	plainEnd  = ":token"
)

// ErrNoToken says that an entry is no token of a client.
var ErrNoToken = errors.New("is no token of a client")

// ReadFormer reads an entry of the npm plugin, whose value is JSON. The error is ErrNoToken for any
// other entry, or says why the client cannot be taken over. It does not quote the value.
func ReadFormer(key string, value []byte) (f Former, err error) {
	name, hashed := strings.CutSuffix(key, hashedEnd)
	if !hashed {
		if name, f.Plain = strings.CutSuffix(key, plainEnd); !f.Plain {
			return Former{}, ErrNoToken
		}
	}
	if f.Name = name; name == "" || len(name) > NameMax || strings.Contains(name, ".") || !ilp.ValidSegments(name) {
		return Former{}, errors.New("the name of the client is not one segment of an ILP address")
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil || text == "" {
		return Former{}, errors.New("the value is no text")
	}
	if f.Plain {
		f.hash = sha256.Sum256([]byte(text))
		return f, nil
	}
	if err := decodeHash(&f.hash, text); err != nil {
		return Former{}, fmt.Errorf("the value is no SHA-256 in base64url of %d characters", base64.RawURLEncoding.EncodedLen(sha256.Size))
	}
	return f, nil
}

// Key returns where the token of the client is, in the part of the store that Keep is given.
func (f Former) Key() string { return tokenPrefix + f.Name }

// Value returns what to keep of the client in place of now, which is nil if there is nothing. It reports
// whether the client has that token already. A client that is blocked stays so.
func (f Former) Value(now []byte) (value []byte, same bool, err error) {
	next := token{hash: f.hash}
	if now != nil {
		one, err := parseToken(string(now))
		switch {
		case err != nil:
			return nil, false, fmt.Errorf("the token of client %s: %w: restore the store from a backup", f.Name, err)
		case one.hash == f.hash:
			return now, true, nil
		}
		next.blocked = one.blocked
	}
	return []byte(next.String()), false, nil
}

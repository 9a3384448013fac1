package btplink

import (
	"encoding/json"

	"github.com/ilp-go/connector/ilp/btp"
)

// Asset is the unit of an account.
type Asset struct {
	Code  string `json:"assetCode"`
	Scale uint8  `json:"assetScale"`
}

// assetEntry names the sub-protocol of the first message in which a client tells the unit of its
// account. RFC 23 lets servers ignore what they do not know.
const assetEntry = "account_asset"

// assetBytesMax bounds it, in bytes: a code may have 255.
const assetBytesMax = 2 << 10

// entries returns what a first message tells of an asset: nothing of nil.
func (a *Asset) entries() []btp.Entry {
	if a == nil {
		return nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil // a text and a number never fail
	}
	return []btp.Entry{{Name: []byte(assetEntry), ContentType: btp.JSON, Data: text}}
}

// declaredAsset returns what a first message tells of the client's unit, nil if nothing. One that
// cannot be read has no code, so it agrees with no account.
func declaredAsset(p *btp.Packet) *Asset {
	entry, there := p.First(assetEntry)
	if !there {
		return nil
	}
	var a Asset
	if len(entry.Data) > assetBytesMax || json.Unmarshal(entry.Data, &a) != nil {
		return &Asset{}
	}
	return &a
}

// Admit makes the link ask f about each login of the peer at the listener, once the token is right.
// An error of f refuses the login, and may be a Refusal. f may block until the connection must be
// authenticated. A link with Options.Login does not ask. Admit is called at most once, before Run.
func (l *Link) Admit(f func(Login) error) { l.admit = f }

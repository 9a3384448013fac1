package admin

import (
	"encoding/json"

	"github.com/ilp-go/connector/config"
)

// AccountInfo is the configuration of an account without the options of its plugin, which
// hold credentials. As in the reference, it has what the operator wrote, without defaults.
// If a program made the account, it has all fields.
type AccountInfo struct {
	Relation          string             `json:"relation"`
	Plugin            string             `json:"plugin"`
	AssetCode         string             `json:"assetCode"`
	AssetScale        uint8              `json:"assetScale"`
	AssetMismatch     string             `json:"assetMismatch,omitempty"`
	Balance           *config.Balance    `json:"balance,omitempty"`
	MaxPacketAmount   string             `json:"maxPacketAmount,omitempty"`
	InFlight          config.InFlight    `json:"inFlight,omitzero"`
	Throughput        config.Throughput  `json:"throughput,omitzero"`
	RateLimit         config.RateLimit   `json:"rateLimit,omitzero"`
	Deduplicate       config.Deduplicate `json:"deduplicate,omitzero"`
	SendRoutes        *bool              `json:"sendRoutes,omitempty"`
	ReceiveRoutes     *bool              `json:"receiveRoutes,omitempty"`
	ILPAddressSegment string             `json:"ilpAddressSegment,omitempty"`
	Invitation        *config.Invitation `json:"invitation,omitempty"`

	written json.RawMessage
}

// infoOf returns the part of an account's configuration that holds no credentials.
func infoOf(a config.Account) AccountInfo {
	return AccountInfo{
		Relation:          a.Relation.String(),
		Plugin:            a.Plugin,
		AssetCode:         a.AssetCode,
		AssetScale:        a.AssetScale,
		AssetMismatch:     a.AssetMismatch,
		Balance:           a.Balance,
		MaxPacketAmount:   a.MaxPacketAmount,
		InFlight:          a.InFlight,
		Throughput:        a.Throughput,
		RateLimit:         a.RateLimit,
		Deduplicate:       a.Deduplicate,
		SendRoutes:        a.SendRoutes,
		ReceiveRoutes:     a.ReceiveRoutes,
		ILPAddressSegment: a.ILPAddressSegment,
		Invitation:        a.Invitation,
		written:           a.Written(),
	}
}

// MarshalJSON returns what the operator wrote, or else all fields.
func (i AccountInfo) MarshalJSON() ([]byte, error) {
	if i.written != nil {
		return i.written, nil
	}
	type plain AccountInfo
	return encode(plain(i))
}

var _ json.Marshaler = AccountInfo{}

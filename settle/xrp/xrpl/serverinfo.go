package xrpl

import (
	"context"
	"encoding/json"
	"time"
)

// asker sends one request: Client.Do, or ask of a session.
type asker func(ctx context.Context, command string, params, result any) error

// ServerInfo is what a server says about itself.
type ServerInfo struct {
	NetworkID        uint32 // 0 is the main network, also if the server does not say
	State            string // such as full; servers that keep history only (Clio) have none
	Build            string
	CompleteLedgers  string // such as 32570-6595042; empty: none
	AmendmentBlocked bool   // it must be updated, and does not follow the ledger until then
	Validated        ValidatedLedger
}

// ValidatedLedger is the newest validated ledger of a server. Its zero value is none.
type ValidatedLedger struct {
	Index            uint32
	Hash             Hash
	Age              time.Duration // by the server's clock
	BaseFee          Drops
	ReserveBase      Drops
	ReserveIncrement Drops // for each entry that an account owns, such as a channel
}

// ServerInfo asks the server about itself.
func (c *Client) ServerInfo(ctx context.Context) (ServerInfo, error) { return serverInfo(ctx, c.Do) }

func serverInfo(ctx context.Context, ask asker) (ServerInfo, error) {
	var answer struct {
		Info struct {
			NetworkID        uint32 `json:"network_id"`
			State            string `json:"server_state"`
			Build            string `json:"build_version"`
			CompleteLedgers  string `json:"complete_ledgers"`
			AmendmentBlocked bool   `json:"amendment_blocked"`
			Validated        *struct {
				Index            uint32 `json:"seq"`
				Hash             Hash   `json:"hash"`
				Age              uint32 `json:"age"` // seconds
				BaseFee          inXRP  `json:"base_fee_xrp"`
				ReserveBase      inXRP  `json:"reserve_base_xrp"`
				ReserveIncrement inXRP  `json:"reserve_inc_xrp"`
			} `json:"validated_ledger"`
		} `json:"info"`
	}
	if err := ask(ctx, "server_info", nil, &answer); err != nil {
		return ServerInfo{}, err
	}
	i := answer.Info
	info := ServerInfo{
		NetworkID: i.NetworkID, State: printable(i.State), Build: printable(i.Build),
		CompleteLedgers: printable(i.CompleteLedgers), AmendmentBlocked: i.AmendmentBlocked,
	}
	if v := i.Validated; v != nil {
		info.Validated = ValidatedLedger{
			v.Index, v.Hash, time.Duration(v.Age) * time.Second, Drops(v.BaseFee), Drops(v.ReserveBase), Drops(v.ReserveIncrement),
		}
	}
	return info, nil
}

// inXRP reads an amount in drops from a JSON number in XRP.
type inXRP Drops

// UnmarshalJSON reads a number.
func (x *inXRP) UnmarshalJSON(text []byte) error {
	d, err := dropsOfXRP(string(text))
	*x = inXRP(d)
	return err
}

var _ json.Unmarshaler = (*inXRP)(nil)

// Fees are what a transaction costs now.
type Fees struct {
	Base          Drops // of a ledger that is not full
	Minimum       Drops // to be taken by this server at all
	Median        Drops // of the ledger before
	OpenLedger    Drops // to get into the open ledger at once, and not into the queue
	LedgerCurrent uint32
}

// Fee asks what a transaction costs now. Put a bound on it: a server may say anything.
func (c *Client) Fee(ctx context.Context) (Fees, error) {
	var answer struct {
		Current uint32 `json:"ledger_current_index"`
		Drops   struct {
			Base       *Drops `json:"base_fee"`
			Minimum    *Drops `json:"minimum_fee"`
			Median     *Drops `json:"median_fee"`
			OpenLedger *Drops `json:"open_ledger_fee"`
		} `json:"drops"`
	}
	if err := c.Do(ctx, "fee", nil, &answer); err != nil {
		return Fees{}, err
	}
	d := answer.Drops
	for _, fee := range []*Drops{d.Base, d.Minimum, d.Median, d.OpenLedger} {
		if fee == nil {
			return Fees{}, incomplete("fee")
		}
	}
	return Fees{*d.Base, *d.Minimum, *d.Median, *d.OpenLedger, answer.Current}, nil
}

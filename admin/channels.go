package admin

import (
	"context"
	"net/http"
	"time"
)

// ChannelList is GET /channels: the accounts that settle over payment channels.
type ChannelList struct {
	Accounts []AccountChannels `json:"accounts"`
}

// AccountChannels is GET /channels/ID: the payment channels between us and the peer of an account. Amounts are in
// drops, of which a million are one XRP, unless their name ends in Units.
type AccountChannels struct {
	AccountID  string `json:"accountId"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	// Address is our account on the ledger, and PeerAddress that of the peer, empty until it is known.
	Address     string `json:"address"`
	PeerAddress string `json:"peerAddress,omitempty"`
	// Outgoing is our channel to the peer, nil if there is none that we know of.
	Outgoing *Channel `json:"outgoing,omitempty"`
	// Incoming are the channels of the peer to us: first the one that it pays over, then former ones.
	Incoming []Channel `json:"incoming"`
	// RoomUnits is what we can still pay over our channel as it is, in base units of the account, rounded down.
	RoomUnits string `json:"roomUnits"`
	// BudgetLeft is what the connector may put into channels now by itself.
	BudgetLeft string `json:"budgetLeft"`
	// Closing reports whether an operator closes our channel, or has closed it, so that no other is opened.
	Closing bool `json:"closing"`
	// Busy is the step that operators asked for and that is under way, empty if there is none.
	Busy ChannelStep `json:"busy,omitempty"`
	// Claims counts the claims of the peer, by what became of them, since the account was last set up.
	Claims map[string]uint64 `json:"claims"`
	// Problem says why something is not as it should be.
	Problem string `json:"problem,omitempty"`
	// Ledger is the connection to the ledger.
	Ledger ChannelLedger `json:"ledger"`
	// Funds are those of our account on the ledger, nil if they were not asked for or could not be read.
	Funds *LedgerFunds `json:"funds,omitempty"`
}

// Channel is a payment channel. Amounts are in drops, and left out if they are not known.
type Channel struct {
	ID string `json:"id"`
	// Current reports whether it is paid over. The others are former channels.
	Current bool `json:"current"`
	// Capacity is what its owner has put in altogether.
	Capacity string `json:"capacity,omitempty"`
	// Signed is what the best claim is for, of all that was ever paid over the channel.
	Signed string `json:"signed"`
	// Claimed is what its receiver has taken out on the ledger, and Unclaimed what the best claim is for beyond that.
	Claimed   string `json:"claimed,omitempty"`
	Unclaimed string `json:"unclaimed,omitempty"`
	// SettleDelay is how long it stays open once its owner has asked to close it, in seconds.
	SettleDelay uint32 `json:"settleDelay,omitempty"`
	// ClosesAt is when it may be gone, the zero time if its owner has not asked to close it.
	ClosesAt Time `json:"closesAt,omitzero"`
	// Gone reports whether the ledger has it no more.
	Gone bool `json:"gone,omitempty"`
}

// ChannelLedger is the connection to the ledger on which an account has its channels.
type ChannelLedger struct {
	Connected bool `json:"connected"`
	// NetworkID identifies the ledger, nil until it is known.
	NetworkID *uint32 `json:"networkId,omitempty"`
	// Index is that of the last validated ledger, and ClosedAt the time that the ledger gives for it.
	Index    uint32 `json:"index,omitempty"`
	ClosedAt Time   `json:"closedAt,omitzero"`
	// Servers are all that are configured, in order.
	Servers []LedgerServer `json:"servers"`
}

// LedgerServer is a server of the ledger.
type LedgerServer struct {
	// Server is its URL without path and user, which may be secrets.
	Server string `json:"server"`
	InUse  bool   `json:"inUse"`
	// Reason says why it was left, with Detail. Both are empty if it is in use, or was not tried.
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Since is when that was, or when it came into use.
	Since Time `json:"since,omitzero"`
	// Failures counts the attempts in a row that failed.
	Failures int `json:"failures,omitempty"`
}

// LedgerFunds is what an account of the ledger has, in drops.
type LedgerFunds struct {
	Balance string `json:"balance"`
	// Reserve is the part of it that the ledger keeps back, and Free what a transaction may spend.
	Reserve string `json:"reserve"`
	Free    string `json:"free"`
}

// fundsTimeout is how long GET /channels/ID waits for the ledger.
const fundsTimeout = 3 * time.Second

// getChannels shows the channels of all accounts. It does not wait for the ledger.
func (api *API) getChannels(w http.ResponseWriter, _ *request) error {
	list := ChannelList{Accounts: []AccountChannels{}}
	for _, a := range api.node.Accounts().All() {
		if c, there := api.node.Channels(a.ID); there {
			list.Accounts = append(list.Accounts, c)
		}
	}
	return writeJSON(w, http.StatusOK, list)
}

// getAccountChannels shows the channels of one account, with what the ledger says of our funds and of former
// channels. If the ledger does not say it in time, that is left out.
func (api *API) getAccountChannels(w http.ResponseWriter, r *request) error {
	if err := api.checkChannels(r.rest); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), fundsTimeout)
	defer cancel()
	c, there := api.node.ChannelsNow(ctx, r.rest)
	if !there {
		return noChannels(r.rest)
	}
	return writeJSON(w, http.StatusOK, c)
}

// checkChannels returns an error unless there is an account of that id with channels.
func (api *API) checkChannels(id string) error {
	if api.node.Accounts().Find(id) == nil {
		return unknownAccount(id)
	}
	if _, there := api.node.Channels(id); !there {
		return noChannels(id)
	}
	return nil
}

// noChannels returns the error for an account without channels.
func noChannels(id string) error {
	return errorf(http.StatusConflict, "account %s does not settle over payment channels: only those of plugin ilp-plugin-xrp-paychan do", id)
}

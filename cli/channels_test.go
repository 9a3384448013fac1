package cli

import (
	"context"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
)

// addChannels gives an account of a node payment channels: ours, the peer's, which closes, and a former one that is
// gone. Of two ledger servers one is in use. To fund more than 10 XRP is refused, and nothing is left to claim.
func addChannels(n *admintest.Node, now time.Time) {
	past := admin.Time{Time: now.Add(-70*time.Minute - 30*time.Second)}
	id := uint32(21337)
	n.PaymentChannels = map[string]admin.AccountChannels{"zoe": {
		AccountID: "zoe", AssetCode: "XRP", AssetScale: 9, Address: "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe", PeerAddress: "rUCzEr6jrEyMpjhs4wSdQdz4g8Y382NxfM",
		Outgoing: &admin.Channel{ID: "5DB01B7FFED6B67E6B0414DED11E051D2EE2B7619CE0EAA6286D67A3A4D5BDB3", Current: true, Capacity: "2000000", Signed: "500000", Claimed: "0", Unclaimed: "500000", SettleDelay: 3600},
		Incoming: []admin.Channel{
			{ID: "C1AE6DDDEEC05CF2978C0BAD6FE302948E9533691DC749DCDD3B9E5992CA6198", Current: true, Capacity: "1000000", Signed: "7", Claimed: "7", Unclaimed: "0", ClosesAt: admin.Time{Time: now.Add(50*time.Hour + 30*time.Minute)}},
			{ID: "0123456789ABCDEF", Signed: "900000", Gone: true},
		},
		RoomUnits: "1500000000", BudgetLeft: "98000000", Claims: map[string]uint64{"taken": 12, "bad_signature": 1, "lower": 0}, Problem: "ask the \x1b[31mpeer",
		Ledger: admin.ChannelLedger{Connected: true, NetworkID: &id, Index: 4711, ClosedAt: past, Servers: []admin.LedgerServer{
			{Server: "wss://one.example", Reason: "lags behind", Detail: "by 9 ledgers", Since: past, Failures: 3},
			{Server: "wss://two.example", InUse: true, Since: past},
			{Server: "wss://three.example"},
		}},
	}}
	n.Funds = &admin.LedgerFunds{Balance: "98000000", Reserve: "1200000", Free: "96800000"}
	n.Step = func(_ context.Context, c admin.ChannelChange) ([]admin.ChannelTransaction, error) {
		if c.Step == admin.FundChannel && c.Drops > 10_000_000 {
			return nil, admin.Conflict("nothing was done: the channel may not hold more: it has 2000000 drops, and options.channelMax is 12000000")
		}
		if c.Step == admin.ClaimChannel {
			return []admin.ChannelTransaction{}, nil
		}
		return []admin.ChannelTransaction{{Step: string(c.Step), ID: "E3FE6EA3D48F0C2B639448020EA4F03D4F4F8FFDB243A852A0F59177921B4879", Result: "tesSUCCESS"}}, nil
	}
}

func TestAmountsHaveUnits(t *testing.T) {
	for text, want := range map[string]string{
		"2.5XRP": "2500000", "1xrp": "1000000", "0.000001XRP": "1", "2500000drops": "2500000", "007drops": "7", "999999999999.999999XRP": "999999999999999999",
	} {
		if got, err := parseDrops(text); got != want || err != nil {
			t.Errorf("%s is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "2.5", "XRP", "drops", "-1XRP", "+1XRP", "1.0000001XRP", "1.XRP", ".5XRP", "1e6drops", "1.5drops", "0XRP", "0.000000XRP", "1 XRP", "1XRP\n", "9999999999999999999drops"} {
		if got, err := parseDrops(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

package xrplsim_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Whatever is submitted, no drop appears or is lost, and no channel pays more than it has.
func TestNoDropIsLost(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := xrplsim.New(xrplsim.Options{})
		defer l.Close()
		var keys []xrpl.Key
		var ids []xrpl.AccountID
		for i := range 3 {
			keys = append(keys, xrpl.Ed25519Key([32]byte{byte(i + 1)}))
			ids = append(ids, keys[i].Public().Account())
			l.Fund(ids[i], xrpl.Drops(rapid.Uint64Range(1, 5_000_000).Draw(r, "money")))
		}
		amount := func(label string) *xrpl.Drops {
			d := xrpl.Drops(rapid.Uint64Range(1, 3_000_000).Draw(r, label))
			return &d
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			one, other := rapid.IntRange(0, 2).Draw(r, "one"), rapid.IntRange(0, 2).Draw(r, "other")
			var channels []xrplsim.Channel
			for _, id := range ids {
				channels = append(channels, l.Channels(id)...)
			}
			tx := xrpl.Transaction{Account: ids[one], Fee: *amount("fee")/1000 + 10}
			switch what := rapid.IntRange(0, 7).Draw(r, "what"); {
			case what == 0:
				l.Advance(time.Duration(rapid.IntRange(0, 100).Draw(r, "seconds")) * time.Second)
				fallthrough
			case what <= 2:
				l.CloseLedger()
				continue
			case what == 3 && one != other:
				tx.Type, tx.Destination, tx.Amount = xrpl.Payment, ids[other], amount("payment")
			case what == 4 && one != other:
				key := keys[one].Public()
				tx.Type, tx.Destination, tx.Amount, tx.PublicKey, tx.SettleDelay = xrpl.PaymentChannelCreate, ids[other], amount("channel"), &key, 60
			case what == 5 && len(channels) > 0:
				c := rapid.SampledFrom(channels).Draw(r, "funded")
				tx.Type, tx.Channel, tx.Amount = xrpl.PaymentChannelFund, c.ID, amount("more")
			case what >= 6 && len(channels) > 0:
				c := rapid.SampledFrom(channels).Draw(r, "claimed")
				tx.Type, tx.Channel = xrpl.PaymentChannelClaim, c.ID
				tx.Flags = rapid.SampledFrom([]uint32{0, 0, xrpl.FlagClose, xrpl.FlagRenew}).Draw(r, "flags")
				if rapid.Bool().Draw(r, "pays") {
					tx.Balance = amount("balance")
					message := xrpl.ClaimMessage(c.ID, *tx.Balance)
					for i, id := range ids {
						if id == c.Owner {
							tx.PublicKey = &c.PublicKey
							tx.Signature, _ = keys[i].Sign(message[:])
						}
					}
				}
			default:
				continue
			}
			a, _ := l.Account(ids[one])
			tx.Sequence = a.Sequence + uint32(rapid.IntRange(0, 2).Draw(r, "ahead"))
			blob, _, err := tx.Sign(keys[one])
			if err != nil {
				r.Fatal(err)
			}
			r.Logf("%v: %s", tx.Type, l.Submit(blob))
		}
		l.CloseLedger()
		if total := l.Total(); total != xrpl.MaxDrops {
			r.Fatalf("all money together is %d drops", total)
		}
		for _, id := range ids {
			a, _ := l.Account(id)
			channels := l.Channels(id)
			if int(a.OwnerCount) != len(channels) || a.Balance > 100_000_000 {
				r.Fatalf("%v is %+v, with %d channels", id, a, len(channels))
			}
			for _, c := range channels {
				if c.Balance > c.Amount {
					r.Fatalf("it has paid more than it has: %+v", c)
				}
			}
		}
	})
}

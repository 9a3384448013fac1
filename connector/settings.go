package connector

import (
	"fmt"
	"math"
	"strconv"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/rate"
)

// settings turns an account's configuration, which is text, into values.
func settings(a config.Account) (account.Settings, error) {
	s := account.Settings{
		Relation:        a.Relation,
		AssetCode:       a.AssetCode,
		AssetScale:      a.AssetScale,
		Plugin:          a.Plugin,
		Segment:         a.Segment(),
		PacketAmountMax: amountMax(a.MaxPacketAmount),
		RateLimit: account.RateLimit{
			Period:   a.RateLimit.RefillPeriod.Duration(),
			Count:    uint64(a.RateLimit.RefillCount),
			Capacity: uint64(a.RateLimit.Burst()),
		},
		InFlight: account.InFlight{
			IncomingPackets: a.InFlight.IncomingPackets,
			OutgoingPackets: a.InFlight.OutgoingPackets,
			IncomingAmount:  amountMax(a.InFlight.IncomingAmount),
			OutgoingAmount:  amountMax(a.InFlight.OutgoingAmount),
		},
		Throughput: account.Throughput{
			Period:   a.Throughput.RefillPeriod.Duration(),
			Incoming: amountMax(a.Throughput.IncomingAmount),
			Outgoing: amountMax(a.Throughput.OutgoingAmount),
		},
		DedupeLifetime: a.Deduplicate.PacketLifetime.Duration(),
		DedupeSweep:    a.Deduplicate.CleanupInterval.Duration(),
		SendRoutes:     a.SendsRoutes(),
		ReceiveRoutes:  a.ReceivesRoutes(),
	}
	if a.Spread != "" {
		spread, err := rate.ParseSpread(a.Spread)
		if err != nil {
			return s, fmt.Errorf("spread: %w", err)
		}
		s.Spread = spread.String()
	}
	if a.Balance == nil {
		return s, nil
	}
	limits, err := a.Balance.Limits()
	if err != nil {
		return s, err
	}
	s.Limits = &limits
	s.Settle, err = settleTerms(a.Balance)
	return s, err
}

// amountMax returns a bound on amounts of one packet, 0 for none. One beyond 64 bits
// bounds nothing that a packet can say.
func amountMax(text string) uint64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return math.MaxUint64
	}
	return n
}

func settleTerms(b *config.Balance) (*account.Settle, error) {
	if b.SettleThreshold == "" || b.SettleThreshold == "-Infinity" {
		return nil, nil
	}
	threshold, err := balance.Parse(b.SettleThreshold)
	if err != nil {
		return nil, fmt.Errorf("balance.settleThreshold: %w", err)
	}
	var to balance.Amount
	if b.SettleTo != "" {
		if to, err = balance.Parse(b.SettleTo); err != nil {
			return nil, fmt.Errorf("balance.settleTo: %w", err)
		}
	}
	return &account.Settle{Threshold: threshold, To: to}, nil
}

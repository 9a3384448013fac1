package connector

import (
	"encoding/json"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clip"
)

// statsOfModules are the metrics that hosted middlewares count in, by the names of api.stats.
var statsOfModules = map[string]account.Stat{
	"incomingDataPackets":     account.StatIncomingPackets,
	"incomingDataPacketValue": account.StatIncomingValue,
	"outgoingDataPackets":     account.StatOutgoingPackets,
	"outgoingDataPacketValue": account.StatOutgoingValue,
	"rateLimitedPackets":      account.StatRateLimited,
	"rateLimitedMoney":        account.StatRateLimitedMoney,
	"incomingMoney":           account.StatIncomingMoney,
	"outgoingMoney":           account.StatOutgoingMoney,
	"balance":                 account.StatBalance,
}

// Event takes what the middleware has counted by its api.stats: many samples at a time. Those that are
// none, or of no account that there is, are logged and count nowhere.
func (m *hostedMiddleware) Event(name string, args []json.RawMessage) {
	if name != "stats" {
		return
	}
	for _, arg := range args {
		if m.count(arg) {
			continue
		}
		if pass, held := m.refused.Pass(1); pass {
			m.connector.log.Warn("what a hosted middleware counts is not in the metrics: it is no number, or of no account",
				"middleware", m.name, "sample", clip.UTF8(string(arg), sampleBytesMax), "notLogged", held)
		}
	}
}

const sampleBytesMax = 200

// count counts one sample: [metric, account, result, code, value]. It returns false if it is none.
func (m *hostedMiddleware) count(sample json.RawMessage) bool {
	var metric, id, result, code string
	var value *float64 // for display alone
	parts := []any{&metric, &id, &result, &code, &value}
	var said []json.RawMessage
	if json.Unmarshal(sample, &said) != nil || len(said) != len(parts) {
		return false
	}
	for i, part := range parts {
		if json.Unmarshal(said[i], part) != nil {
			return false
		}
	}
	stat, is := statsOfModules[metric]
	to := m.connector.member(id)
	return is && to != nil && value != nil && to.now().account.Counters.Told.Tell(account.SampleOf(stat, result, code), *value)
}

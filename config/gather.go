package config

import (
	"encoding/json"
	"strings"
)

// gathered returns copies of accounts that lie together in memory and share equal texts. What was read
// lies among the garbage of reading, and there may be very many accounts: each would keep its
// surroundings.
func (as Accounts) gathered() Accounts {
	all, texts := make(Accounts, len(as)), make(sameTexts)
	for i, a := range as {
		texts.share(&a)
		a.ID, a.ILPAddressSegment = strings.Clone(a.ID), strings.Clone(a.ILPAddressSegment)
		if a.Balance != nil {
			b := *a.Balance
			a.Balance = &b
		}
		if a.Options != nil {
			a.Options = texts.gather(a.Options).(map[string]any)
		}
		all[i] = a
	}
	return all
}

// sameTexts are the texts of settings of accounts. Many accounts have the same ones.
type sameTexts map[string]string

// share lets an account have the texts of those before it.
func (s sameTexts) share(a *Account) {
	texts := []*string{
		&a.Plugin, &a.AssetCode, &a.AssetMismatch, &a.MaxPacketAmount, &a.InFlight.IncomingAmount, &a.InFlight.OutgoingAmount,
		&a.Throughput.IncomingAmount, &a.Throughput.OutgoingAmount,
	}
	if b := a.Balance; b != nil {
		texts = append(texts, &b.Minimum, &b.Maximum, &b.SettleThreshold, &b.SettleTo)
	}
	for _, text := range texts {
		*text = s.one(*text)
	}
}

// one returns the text to use for all that are equal to it.
func (s sameTexts) one(text string) string {
	former, there := s[text]
	if !there {
		former = strings.Clone(text)
		s[former] = former
	}
	return former
}

// gather returns a copy of an option. Only the names of options are shared, since values are secret.
func (s sameTexts) gather(value any) any {
	switch v := value.(type) {
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, inner := range v {
			all[s.one(key)] = s.gather(inner)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, inner := range v {
			all[i] = s.gather(inner)
		}
		return all
	case string:
		return strings.Clone(v)
	case json.Number:
		return json.Number(strings.Clone(string(v)))
	}
	return value
}

package ecb

import "slices"

// listed are the currencies for which the bank publishes a price, besides the euro.
// https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
var listed = []string{
	"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KRW",
	"MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "USD", "ZAR",
}

// Lists reports whether a currency may have a price. Of another source than the bank it knows
// nothing, so there each currency may.
func (b *Backend) Lists(currency string) bool {
	switch {
	case b.mock != nil:
		price := b.mock[currency]
		return price != nil && price.Sign() != 0
	case !b.own:
		return true
	}
	return Lists(currency)
}

// Lists reports whether the bank publishes a price of a currency.
func Lists(currency string) bool { return currency == base || slices.Contains(listed, currency) }

package subject

import (
	"fmt"
	"math/bits"
)

// The prices of a priced setup. They are in units of each currency for one of base, in millionths.
//
// The price of each currency rises by a step of its own from each version to the next, so the price
// of one in another belongs to one version alone. A step is priceStep or up to a tenth more. A torn
// table has an old price p and a new one q, and its rate q/p looks like one of a version that is at
// least 9 further on, or 9 further back. The load takes neither for one of those in force.
const (
	base       = "BASE"
	priceFirst = 1_000_000
	priceStep  = 300
)

// pricedMax is the number of accounts in a priced setup up to which that holds.
const pricedMax = priceStep / 10

// The scales of a priced setup are so far apart that one more version changes what arrives of the
// smallest packet.
const (
	pricedSenderScale   = 6
	pricedReceiverScale = 12
	pricedFactor        = 1_000_000
)

// currency returns the currency of the account at a place in the list.
func currency(place int) string { return fmt.Sprintf("C%02d", place) }

// millionths returns the price of the currency at a place.
func millionths(place int, version uint32) uint64 {
	return priceFirst + uint64(version)*uint64(priceStep+place)
}

// Prices returns the prices of a version, by currency.
func (s *Setup) Prices(version uint32) map[string]string {
	prices := make(map[string]string)
	for place := range s.accounts() {
		m := millionths(place, version)
		prices[currency(place)] = fmt.Sprintf("%d.%06d", m/priceFirst, m%priceFirst)
	}
	return prices
}

// Converted returns what arrives of an amount at a version of the prices: what is left of a unit is
// the connector's.
func (s *Setup) Converted(sent uint64, sender, receiver int, version uint32) uint64 {
	high, low := bits.Mul64(sent*pricedFactor, millionths(s.Senders+receiver, version))
	converted, _ := bits.Div64(high, low, millionths(sender, version))
	return converted
}

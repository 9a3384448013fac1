package peering

import (
	"fmt"
	"strings"
	"time"
)

// Summary returns what the invitation says, one line for each thing, for the operator that
// accepts. It does not show the token.
func (i Invitation) Summary() [][2]string {
	return [][2]string{
		{"from", i.Address},
		{"endpoint", i.Endpoint},
		{"it becomes your", i.Relation},
		{"asset", Asset{i.AssetCode, i.AssetScale}.String()},
		{"it may owe you", i.amount(i.Balance.Maximum)},
		{"you may owe it", i.amount(negated(i.Balance.Minimum))},
		{"largest packet", i.amount(i.MaxPacketAmount)},
		{"packets", fmt.Sprintf("%d in %v", i.RateLimit.RefillCount, time.Duration(i.RateLimit.RefillPeriod)*time.Millisecond)},
		{"good until", i.Expires.UTC().Format(time.RFC3339)},
	}
}

// amount returns base units, and what they are of the asset.
func (i Invitation) amount(units string) string {
	return fmt.Sprintf("%s (%s %s)", units, decimal(units, int(i.AssetScale)), i.AssetCode)
}

// decimal moves the point of a whole number to the left.
func decimal(units string, scale int) string {
	if pad := scale + 1 - len(units); pad > 0 {
		units = strings.Repeat("0", pad) + units
	}
	whole, fraction := units[:len(units)-scale], strings.TrimRight(units[len(units)-scale:], "0")
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

package connector

import "fmt"

// Kinds of the alerts about the parent that gives us our address. The store keeps them, so
// they stay the same over versions.
const (
	kindAssetMismatch  = "asset mismatch"
	kindAddressChanged = "address changed"
	kindAddressOutside = "address outside the network"
)

// What these alerts say.
const (
	alertAssetMismatch = "the parent says that this account is in %s, and our configuration says %s: its address is not used, and the account takes no packets; " +
		"correct assetCode and assetScale, or set assetMismatch to allow"
	alertAssetUnknown = "the parent does not say in which asset and scale it keeps this account, which takes no packets until it does; " +
		"ask its operator, or set assetMismatch to allow"
	alertAddressUnusable = "the parent gives us the address %s, %s: it is not used, and the account takes no packets; ask the parent's operator for another"
	alertAddressChanged  = "the parent gives us the address %s now, and we keep %s until a restart"
	alertAddressOutside  = "the parent gave us the address %s: %s"
)

// assetText returns an asset and its scale in words. The code may be any text of a parent.
func assetText(code string, scale uint8) string {
	return fmt.Sprintf("%.40q with scale %d", code, scale)
}

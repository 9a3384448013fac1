package connector

import (
	"fmt"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// Kinds of the alerts about the parent that gives us our address.
const (
	kindAssetMismatch  = "asset mismatch"
	kindAddressChanged = "address changed"
	kindAddressOutside = "address outside the network"
)

// alertAssetMismatch says that a parent has another asset than our account.
func alertAssetMismatch(theirs *ildcp.Response, ours *config.Account) string {
	return fmt.Sprintf("the parent says that this account is in %s, and our configuration says %s: its address is not used, and the account takes no packets; "+
		"correct assetCode and assetScale, or set assetMismatch to allow",
		asset(theirs.AssetCode, theirs.AssetScale), asset(ours.AssetCode, ours.AssetScale))
}

// asset returns an asset and its scale, in words. The code may be any text of a parent.
func asset(code string, scale uint8) string { return fmt.Sprintf("%.40q with scale %d", code, scale) }

// alertAddressChanged says that a parent gives us another address than before.
func alertAddressChanged(given, own string) string {
	return fmt.Sprintf("the parent gives us the address %s now, and we keep %s until a restart", given, own)
}

// alertAddressOutside says that a parent gave us an address outside the network of env.
func alertAddressOutside(address string, w config.Warning) string {
	return fmt.Sprintf("the parent gave us the address %s: %s", address, w)
}

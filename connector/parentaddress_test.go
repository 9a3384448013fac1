package connector_test

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
)

// TestInheritedAddressIsCheckedAsAConfiguredOne has the parent give addresses that the
// configuration refuses, or that leave no room for a child, and then a good one.
func TestInheritedAddressIsCheckedAsAConfiguredOne(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"peer.config", "peer.config, and peer.* is never the address of a connector: it is not used"},
		{"self.x", "self.x, and self.* is never the address of a connector: it is not used"},
		{"test." + strings.Repeat("a", 1018), "which leaves no room for the address of account kid"},
	} {
		f := newFamily(t, "")
		f.up.answer(t, c.address, "EUR", 6)
		await(t, "an alert", func() bool { return len(f.Alerts().All()) > 0 })
		if a := f.Alerts().All()[0]; a.AccountID != "up" || !strings.Contains(a.Message, c.want) || len(a.Message) > 400 {
			t.Errorf("the alert is %+v", a)
		}
		if own := f.Address(); own != "" {
			t.Errorf("%.20s is adopted", own)
		}
		if reasons := strings.Join(connector.Unready(f.Connector), "; "); !strings.Contains(reasons, "our ILP address is not known yet") {
			t.Errorf("/readyz says %q", reasons)
		}
		f.up.answer(t, "test.up.us", "EUR", 6)
		awaitReady(t, f)
		if own := f.Address(); own != "test.up.us" {
			t.Errorf("our address is %q", own)
		}
		if all := f.Alerts().All(); len(all) != 0 {
			t.Errorf("with a good address there is %+v", all)
		}
		f.stop()
	}
}

//go:build unix

package connector_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
)

// A client of the admin API cannot stop all changes by a certificate that is read for ever.
func TestCertificateOfAStreamIsRefusedUnread(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	name := fmt.Sprintf("/dev/fd/%d", r.Fd())
	c.want(http.StatusConflict, "POST", "/accounts", fmt.Sprintf(`{"id":"eve","options":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":2,`+
		`"options":{"listener":{"host":"127.0.0.1","port":%d,"secret":"s","tls":{"cert":%q,"key":%q}}}}}`, freePort(t), name, name), "options.listener.tls.cert", "is a stream")
	c.want(http.StatusOK, "POST", "/accounts", carlEntry)
}

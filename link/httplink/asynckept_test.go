package httplink_test

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/uuid"
)

// Whatever URL a peer names, the record of its Fulfill can be read again: otherwise the account, or the
// check of the whole store, would fail because of the peer.
func TestRecordsCanBeReadWhateverThePeerNames(t *testing.T) {
	for name, end := range map[string]string{
		"a space in the query":      "/reply?for=a b",
		"a tab in the query":        "/reply?for=a\tb",
		"a space in the path":       "/re ply",
		"a space behind it":         "/reply?for= ",
		"a space as a code":         "/reply?for=a%20b",
		"bytes that are no text":    "/reply?for=\xff\xfe",
		"a space in the fragment":   "/reply#a b",
		"letters that are no ASCII": "/répons",
		"a semicolon":               "/a;b?c;d",
	} {
		t.Run(name, func(t *testing.T) {
			o := newOther(t)
			handler := bookedLink{make(chan store.Batch, 1)}
			_, address := asynchronous(t, o, handler)
			status, _, _ := postTo(t, address, bytesOf(ilptest.Prepare("test.us.near", 7)), "Request-Id", uuid.New().String(), "Callback-Url", o.URL+end)
			if status == 400 && strings.ContainsAny(end, " \t\xff") {
				return
			}
			if status != 202 {
				t.Fatalf("status %d", status)
			}
			record := (<-handler.booked)[0]
			if is, err := httplink.IsRecord(record.Key, record.Value); !is || err != nil {
				t.Errorf("%q: %v, %v", record.Value, is, err)
			}
		})
	}
}

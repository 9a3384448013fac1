package xrp

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// What the npm plugin has left stays in the store. It counts until we have a record of our own.
func TestChannelOfAnImportDoesNotComeBack(t *testing.T) {
	disk := memory.New(slog.New(slog.DiscardHandler))
	if err := disk.Apply(store.Batch{{Key: npmOutChannel, Value: []byte(`"` + strings.Repeat("AB", 32) + `"`)}}); err != nil {
		t.Fatal(err)
	}
	k, err := load(disk, 9)
	if err != nil || k.out.Channel == (xrpl.Hash{}) {
		t.Fatal(err, "the channel is not taken over")
	}
	k.out.Closing = true
	k.out.Payments = []string{"one"}
	closed := k.out.next(xrpl.Hash{}, balance.Amount{}, nil) // an operator has closed it, and it is gone
	if err := disk.Apply(store.Batch{change(keyOut, closed)}); err != nil {
		t.Fatal(err)
	}
	again, err := load(disk, 9)
	if err != nil {
		t.Fatal(err)
	}
	if out := again.out; out.Channel != (xrpl.Hash{}) || !out.Closing || out.Number != closed.Number || len(out.Former) != 1 {
		t.Errorf("after a restart: %+v", out)
	}
}

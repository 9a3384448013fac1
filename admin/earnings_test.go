package admin_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
)

func TestEarningsAreShownByAccountAndAsset(t *testing.T) {
	n := newNode(t)
	n.Host("alice").Add([]admin.NewChild{{Name: "ann", Token: "s3cret-ann"}, {Name: "bea", Token: "s3cret-bea"}})
	since := time.Date(2026, 11, 22, 11, 21, 14, 0, time.UTC)
	large, err := balance.Parse(new(big.Int).Lsh(big.NewInt(1), 70).String())
	if err != nil {
		t.Fatal(err)
	}
	n.Earned = []account.Earning{
		{AccountID: "alice", AssetCode: "USD", AssetScale: 2, Amount: balance.FromInt64(-7), Since: since},
		{AccountID: "alice", AssetCode: "USD", AssetScale: 9, Amount: large, Since: since},
		{AccountID: "alice.ann", AssetCode: "USD", AssetScale: 2, Amount: balance.FromInt64(3), Since: since},
		{AccountID: "alice.bea", AssetCode: "USD", AssetScale: 2, Amount: balance.FromInt64(4), Since: since},
		{AccountID: "alice.bea", AssetCode: "USD", AssetScale: 9, Amount: balance.FromInt64(5), Since: since},
		{AccountID: "bob", AssetCode: "USD", AssetScale: 2, Amount: balance.FromInt64(10), Since: since},
	}
	row := func(id, scale, amount string) string {
		return `{"accountId":"` + id + `","assetCode":"USD","assetScale":` + scale + `,"amount":"` + amount + `","since":"2026-11-22T11:21:14.000Z"}`
	}
	total := func(scale, amount string) string {
		return `{"assetCode":"USD","assetScale":` + scale + `,"amount":"` + amount + `"}`
	}
	const much = "1180591620717411303424"
	alice, bob := row("alice", "2", "-7")+","+row("alice", "9", much), row("bob", "2", "10")
	clients := `{"totals":[` + total("2", "7") + "," + total("9", "5") + `],"earnings":[`
	api := newAPI(t, n, loopback())
	for _, e := range []exchange{
		{"GET", "/earnings", "", 200, asJSON, `{"totals":[` + total("2", "3") + "," + total("9", much) + `],"earnings":[` + alice + "," + bob + `]}`},
		{"GET", "/earnings?account=alice", "", 200, asJSON, `{"totals":[` + total("2", "-7") + "," + total("9", much) + `],"earnings":[` + alice + `]}`},
		{"GET", "/earnings?account=alice.ann", "", 200, asJSON, `{"totals":[` + total("2", "3") + `],"earnings":[` + row("alice.ann", "2", "3") + `]}`},
		{"GET", "/earnings?account=zoe", "", 200, asJSON, `{"totals":[],"earnings":[]}`},
		{"GET", "/earnings?clients=alice", "", 200, asJSON, clients + row("alice.ann", "2", "3") + "," + row("alice.bea", "2", "4") + "," + row("alice.bea", "9", "5") + `]}`},
		{"GET", "/earnings?clients=alice&limit=1", "", 200, asJSON, clients + row("alice.ann", "2", "3") + `],"next":"alice.ann"}`},
		{"GET", "/earnings?clients=alice&limit=1&after=alice.ann", "", 200, asJSON, clients + row("alice.bea", "2", "4") + "," + row("alice.bea", "9", "5") + `]}`},
		{"GET", "/earnings?account=alice.nobody", "", 404, asText, "Error: ..."},
		{"GET", "/earnings?account=nobody", "", 404, asText, "Error: ..."},
		{"GET", "/earnings?clients=bob", "", 404, asText, "Error: ..."},
		{"GET", "/earnings?clients=alice&limit=0", "", 400, asText, "Error: ..."},
		{"GET", "/earnings?limit=5", "", 400, asText, "Error: ..."},
		{"GET", "/earnings?account=alice&clients=alice", "", 400, asText, "Error: ..."},
		{"POST", "/earnings", "", 404, asText, "Not Found"},
	} {
		e.run(t, api)
	}
	n.Loading = true
	exchange{"GET", "/earnings", "", 503, asText, "Error: ..."}.run(t, api)
}

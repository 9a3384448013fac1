package config

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkParseThousandAccounts(b *testing.B) {
	var entries []string
	for i := range 1000 {
		entries = append(entries, fmt.Sprintf(`"a%d":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":9,"balance":{"maximum":"100"},"options":{"listener":{"port":%d,"secret":"s"}}}`, i, 10000+i))
	}
	document := []byte(`{"ilpAddress":"test.me","accounts":{` + strings.Join(entries, ",") + `}}`)
	for b.Loop() {
		if _, _, err := Parse("c.json", document, nil, builtin); err != nil {
			b.Fatal(err)
		}
	}
}

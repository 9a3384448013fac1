package config

import (
	"fmt"
	"strings"
	"testing"
)

func thousandAccounts() []byte {
	var entries []string
	for i := range 1000 {
		entries = append(entries, fmt.Sprintf(`"a%d":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"USD","assetScale":9,"balance":{"maximum":"100"},"options":{"listener":{"port":%d,"secret":"s"}}}`, i, 10000+i))
	}
	return []byte(`{"ilpAddress":"test.me","accounts":{` + strings.Join(entries, ",") + `}}`)
}

func BenchmarkParseThousandAccounts(b *testing.B) {
	document := thousandAccounts()
	for b.Loop() {
		if _, _, err := Parse("c.json", document, nil, builtin); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateOneOfThousandAccounts(b *testing.B) {
	c, _, err := Parse("c.json", thousandAccounts(), nil, builtin)
	if err != nil {
		b.Fatal(err)
	}
	a := c.Accounts[999]
	others := NewIndex(c.Accounts[:999]...)
	for b.Loop() {
		if _, err := c.ValidateAccount(a, others, builtin); err != nil {
			b.Fatal(err)
		}
	}
}

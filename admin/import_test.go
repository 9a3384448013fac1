package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

const importPath = "/balance/import"

func TestImportSetsBalances(t *testing.T) {
	n := newNode(t) // alice stands at 30
	api := newAPI(t, n, loopback())
	for _, test := range []exchange{
		// the answer of the reference is a body as it is
		{"POST", importPath, `{"accounts":{"bob":{"balance":"-7","minimum":"-Infinity","maximum":"100000"}},"dryRun":true}`, 200, asJSON,
			`{"accounts":{"bob":{"before":"0","after":"-7"}},"dryRun":true}`},
		{"POST", importPath, `{"accounts":{"bob":{"balance":"-7"},"alice":{"balance":"30"}},"reason":"moving"}`, 200, asJSON,
			`{"accounts":{"bob":{"before":"0","after":"-7"},"alice":{"before":"30","after":"30"}}}`},
		{"POST", importPath, `{"accounts":{"bob":{"balance":"-7"},"carol":{"balance":"1"}},"skipUnknown":true}`, 200, asJSON,
			`{"accounts":{"bob":{"before":"-7","after":"-7"}},"skipped":["carol"]}`},
		{"POST", importPath, `{"accounts":{"alice":{"balance":"-9000"}},"overwrite":true,"force":true}`, 200, asJSON,
			`{"accounts":{"alice":{"before":"30","after":"-9000"}}}`},
	} {
		test.run(t, api)
	}
	if e := auditOf(t, api, "?account=bob"); len(e) == 0 || e[len(e)-1].What != "import balance" || e[len(e)-1].Reason != "moving" {
		t.Errorf("the entries are %+v", e)
	}
}

func TestImportIsRefused(t *testing.T) {
	n := newNode(t)
	n.Registry.Find("bob").Balance.Hold(1)
	api := newAPI(t, n, loopback())
	const shape = `Error: the body needs "accounts", ...`
	for body, want := range map[string]exchange{
		`{}`:                       {status: 400, want: shape},
		`[]`:                       {status: 400, want: shape},
		`{"accounts":{}}`:          {status: 400, want: shape},
		`{"accounts":[]}`:          {status: 400, want: shape},
		`{"accounts":{"alice":5}}`: {status: 400, want: `Error: the balance of account "alice" is not a whole number in quotes`},
		`{"accounts":{"alice":{}}}`: {status: 400,
			want: `Error: the balance of account "alice" is not a whole number in quotes`},
		`{"accounts":{"alice":{"balance":5}}}`:     {status: 400, want: `Error: the balance of account "alice" is not a whole number in quotes`},
		`{"accounts":{"alice":{"balance":"NaN"}}}`: {status: 400, want: `Error: the balance of account "alice" is not a whole number in quotes`},
		`{"accounts":{"alice":{"balance":"1.5"}}}`: {status: 400, want: `Error: the balance of account "alice" is not a whole number, but 1.5`},
		`{"accounts":{"alice":{"balance":"1e+60"}}}`: {status: 400,
			want: `Error: the balance of account "alice" is out of range: 1e+60`},
		`{"accounts":{"alice":{"balance":"1"},"alice":{"balance":"2"}}}`: {status: 400, want: `Error: account "alice" is there twice`},
		`{"accounts":{"alice":{"balance":"1"}},"dryRun":1}`:              {status: 400, want: `Error: the "dryRun" is not true or false`},
		`{"accounts":{"alice":{"balance":"1"}},"reason":1}`:              {status: 400, want: `Error: the "reason" is not ...`},
		`{"accounts":{"carol":{"balance":"1"}},"skipUnknown":true}`:      {status: 404, want: "Error: no balance is imported: all accounts are unknown"},
		`{"accounts":{"carol":{"balance":"1"},"alice":{"balance":"1"},"dave":{"balance":"1"}}}`: {status: 404,
			want: "Error: no balance is imported: these accounts are unknown: carol, dave; configure them, or leave them out with --skip-unknown, ..."},
		`{"accounts":{"alice":{"balance":"31"}}}`: {status: 409, want: "Error: no balance is imported: the balance is neither 0 nor ..."},
		`{"accounts":{"bob":{"balance":"1"}}}`:    {status: 409, want: "Error: no balance is imported: packets or settlements are under way"},
		`{"accounts":{"zoe":{"balance":"1"}}}`:    {status: 409, want: "Error: no balance is imported: zoe has none"},
	} {
		exchange{"POST", importPath, body, want.status, asText, want.want}.run(t, api)
	}
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf(`"a%02d":{"balance":"1"}`, i))
	}
	exchange{"POST", importPath, `{"accounts":{` + strings.Join(many, ",") + `}}`, 404, asText,
		"Error: no balance is imported: these accounts are unknown: a00, a01, a02, a03, a04, a05, a06, a07, a08, a09 and 2 more; ..."}.run(t, api)
	exchange{"GET", importPath, "", 404, asText, "Not Found"}.run(t, api)
	n.Disabled["balance"] = true
	exchange{"POST", importPath, `{"accounts":{"alice":{"balance":"1"}}}`, 409, asText,
		"Error: no balance is imported: the balance middleware is disabled"}.run(t, api)
	n.Loading = true
	exchange{"POST", importPath, `{"accounts":{"alice":{"balance":"1"}}}`, 503, asText, "Error: the balances are not loaded yet"}.run(t, api)
}

// The reference prints 10^21 and more with an exponent, and all digits before it.
func TestImportReadsNumbersAsTheReferencePrintsThem(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "17": "17", "-17": "-17", "1e+21": "1000000000000000000000",
		"-1.2345e+21": "-1234500000000000000000", "1.234567890123456789012345e+24": "1234567890123456789012345", "1.0": "",
	} {
		n := newNode(t)
		body := fmt.Sprintf(`{"accounts":{"bob":{"balance":%q}},"force":true}`, text)
		if want == "" {
			exchange{"POST", importPath, body, 400, asText, `Error: the balance of account "bob" is not a whole number, but ` + text}.run(t, newAPI(t, n, loopback()))
			continue
		}
		exchange{"POST", importPath, body, 200, asJSON, `{"accounts":{"bob":{"before":"0","after":"` + want + `"}}}`}.run(t, newAPI(t, n, loopback()))
		if amount, err := balance.Parse(want); err != nil || n.Registry.Find("bob").Balance.Snapshot().Posted != amount {
			t.Errorf("%s is set to %s, %v", text, n.Registry.Find("bob").Balance.Snapshot().Posted, err)
		}
	}
}

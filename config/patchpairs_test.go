package config

import (
	"strings"
	"testing"
)

func TestPairsAreAPatch(t *testing.T) {
	for pairs, want := range map[string]string{
		"maxPacketAmount=1000":                                `{"maxPacketAmount":"1000"}`,
		"balance.maximum=1000 balance.minimum=-5":             `{"balance":{"maximum":"1000","minimum":"-5"}}`,
		"rateLimit.refillCount=7":                             `{"rateLimit":{"refillCount":7}}`,
		"sendRoutes=false":                                    `{"sendRoutes":false}`,
		"balance.settleThreshold=null ilpAddressSegment=null": `{"balance":{"settleThreshold":null},"ilpAddressSegment":null}`,
		"rateLimit=null":                                      `{"rateLimit":null}`,
		"balance={\"maximum\":\"5\"}":                         `{"balance":{"maximum":"5"}}`,
		"options.server=btp+ws://x?a=b":                       `{"options":{"server":"btp+ws://x?a=b"}}`,
		"options.listener.port=7768":                          `{"options":{"listener":{"port":7768}}}`,
		`options.token="12"`:                                  `{"options":{"token":"12"}}`,
		"routing.importDeny=[\"g.x\"]":                        `{"routing":{"importDeny":["g.x"]}}`,
		"rateLimit.refillCount=many":                          `{"rateLimit":{"refillCount":"many"}}`,
		"nonsense=1":                                          `{"nonsense":1}`,
		"ilpAddressSegment=":                                  `{"ilpAddressSegment":""}`,
		"x":                                                   "is no setting with a value",
		"=1":                                                  "is no setting with a value",
		"balance..maximum=1":                                  "is no setting with a value",
		"maxPacketAmount=1 maxPacketAmount=2":                 "maxPacketAmount is given twice",
		"balance=null balance.maximum=2":                      "balance is given twice",
		"balance.maximum=2 balance=null":                      "balance is given twice",
	} {
		got, err := AccountPatch(strings.Fields(pairs))
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && string(got) != want {
			t.Errorf("%s: %s, %v; want %s", pairs, got, err, want)
		}
	}
}

func TestEntryOfAnAccountMayBeYAML(t *testing.T) {
	for name, text := range map[string]string{
		"a.yaml": "relation: child\nbalance: {maximum: \"5\"}\n", "a.json": `{"relation": "child", "balance": {"maximum": "5"}}`,
		"standard input": "relation: child\nbalance: {maximum: \"5\"}\n",
	} {
		got, err := AccountJSON(name, []byte(text))
		if err != nil || string(got) != `{"relation":"child","balance":{"maximum":"5"}}` {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, text := range []string{"- a", "a: b: c", `{"a":1,"a":2}`, "x"} {
		if got, err := AccountJSON("a.yaml", []byte(text)); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}

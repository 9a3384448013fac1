package test

import (
	"fmt"
	"strings"
)

// adminRequests are requests to the admin API, good ones and bad ones.
func adminRequests() subject {
	someLimits := map[string]string{"minimum": "-1000", "maximum": "1000"}
	s := subject{
		name: "admin",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someLimits),
				child("bob", 9),
				child("gone", 9).with("balance", someLimits),
			},
			env: map[string]string{"INITIAL_CONNECT_TIMEOUT": "300"},
		},
		absent: []string{"gone"},
	}
	add := func(name, method, path, body string) *scenario {
		return s.add(name, ask{method: method, path: path, body: body})
	}
	const ownWords = "the reference sends the reader to its log"
	const jsonWords = "the reference repeats the words of its JSON parser"

	add("a query", "GET", "/rates?x=1&y", "")
	add("a fragment of a path", "GET", "/rat", "")
	add("a path that goes on", "GET", "/ratesx", "")
	add("a slash at the end", "GET", "/rates/", "")
	add("the root", "GET", "/", "")
	add("an unknown path", "GET", "/nothing", "")
	add("capitals", "GET", "/Rates", "")
	add("POST where there is GET", "POST", "/rates", "")
	add("PUT where there is POST", "PUT", "/balance", `{"accountId":"alice","amountDiff":"1"}`)
	add("HEAD", "HEAD", "/rates", "")
	add("OPTIONS", "OPTIONS", "/rates", "")
	add("a body with GET", "GET", "/rates", `{"a":1}`)
	add("a bad body with GET", "GET", "/rates", `{`).wording = jsonWords
	add("a bad body with an unknown path", "GET", "/nothing", `{`)

	whole := func(s *scenario) {
		s.differ("no plugin of ours has information, and an operator wants to see the account", outcome{Reply: reply{
			Type: "http", Name: "application/json", Message: "the account", Status: 200,
		}}).wording = "the account has times, and what is left of its limits"
	}
	whole(add("an account without information", "GET", "/accounts/alice", ""))
	add("an unknown account", "GET", "/accounts/zed", "")
	add("no account", "GET", "/accounts/", "")
	add("an impossible account", "GET", "/accounts/a%20b", "")
	whole(add("an account and a query", "GET", "/accounts/alice?x", ""))
	add("below an account", "GET", "/accounts/alice/balance", "")
	add("information for an account, without a body", "POST", "/accounts/alice", "")
	add("information for an account", "POST", "/accounts/alice", "{}")
	add("information for an unknown account", "POST", "/accounts/zed", "{}")

	balance := func(name, body string) *scenario { return add("balance: "+name, "POST", "/balance", body) }
	balance("more", `{"accountId":"alice","amountDiff":"900"}`)
	balance("less", `{"accountId":"alice","amountDiff":"-400"}`)
	balance("nothing", `{"accountId":"alice","amountDiff":"0"}`)
	balance("too much", `{"accountId":"alice","amountDiff":"501"}`)
	balance("too little", `{"accountId":"alice","amountDiff":"-1501"}`)
	balance("of an account that is not connected", `{"accountId":"gone","amountDiff":"7"}`)
	balance("of an account without a balance", `{"accountId":"bob","amountDiff":"7"}`)
	balance("of an unknown account", `{"accountId":"zed","amountDiff":"7"}`)
	balance("of no account", `{"amountDiff":"7"}`).wording = "the reference names the account undefined"
	balance("of a number", `{"accountId":5,"amountDiff":"7"}`).wording = "the reference names the account 5"
	balance("bad JSON", `{"accountId":`).wording = jsonWords

	add("alerts, none", "GET", "/alerts", "")
	s.add("something to be alert to", prepare{from: "alice", to: "test.conn.bob"}).
		answer = rejects("T04", "test.x", "exceeded maximum balance.", "")
	add("dismiss an alert that is not there", "DELETE", "/alerts/1", "")
	add("dismiss no alert", "DELETE", "/alerts/", "")
	add("dismiss an impossible alert", "DELETE", "/alerts/x1", "")
	add("dismiss an alert", "DELETE", "/alerts/ALERT", "")
	add("alerts, none again", "GET", "/alerts", "")

	add("add an account without a body", "POST", "/addAccount", "")
	add("add an account without options", "POST", "/addAccount", `{"id":"new"}`).wording = ownWords
	add("add an account without a relation", "POST", "/addAccount",
		`{"id":"new","options":{"plugin":"ilp-plugin-btp","assetCode":"XRP","assetScale":9}}`).wording = ownWords
	add("add an account with a key too many", "POST", "/addAccount",
		`{"id":"new","options":{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"XRP","assetScale":9,"x":1}}`).
		wording = ownWords
	add("add an account with an unknown plugin", "POST", "/addAccount",
		`{"id":"new","options":{"relation":"child","plugin":"ilp-plugin-none","assetCode":"XRP","assetScale":9}}`).
		wording = "the reference repeats the words of Node.js, with the paths of its modules"
	return s
}

// badBalances are changes of a balance that ours refuses.
func badBalances() subject {
	const reason = "a change without a valid amount is refused and changes nothing"
	unlimited := map[string]string{"minimum": "-Infinity", "maximum": "Infinity"}
	s := subject{name: "admin-bad-balances", config: config{address: "test.conn"}}
	bodies := []string{
		// To these the reference says yes, and the balance is another, or no number at all.
		`{"accountId":"ID"}`,
		`{"accountId":"ID","amountDiff":"abc"}`,
		`{"accountId":"ID","amountDiff":""}`,
		`{"accountId":"ID","amountDiff":" 1"}`,
		`{"accountId":"ID","amountDiff":"1.5"}`,
		`{"accountId":"ID","amountDiff":"1e3"}`,
		`{"accountId":"ID","amountDiff":"+1"}`,
		`{"accountId":"ID","amountDiff":null}`,
		`{"accountId":"ID","amountDiff":7}`,
		`{"accountId":"ID","amountDiff":1.5}`,
		`{"accountId":"ID","amountDiff":["7"]}`,
		`{"accountId":"ID","amountDiff":"Infinity"}`,
	}
	moved := len(bodies)
	bodies = append(bodies, // to these it says no, with a status of 500
		``,
		`{}`,
		`[]`,
		`"ID"`,
		`7`,
		`null`,
	)
	for i, body := range bodies {
		id := fmt.Sprint("account", i)
		s.config.accounts = append(s.config.accounts, child(id, 9).with("balance", unlimited))
		s.absent = append(s.absent, id)
		c := s.add(body, ask{method: "POST", path: "/balance", body: strings.ReplaceAll(body, "ID", id)})
		c.differs, c.wording = reason, "the reference has no words for it"
		c.better = outcome{Reply: reply{Type: "http", Status: 400, Name: "text/plain"}}
		if i < moved {
			s.differs = append(s.differs, balance(id, 9, "0", reason)...)
		}
	}
	s.config.env = map[string]string{"INITIAL_CONNECT_TIMEOUT": "300"}
	return s
}

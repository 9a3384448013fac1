package test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store/disk"
)

// kept is what the store of a connector that does not run has of one account.
type kept struct {
	balance     string // with its scale and asset
	settled     int64  // by settlements that are confirmed
	settlements int
	open        int // settlements that have not ended
	credited    int64
	receipts    int
	leftover    string // amount and scale
}

// keptOf reads a store.
func keptOf(t *testing.T, dir, account string) (k kept) {
	t.Helper()
	var dump bytes.Buffer
	if err := disk.Dump(dir, &dump, func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(dump.Bytes()) {
		var pair struct{ Key, Value string }
		if err := json.Unmarshal(line, &pair); err != nil {
			t.Fatal(err)
		}
		var value struct {
			State, Amount, Credited string
			Scale                   int
		}
		_ = json.Unmarshal([]byte(pair.Value), &value) // the balance is none
		switch {
		case pair.Key == "balances/"+account:
			k.balance = pair.Value
		case strings.HasPrefix(pair.Key, "leftovers/"+account+"/"): // and the asset
			k.leftover = value.Amount + " " + strconv.Itoa(value.Scale)
		case strings.HasPrefix(pair.Key, "receipts/"+account+"/"):
			k.receipts++
			k.credited += number(t, value.Credited)
		case strings.HasPrefix(pair.Key, "settlements/"+account+"/"):
			k.settlements++
			switch value.State {
			case "confirmed":
				k.settled += number(t, value.Amount)
			case "not sent":
			default:
				k.open++
			}
		}
	}
	return k
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// standing is what GET /balance shows of one account.
type standing struct{ Balance, Posted, Settling string }

func (a admin) standing(t *testing.T, account string) standing {
	t.Helper()
	var body struct {
		Accounts map[string]standing `json:"accounts"`
	}
	a.get(t, "/balance", &body)
	return body.Accounts[account]
}

// alerts are the texts of GET /alerts about an account.
func (a admin) alerts(t *testing.T, account string) []string {
	return a.alertsAt(t, "/alerts", account)
}

// alertsSoFar are those of an account that were raised, also if they have ended since.
func (a admin) alertsSoFar(t *testing.T, account string) []string {
	return a.alertsAt(t, "/alerts?all=true", account)
}

func (a admin) alertsAt(t *testing.T, path, account string) (texts []string) {
	t.Helper()
	var body struct {
		Alerts []struct {
			AccountID string `json:"accountId"`
			Message   string `json:"message"`
		} `json:"alerts"`
	}
	a.get(t, path, &body)
	for _, alert := range body.Alerts {
		if alert.AccountID == account {
			texts = append(texts, alert.Message)
		}
	}
	return texts
}

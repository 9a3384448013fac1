package peering

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp"
)

// tokenBytes is the length of a token before it is encoded.
const tokenBytes = 32

// assetCodeMax bounds the code of an asset in an invitation, in bytes.
const assetCodeMax = 32

// check returns what is wrong with an invitation that another operator has written. It quotes no
// field that may hold anything.
func (i Invitation) check() error {
	var problems []string
	add := func(field, problem string) {
		if problem != "" {
			problems = append(problems, field+" "+problem)
		}
	}
	_, problem := config.ParseEndpoint(i.Endpoint)
	add("endpoint", problem)
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(i.Token); err != nil || len(raw) != tokenBytes {
		add("token", "is not one that a connector makes")
	}
	if config.AddressProblem(i.Address) != "" || !ilp.ValidAddress(i.Address) {
		add("address", "is not the ILP address of a connector")
	}
	if i.Relation != "peer" && i.Relation != "parent" && i.Relation != "child" {
		add("relation", "is none of peer, parent and child")
	}
	add("assetCode", assetProblem(i.AssetCode))
	if i.Expires.IsZero() || i.Expires.Year() > 9999 {
		add("expires", "is no time")
	}
	for field, amount := range map[string]string{"balance.maximum": i.Balance.Maximum, "balance.minimum": strings.TrimPrefix(i.Balance.Minimum, "-"), "maxPacketAmount": i.MaxPacketAmount} {
		add(field, amountProblem(amount))
	}
	if i.Balance.Minimum != "0" && !strings.HasPrefix(i.Balance.Minimum, "-") {
		add("balance.minimum", "is positive")
	}
	if i.RateLimit.RefillCount < 1 || i.RateLimit.RefillPeriod < 1 {
		add("rateLimit", "lets no packet pass")
	}
	if len(problems) == 0 { // the validators of accounts see the rest
		entry := i.entry(i.Relation, limits{i.Balance, i.MaxPacketAmount, i.RateLimit}, map[string]any{"server": i.Endpoint, "btpToken": i.Token})
		if _, _, err := config.ParseAccount("peer", entry, config.Known{}); err != nil {
			add("it", "makes no account: "+err.Error())
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(problems, "; "))
	}
	return nil
}

// assetProblem returns why a text is no code of an asset, "" if it is one.
func assetProblem(code string) string {
	switch {
	case code == "":
		return "is empty"
	case len(code) > assetCodeMax:
		return fmt.Sprintf("is longer than %d bytes", assetCodeMax)
	case strings.ContainsFunc(code, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII-1 }):
		return "holds a blank, a control character or another one that no code has"
	}
	return ""
}

// amountDigitsMax bounds amounts, which may exceed 64 bits.
const amountDigitsMax = 38

// amountProblem returns why a text is no finite amount, "" if it is one.
func amountProblem(amount string) string {
	switch {
	case amount == "" || strings.Trim(amount, "0123456789") != "" || amount[0] == '0' && amount != "0":
		return "is no finite whole number"
	case len(amount) > amountDigitsMax:
		return fmt.Sprintf("has more than %d digits", amountDigitsMax)
	}
	return ""
}

// limits are those of one side's account.
type limits struct {
	Balance         Balance   `json:"balance"`
	MaxPacketAmount string    `json:"maxPacketAmount"`
	RateLimit       RateLimit `json:"rateLimit"`
}

// entry returns an account in the unit of the invitation, in JSON. relation is what the other side
// is to the owner of the account.
func (i Invitation) entry(relation string, l limits, options map[string]any) json.RawMessage {
	entry := struct {
		Relation   string `json:"relation"`
		Plugin     string `json:"plugin"`
		AssetCode  string `json:"assetCode"`
		AssetScale uint8  `json:"assetScale"`
		limits
		Options map[string]any `json:"options"`
	}{relation, "ilp-plugin-btp", i.AssetCode, i.AssetScale, l, options}
	text, err := json.Marshal(entry)
	if err != nil {
		panic("peering: encode: " + err.Error()) // it holds texts and numbers
	}
	return text
}

// accountID matches the ids that an account may have.
var accountID = regexp.MustCompile(`\A[A-Za-z0-9_.~-]{1,100}\z`)

// idProblem returns why a text is no id of an account, "" if it is one.
func idProblem(id string) string {
	if accountID.MatchString(id) {
		return ""
	}
	return "is not an id of at most 100 letters, digits, _, ., ~ and -"
}

package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/audit"
)

// BalanceImport is the body of POST /balance/import. The answer of the reference to
// GET /balance is one.
type BalanceImport struct {
	Accounts OrderedMap[ImportedBalance] `json:"accounts"`
	// DryRun changes nothing, and is answered or refused as the import would be.
	DryRun bool `json:"dryRun,omitempty"`
	// SkipUnknown leaves out the accounts that the connector does not have.
	SkipUnknown bool `json:"skipUnknown,omitempty"`
	// Overwrite replaces balances that are not 0 as well.
	Overwrite bool `json:"overwrite,omitempty"`
	// Force sets balances beyond their limits as well.
	Force  bool   `json:"force,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// ImportedBalance is the balance that an account is to have, in its base units.
type ImportedBalance struct {
	Balance string `json:"balance"`
}

// BalancesImported is the answer to POST /balance/import.
type BalancesImported struct {
	Accounts OrderedMap[BalanceSet] `json:"accounts"`
	// Skipped are the ids of unknown accounts.
	Skipped []string `json:"skipped,omitempty"`
	DryRun  bool     `json:"dryRun,omitempty"`
}

// BalanceSet is a balance before and after it was set, in base units. If they are the same,
// nothing has changed.
type BalanceSet struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// Import is a BalanceImport that was checked.
type Import struct {
	// Change is what the audit entry of each account begins with.
	Change   audit.Change
	Balances map[string]balance.Amount // by the ids of accounts in the registry
	Allow    balance.Allow
	DryRun   bool
}

// postImport sets the balances of accounts, all of them or none.
func (api *API) postImport(w http.ResponseWriter, r *request) error {
	wanted, skipUnknown, i, err := api.importOf(r)
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	if !api.node.Enabled("balance") {
		return errorf(http.StatusConflict, "no balance is imported: the balance middleware is disabled")
	}
	var unknown []string
	for _, m := range wanted {
		if api.node.Accounts().Find(m.Name) == nil {
			unknown = append(unknown, m.Name)
		} else {
			i.Balances[m.Name] = m.Value
		}
	}
	switch {
	case len(unknown) > 0 && !skipUnknown:
		return errorf(http.StatusNotFound, "no balance is imported: these accounts are unknown: %s; configure them, "+
			`or leave them out with --skip-unknown, in the API "skipUnknown": true`,
			listed(unknown))
	case len(i.Balances) == 0:
		return errorf(http.StatusNotFound, "no balance is imported: all accounts are unknown")
	}
	before, err := api.node.ImportBalances(i)
	if err != nil {
		return err
	}
	answer := BalancesImported{Accounts: OrderedMap[BalanceSet]{}, Skipped: unknown, DryRun: i.DryRun}
	for _, m := range wanted {
		if was, there := before[m.Name]; there {
			answer.Accounts = append(answer.Accounts, Member[BalanceSet]{m.Name, BalanceSet{was.String(), m.Value.String()}})
		}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// importOf reads the body of an import. Its Balances are empty yet.
func (api *API) importOf(r *request) (wanted OrderedMap[balance.Amount], skipUnknown bool, i Import, err error) {
	fields := r.object()
	i = Import{Change: api.newChange(r, audit.ImportBalance, ""), Balances: make(map[string]balance.Amount)}
	wanted, err = importedBalances(fields["accounts"])
	for _, f := range []struct {
		name string
		flag *bool
	}{{"dryRun", &i.DryRun}, {"skipUnknown", &skipUnknown}, {"overwrite", &i.Allow.Moved}, {"force", &i.Allow.Limits}} {
		if err == nil {
			*f.flag, err = boolOf(fields, f.name)
		}
	}
	if err == nil {
		i.Change.Reason, err = reasonOf(fields)
	}
	return wanted, skipUnknown, i, err
}

// importedBalances returns the balances of an import, in its order.
func importedBalances(field json.RawMessage) (wanted OrderedMap[balance.Amount], err error) {
	var members OrderedMap[json.RawMessage]
	if json.Unmarshal(field, &members) != nil || len(members) == 0 {
		return nil, errorf(http.StatusBadRequest, `the body needs "accounts", an object with a balance for each account id: `+
			`{"accounts": {"alice": {"balance": "250"}}}`)
	}
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if seen[m.Name] {
			return nil, errorf(http.StatusBadRequest, "account %q is there twice", m.Name)
		}
		amount, err := importedAmount(m.Value)
		if err != nil {
			return nil, errorf(http.StatusBadRequest, "the balance of account %q %v", m.Name, err)
		}
		wanted, seen[m.Name] = append(wanted, Member[balance.Amount]{m.Name, amount}), true
	}
	return wanted, nil
}

// shown is a whole number as the reference prints it: from 10^21 on with an exponent.
var shown = regexp.MustCompile(`\A(-?)([0-9]+)(?:\.([0-9]+))?(?:e\+([0-9]{1,2}))?\z`)

// importedAmount returns the balance in the object of an account.
func importedAmount(field json.RawMessage) (amount balance.Amount, err error) {
	text, ok := stringOf((&request{body: field}).object()["balance"])
	m := shown.FindStringSubmatch(text)
	if !ok || m == nil {
		return amount, fmt.Errorf("is not a whole number in quotes")
	}
	zeros, _ := strconv.Atoi(m[4]) // 0 without an exponent
	if zeros -= len(m[3]); zeros < 0 {
		return amount, fmt.Errorf("is not a whole number, but %s", text)
	}
	digits := strings.TrimLeft(m[2]+m[3]+strings.Repeat("0", zeros), "0")
	if digits == "" {
		return amount, nil
	}
	if amount, err = balance.Parse(m[1] + digits); err != nil {
		return amount, fmt.Errorf("is out of range: %s", text)
	}
	return amount, nil
}

// idsMax is how many ids an error lists.
const idsMax = 10

// listed returns ids for a sentence.
func listed(ids []string) string {
	if more := len(ids) - idsMax; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:idsMax], ", "), more)
	}
	return strings.Join(ids, ", ")
}

package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) auditCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "audit [account]",
		Short: "Show the changes that were made, latest first",
		Args:  wantArgs(0, 1, "one account at most"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	limit := wholeNumber{20, 1, client.AuditMax}
	command.Flags().Var(&limit, "limit", fmt.Sprintf("`number` of changes to show, %d at most", client.AuditMax))
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		id := strings.Join(args, "")
		log, err := c.Audit(ctx, limit.value, id)
		if err == nil && id != "" && len(log.Entries) == 0 {
			err = notAudited(ctx, c, id)
		}
		if err != nil {
			return err
		}
		if r.json {
			return r.printDocument(ctx, c, client.AuditPath(limit.value, id))
		}
		return r.printAudit(log)
	})
	return command
}

// notAudited returns an error if an account without an entry does not exist, and no balance is
// stored under its id.
func notAudited(ctx context.Context, c *client.Client, id string) error {
	missing := unknown(ctx, c, id)
	if missing == nil {
		return nil
	}
	if balances, err := c.Balances(ctx); err == nil && isFormer(balances, id) {
		return nil
	}
	return fmt.Errorf("no change of %s is known, and %w", id, missing)
}

func (r *remote) printAudit(log client.AuditLog) error {
	if len(log.Entries) == 0 {
		r.printf("no changes\n")
		return nil
	}
	rows := make([][]string, len(log.Entries))
	for i, e := range log.Entries {
		rows[i] = []string{
			strconv.FormatUint(e.Seq, 10), e.Time.UTC().Format(time.DateTime), e.What, e.AccountID, byOf(e), outcomeOf(e), e.Reason, detailsOf(e),
		}
	}
	return r.printTable([]string{"ENTRY", "TIME (UTC)", "WHAT", "ACCOUNT", "BY", "OUTCOME", "REASON", "DETAILS"}, rows)
}

// byOf returns the origin of a change.
func byOf(e client.AuditEntry) string {
	switch {
	case e.Remote == "":
		return "the program"
	case e.Token:
		return e.Remote + " (token)"
	}
	return e.Remote
}

// outcomeOf returns the outcome of a change, with its error.
func outcomeOf(e client.AuditEntry) string {
	if e.Error != "" {
		return e.Outcome + ": " + e.Error
	}
	return e.Outcome
}

// detailsOf returns the details of a change, sorted by name.
func detailsOf(e client.AuditEntry) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		all = append(all, name+"="+e.Details[name])
	}
	return strings.Join(all, " ")
}

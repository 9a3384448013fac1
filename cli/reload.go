package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) reloadCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "reload",
		Short: "Make a running connector read its configuration again",
		Long: "Make a running connector read its configuration again, as SIGHUP does.\n" +
			"If anything is wrong with it, nothing changes, and all faults are shown.",
		Args: noArgs,
	}
	r := p.newRemote(command)
	force := command.Flags().Bool("force", false, "remove accounts that have a balance too: it is left behind")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		done, err := c.Reload(ctx, *force)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(done)
		}
		return r.printReloaded(done)
	})
	return command
}

// printReloaded prints what was made of a new configuration.
func (r *remote) printReloaded(done client.Reloaded) error {
	var d details
	d.add("changed", cmp.Or(strings.Join(done.Changed, ", "), "nothing"))
	d.add("takes a restart", strings.Join(done.Restart, ", "))
	d.add("no longer as operators changed them", strings.Join(done.Dropped, ", "))
	d.add("warnings", strings.Join(done.Warnings, "; "))
	return r.printDetails(d)
}

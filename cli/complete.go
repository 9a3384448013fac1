package cli

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin/client"
)

// completeTimeout bounds the wait for a completion. The operator waits for the shell.
const completeTimeout = 500 * time.Millisecond

// completeAccounts returns what completes the first most arguments of a command: the ids of
// the accounts of the running connector.
func (r *remote) completeAccounts(most int) cobra.CompletionFunc {
	return r.complete(most, func(ctx context.Context, c *client.Client) (ids []cobra.Completion) {
		list, _ := c.Accounts(ctx)
		for _, m := range list.Accounts {
			ids = append(ids, cobra.CompletionWithDesc(m.Name, m.Value.Info.Relation+", "+m.Value.Info.AssetCode))
		}
		return ids
	})
}

// completeNeighbors returns what completes the first argument of a command: the ids of the
// neighbors of the running connector.
func (r *remote) completeNeighbors() cobra.CompletionFunc {
	return r.complete(1, func(ctx context.Context, c *client.Client) (ids []cobra.Completion) {
		neighbors, _ := c.Neighbors(ctx)
		for _, id := range slices.Sorted(maps.Keys(neighbors)) {
			ids = append(ids, cobra.CompletionWithDesc(id, neighbors[id].Session.Relation))
		}
		return ids
	})
}

// complete returns what completes the first most arguments of a command with what ask returns.
// Without a running connector it completes nothing, and says nothing.
func (r *remote) complete(most int, ask func(context.Context, *client.Client) []cobra.Completion) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const nothingElse = cobra.ShellCompDirectiveNoFileComp
		if len(args) >= most || r.begin(command, args) != nil || !r.canComplete() {
			return nil, nothingElse
		}
		c, _, err := r.client()
		if err != nil {
			return nil, nothingElse
		}
		ctx, cancel := context.WithTimeout(command.Context(), completeTimeout)
		defer cancel()
		return ask(ctx, c), nothingElse
	}
}

// completes reports whether a shell asks what completes a command line.
func completes(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// plainUsage removes the marks of the names of values from the descriptions of all flags. The
// help needs them, and a shell shows them.
func plainUsage(command *cobra.Command) {
	for _, flags := range []*pflag.FlagSet{command.Flags(), command.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	}
	for _, below := range command.Commands() {
		plainUsage(below)
	}
}

// canComplete reports whether the files of the command line can be read at once. A pipe of
// the shell is not there yet, and the terminal would be waited for.
func (r *remote) canComplete() bool {
	for _, name := range []string{r.configFile, r.tokenFile} {
		if name == "" {
			continue
		}
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

package cli

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// completeTimeout bounds the wait for a completion. The operator waits for the shell.
const completeTimeout = 500 * time.Millisecond

// completeAccounts returns what completes the first most arguments of a command: the ids of
// the accounts of the running connector. Without one it completes nothing, and says nothing.
func (r *remote) completeAccounts(most int) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) (ids []cobra.Completion, _ cobra.ShellCompDirective) {
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
		list, err := c.Accounts(ctx)
		if err != nil {
			return nil, nothingElse
		}
		for _, m := range list.Accounts {
			ids = append(ids, cobra.CompletionWithDesc(m.Name, m.Value.Info.Relation+", "+m.Value.Info.AssetCode))
		}
		return ids, nothingElse
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

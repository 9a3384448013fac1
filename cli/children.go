package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// childrenDefault is the number of clients that the command shows without --limit.
const childrenDefault = 100

func (p *program) childrenCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "children account",
		Short: "Show the clients of an account that are accounts",
		Long: "Show the clients of an account that are accounts, in the order of their names.\n" +
			"The commands below let clients in and keep them out.",
		Example: p.example("children mini --connected"),
		Args:    wantArgs(1, 1, "an account"),
	}
	r := p.newRemote(command)
	command.ValidArgsFunction = r.completeAccounts(1)
	limit := wholeNumber{childrenDefault, 1, client.ChildrenMax}
	command.Flags().Var(&limit, "limit", fmt.Sprintf("`number` of clients to show, %d at most", client.ChildrenMax))
	after := command.Flags().String("after", "", "show the clients whose names follow this `name`")
	connected := command.Flags().Bool("connected", false, "show only the clients that are connected, or with =false the others")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		q := client.ChildQuery{After: *after, Limit: limit.value}
		if command.Flags().Changed("connected") {
			q.Connected = connected
		}
		if r.json {
			return r.printDocument(ctx, c, client.ChildrenPath(args[0], q))
		}
		list, err := c.Children(ctx, args[0], q)
		if err != nil {
			return err
		}
		return r.printChildren(list, time.Now())
	})
	command.AddCommand(r.addChildCommand(), r.blockChildCommand(true), r.blockChildCommand(false), r.rotateChildCommand(), r.removeChildCommand())
	return command
}

func (r *remote) printChildren(list client.ChildList, now time.Time) error {
	rows := make([][]string, len(list.Children))
	for i, k := range list.Children {
		rows[i] = []string{k.Name, k.ID, k.Address, k.State, age(k.Since, now), k.Remote, k.Balance, r.reasonsOf("", k.Problems)}
	}
	if err := r.printTable([]string{"CLIENT", "ACCOUNT", "ADDRESS", "STATE", "FOR", "REMOTE", "BALANCE", "PROBLEM"}, rows); err != nil {
		return err
	}
	r.printf("%s known, %d connected\n", count(list.Known, "client"), list.Connected)
	if list.Next != "" {
		r.printf("there are more: add --after %s\n", list.Next)
	}
	return nil
}

// blockChildCommand keeps a client out, or lets it in again.
func (r *remote) blockChildCommand(block bool) *cobra.Command {
	command := &cobra.Command{
		Use:   "block account client",
		Short: "Keep a client out, and close its connections",
		Long: "Keep a client out, and close its connections. Its account and its balance stay.\n" +
			"It is told 'account is blocked' when it logs in. Unblock lets it in again.",
		Example: r.example("children block mini alice --reason spam"),
	}
	done := "is blocked"
	if !block {
		command.Use, command.Short, done = "unblock account client", "Let a client in again that was blocked", "is not blocked any more"
		command.Long, command.Example = "Let a client in again that was blocked.", r.example("children unblock mini alice")
	}
	command.Args = wantArgs(2, 2, "an account and a client")
	command.ValidArgsFunction = r.completeChildren()
	reason := reasonFlag(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if err := c.BlockChild(ctx, args[0], args[1], block, *reason); err != nil {
			return err
		}
		return r.printChild(ctx, c, args[0], args[1], done)
	})
	return command
}

// rotateChildCommand gives a client another token.
func (r *remote) rotateChildCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "rotate account client",
		Short: "Give a client another token",
		Long: "Give a client another token, which the connector makes and shows only now, or that of a file.\n" +
			"Without --old-valid-for the former token ends at once, and the connections of the client are closed.",
		Example:           r.example("children rotate mini alice --old-valid-for 24h"),
		Args:              wantArgs(2, 2, "an account and a client"),
		ValidArgsFunction: r.completeChildren(),
	}
	reason := reasonFlag(command)
	file := childTokenFlag(command)
	old := length{0, time.Second, 30 * 24 * time.Hour}
	command.Flags().Var(&old, "old-valid-for", "`time` for which the former token is valid too (default it ends at once)")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		token, err := readChildToken(command.InOrStdin(), *file)
		if err != nil {
			return err
		}
		rotated, err := c.RotateChild(ctx, args[0], args[1], token, old.value, *reason)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(rotated)
		}
		r.printf("%s has a new token", rotated.ID)
		if old.value > 0 {
			r.printf(", and the former one is valid for %s", span(old.value))
		}
		r.printf("\n")
		r.printToken(rotated.Token)
		return nil
	})
	return command
}

// printToken prints a token that the connector has made.
func (r *remote) printToken(token string) {
	if token != "" {
		r.printf("its token, which is shown only now: %s\n", token)
	}
}

// removeChildCommand removes a client and its account.
func (r *remote) removeChildCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "remove account client",
		Short: "Remove a client, with its token and its account",
		Long: "Remove a client, with its token, its account and its connections.\n" +
			"A client stays whose balance is not 0 or that has an open settlement.\n" +
			"With --force it goes all the same, and its balance is that of a former account.\n" +
			"The name is free then. Where new clients may come by themselves, the next one may take it.",
		Example:           r.example("children remove mini alice --reason 'has left'"),
		Args:              wantArgs(2, 2, "an account and a client"),
		ValidArgsFunction: r.completeChildren(),
	}
	reason := reasonFlag(command)
	force := command.Flags().Bool("force", false, "remove it whatever its balance is")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if err := c.RemoveChild(ctx, args[0], args[1], *force, *reason); err != nil {
			return err
		}
		id := args[0] + "." + args[1]
		if r.json {
			return r.printJSON(map[string]string{"removed": id})
		}
		r.printf("%s is removed\n", id)
		return nil
	})
	return command
}

// printChild prints what was done to a client, or as JSON the client as it is now.
func (r *remote) printChild(ctx context.Context, c *client.Client, parent, name, done string) error {
	id := parent + "." + name
	if r.json {
		return r.printDocument(ctx, c, client.AccountPath(id))
	}
	r.printf("%s %s\n", id, done)
	return nil
}

// completeChildren returns what completes the arguments of a command: an account, and then one of
// its clients.
func (r *remote) completeChildren() cobra.CompletionFunc {
	accounts := r.completeAccounts(1)
	return func(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return accounts(command, args, begun)
		}
		return r.complete(2, func(ctx context.Context, c *client.Client) (names []cobra.Completion) {
			list, _ := c.Children(ctx, args[0], client.ChildQuery{Limit: client.ChildrenMax})
			for _, k := range list.Children {
				names = append(names, k.Name)
			}
			return names
		})(command, args, begun)
	}
}

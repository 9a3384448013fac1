package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
)

// rotateAccountCommand gives an account another secret.
func (r *remote) rotateAccountCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "rotate account",
		Short: "Give an account another secret, and let both be good for a while",
		Long: "Give an account another secret: the token for its server, or the secret of its listener.\n" +
			"Over HTTP it is the token that we send, or the token that the peer sends.\n" +
			"The connector makes it and shows it only now, or takes that of a file.\n" +
			"The old secret is good too until the overlap ends. Connections stay until then.",
		Example: r.example("accounts rotate alice --overlap 24h") + "\n" +
			r.example("accounts rotate alice --end-overlap"),
		ValidArgsFunction: r.completeAccounts(1),
	}
	overlap := length{time.Hour, time.Second, 30 * 24 * time.Hour}
	command.Flags().Var(&overlap, "overlap", "`time` for which the old secret is good too")
	none := command.Flags().Bool("no-overlap", false, "end the old secret at once, and the connection with it")
	file := command.Flags().String("secret-file", "", "`file` with the new secret, or - for standard input (default the connector makes one)")
	end := command.Flags().Bool("end-overlap", false, "end the old secret now, and leave the new one as it is")
	side := command.Flags().String("side", "", "which secret: server or listener, or over HTTP outgoing or incoming, if the account has both")
	reason := reasonFlag(command)
	ephemeral := untilRestart(command)
	command.Args = func(command *cobra.Command, args []string) error {
		if err := wantArgs(1, 1, "an account")(command, args); err != nil {
			return err
		}
		timed := command.Flags().Changed("overlap")
		switch {
		case *end && (timed || *none || *file != ""):
			return errors.New("accounts rotate takes --end-overlap, or a new secret with --overlap, --no-overlap and --secret-file, and got both")
		case timed && *none:
			return errors.New("accounts rotate takes --overlap or --no-overlap, and got both")
		}
		return nil
	}
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		rotation := client.Rotation{Side: *side, EndOverlap: *end, Reason: *reason}
		if !*end {
			rotation.Overlap = overlap.value.String()
			if *none {
				rotation.Overlap = "0s"
			}
			secret, err := readChildToken(command.InOrStdin(), *file)
			if err != nil {
				return err
			}
			rotation.Secret = secret
		}
		rotated, err := c.RotateAccount(ctx, args[0], rotation, *ephemeral)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(rotated)
		}
		r.printRotated(rotated, *end)
		return nil
	})
	return command
}

func (r *remote) printRotated(a client.RotatedAccount, ended bool) {
	what := map[config.Side]string{
		config.ServerSide: "a new token for its server", config.ListenerSide: "a new secret of its listener",
		config.OutgoingSide: "a new token that we send", config.IncomingSide: "a new token that the peer sends",
	}[a.Side]
	switch {
	case ended:
		r.printf("account %s has no old secret any more%s\n", a.Account, done(a.Ephemeral))
	case a.OldSecretUntil.IsZero():
		r.printf("account %s has %s, and the old one is not good any more%s\n", a.Account, what, done(a.Ephemeral))
	default:
		r.printf("account %s has %s, and the old one is good until %s%s\n", a.Account, what, a.OldSecretUntil.UTC().Format(time.RFC3339), done(a.Ephemeral))
	}
	if a.Secret != "" {
		r.printf("the new one, which is shown only now: %s\n", a.Secret)
	}
}

package cli

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/peering"
)

func (p *program) peerCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "peer",
		Short: "Invite another connector to peer, or accept an invitation",
		Long: "Invite another connector to peer, or accept an invitation.\n" +
			"One operator runs 'peer invite' and gives the text to the other one, who runs 'peer accept'.",
		Args: noArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	r := p.newRemote(command)
	command.AddCommand(r.inviteCommand(), r.invitesCommand(), r.revokeCommand(), r.acceptCommand(), p.exportCommand())
	return command
}

// termFlags are the flags of what both sides must agree on.
type termFlags struct {
	flags   *pflag.FlagSet
	code    string
	scale   wholeNumber
	packets wholeNumber
	limits  peering.Limits
}

// newTermFlags adds the flags to a command.
func newTermFlags(flags *pflag.FlagSet) *termFlags {
	t := &termFlags{flags: flags, scale: wholeNumber{0, 0, math.MaxUint8}, packets: wholeNumber{1000, 1, 1_000_000_000}}
	flags.StringVar(&t.code, "asset", "", "`code` of the asset, such as XRP (default what the accounts have in common)")
	flags.Var(&t.scale, "scale", "`number` of decimal places of the asset, from 0 to 255, with --asset")
	flags.StringVar(&t.limits.BalanceMaximum, "balance-maximum", "", "the most that the other side may owe us, an `amount` in base units (default a thousandth of the asset)")
	flags.StringVar(&t.limits.BalanceMinimum, "balance-minimum", "", "the most that we may owe the other side, a negative `amount` (default minus a thousandth of the asset)")
	flags.StringVar(&t.limits.MaxPacketAmount, "max-packet-amount", "", "the largest packet that the other side may send, an `amount` (default a tenth of the maximum)")
	flags.Var(&t.packets, "packets-per-minute", "`number` of packets a minute that the other side may send")
	return t
}

// read returns what the flags say.
func (t *termFlags) read() (code string, scale *uint8, limits peering.Limits) {
	limits = t.limits
	if t.flags.Changed("packets-per-minute") {
		limits.PacketsPerMinute = int64(t.packets.value)
	}
	if t.flags.Changed("scale") {
		small := uint8(t.scale.value)
		scale = &small
	}
	return t.code, scale, limits
}

func (r *remote) inviteCommand() *cobra.Command {
	var o peering.Offer
	expires := length{24 * time.Hour, time.Minute, 30 * 24 * time.Hour}
	command := &cobra.Command{
		Use:   "invite [account]",
		Short: "Make an account that waits for a peer, and the text that invites it",
		Long: "Make an account that waits for a peer, and print the text that invites it. The first login with its token accepts it.\n" +
			"Until then nobody can send packets, and when it expires the account is removed.\n" +
			"The text is as secret as a password: give it to the other operator alone, over a channel that you trust.",
		Example:           r.example("peer invite bob --endpoint btp+wss://connector.example:7768 --tls-cert cert.pem --tls-key key.pem"),
		Args:              wantArgs(0, 1, "the id of the new account at most"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := command.Flags()
	flags.StringVar(&o.Endpoint, "endpoint", "", "`URL` at which the peer reaches this connector, such as btp+wss://connector.example:7768 (default the setting peerEndpoint, or else the account below listen.publicUrl)")
	flags.BoolVar(&o.AllowLoopback, "allow-loopback", false, "let the endpoint be on this machine, for tests")
	flags.StringVar(&o.Listen, "listen", "", "`host:port` to listen on (default the shared listener, if the endpoint leads there, or else the port of the endpoint)")
	flags.StringVar(&o.TLSCert, "tls-cert", "", "PEM `file` of the certificate, on the machine of the connector")
	flags.StringVar(&o.TLSKey, "tls-key", "", "PEM `file` of its key")
	flags.StringVar(&o.Relation, "relation", "", "what the other side becomes to us: `peer`, child or parent (default peer)")
	terms := newTermFlags(flags)
	flags.Var(&expires, "expires", "`time` for which the invitation is good, up to 720h")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if len(args) > 0 {
			o.ID = args[0]
		}
		o.AssetCode, o.AssetScale, o.Limits = terms.read()
		o.ExpiresIn = int64(expires.value / time.Second)
		made, err := c.Invite(ctx, o)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(made)
		}
		return r.printInvitation(made)
	})
	return command
}

// printInvitation prints what an invitation says, and its text in the last line.
func (r *remote) printInvitation(made client.NewInvitation) error {
	i, err := peering.Parse(made.Text)
	if err != nil {
		return err
	}
	r.printf("account %s waits for its peer until %s. The invitation says to the other side:\n\n", made.Account, made.Expires)
	if err := r.printSummary(i); err != nil {
		return err
	}
	if e, _ := config.ParseEndpoint(i.Endpoint); e.InPublic() {
		r.printf("\nThe endpoint is not encrypted: anyone on the network path can read the token. Use btp+wss://.\n")
	}
	r.printf("\nThe next line is as secret as a password. Give it to the other operator, who runs 'peer accept -' and pastes it:\n\n%s\n", made.Text)
	return nil
}

func (r *remote) printSummary(i peering.Invitation) error {
	var d details
	for _, line := range i.Summary() {
		d.add(line[0], line[1])
	}
	return printTable(r.stdout, nil, d)
}

func (r *remote) invitesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "invites",
		Short: "Show the invitations that nobody has accepted yet",
		Args:  noArgs,
		RunE: r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
			list, err := c.Invitations(ctx)
			if err != nil {
				return err
			}
			if r.json {
				return r.printJSON(list)
			}
			if len(list.Invitations) == 0 {
				r.printf("no invitations\n")
				return nil
			}
			rows := make([][]string, len(list.Invitations))
			for n, i := range list.Invitations {
				rows[n] = []string{i.Account, i.Relation, i.AssetCode, strconv.Itoa(int(i.AssetScale)), i.Expires}
			}
			return r.printTable([]string{"ACCOUNT", "RELATION", "ASSET", "SCALE", "EXPIRES"}, rows)
		}),
	}
}

func (r *remote) revokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "revoke account",
		Short:             "End an invitation that nobody has accepted yet, and remove its account",
		Args:              wantArgs(1, 1, "the account of an invitation"),
		ValidArgsFunction: r.completeAccounts(1),
		RunE: r.ask(func(ctx context.Context, c *client.Client, args []string) error {
			gone, err := c.RevokeInvitation(ctx, args[0])
			if err != nil {
				return err
			}
			if r.json {
				return r.printJSON(gone)
			}
			r.printf("invitation %s is revoked, and its account removed\n", args[0])
			return nil
		}),
	}
}

// readInvitation reads an invitation: the text itself, or from a file, or from stdin if the name is -.
func readInvitation(command *cobra.Command, from string) (peering.Invitation, string, error) {
	text := from
	if !isInvitation(from) {
		read, err := readInput(command.InOrStdin(), from, peering.InputBytesMax)
		if err != nil {
			return peering.Invitation{}, "", fmt.Errorf("no invitation: %w", err)
		}
		text = string(read)
	}
	i, err := peering.Parse(text)
	return i, text, err
}

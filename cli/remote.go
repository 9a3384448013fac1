package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin/client"
)

// remote is what the commands that ask a running connector share.
type remote struct {
	*program
	url              string
	token, tokenFile string
	json, wide       bool
}

// newRemote gives the flags of a remote to a command and to those below it.
func (p *program) newRemote(command *cobra.Command) *remote {
	r := &remote{program: p}
	flags := command.PersistentFlags()
	p.addConfig(flags)
	flags.StringVar(&r.url, "url", "", "`URL` of the admin API (default from the configuration, else "+defaultURL+")")
	flags.StringVar(&r.token, "token", "", "`token` of the admin API; other users may see it in the list of processes (default from the configuration)")
	flags.StringVar(&r.tokenFile, "token-file", "", "`file` with the token (default "+client.TokenFileName+" in the store path, if that exists)")
	flags.BoolVar(&r.json, "json", false, "print JSON, as -o json")
	flags.VarP(&output{r}, "output", "o", "`format`: table, wide (with long texts in full) or json")
	command.MarkFlagsMutuallyExclusive("token", "token-file")
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{"table", "wide", "json"}, cobra.ShellCompDirectiveNoFileComp))
	command.ValidArgsFunction = cobra.NoFileCompletions
	return r
}

// output is the flag of the format of what a remote prints.
type output struct{ *remote }

// Set sets the format.
func (o *output) Set(text string) error {
	switch text {
	case "table", "wide", "json":
		o.json, o.wide = text == "json", text == "wide"
		return nil
	}
	return fmt.Errorf("%q is none of table, wide and json", text)
}

// String returns the format.
func (o *output) String() string {
	switch {
	case o.remote == nil:
		return ""
	case o.json:
		return "json"
	case o.wide:
		return "wide"
	}
	return "table"
}

// Type returns the name of the value in the help.
func (o *output) Type() string { return "format" }

var _ pflag.Value = (*output)(nil)

// ask returns the work of a command: f, with a client of the connector that the flags name.
func (r *remote) ask(f func(ctx context.Context, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		c, at, err := r.client()
		if err != nil {
			return err
		}
		ctx := command.Context()
		return at.withHint(inOurWords(ctx, c, f(ctx, c, args)))
	}
}

// client returns a client of the connector that the flags name, or else the configuration,
// and where that is.
func (r *remote) client() (c *client.Client, at place, err error) {
	if at, err = r.at(); err != nil {
		return nil, at, err
	}
	url, err := at.url()
	if err != nil {
		return nil, at, err
	}
	token, err := at.findToken()
	if err != nil {
		return nil, at, err
	}
	c, err = client.New(url, token)
	return c, at, err
}

// at returns where the admin API is. It reads the configuration only for what the flags leave
// out.
func (r *remote) at() (at place, err error) {
	hasToken := r.token != "" || r.tokenFile != ""
	if r.url == "" || !hasToken {
		at, err = r.place()
	}
	at.base = r.url
	if hasToken {
		at.token, at.tokenFile = r.token, r.tokenFile
	}
	return at, err
}

// printDocument prints a document of the API unchanged.
func (r *remote) printDocument(ctx context.Context, c *client.Client, path string) error {
	var document json.RawMessage
	if err := c.Get(ctx, path, &document); err != nil {
		return err
	}
	return r.printJSON(document)
}

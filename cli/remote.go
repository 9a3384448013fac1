package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// remote is what the commands that ask a running connector share.
type remote struct {
	*program
	url              string
	token, tokenFile string
	json             bool
}

// newRemote gives the flags of a remote to a command and to those below it.
func (p *program) newRemote(command *cobra.Command) *remote {
	r := &remote{program: p}
	flags := command.PersistentFlags()
	flags.StringVar(&r.url, "url", "", "`URL` of the admin API (default from the configuration, else http://127.0.0.1:7780)")
	flags.StringVar(&r.token, "token", "", "`token` of the admin API; other users may see it in the list of processes (default from the configuration)")
	flags.StringVar(&r.tokenFile, "token-file", "", "`file` with the token (default "+client.TokenFileName+" in the store path, if that exists)")
	flags.BoolVar(&r.json, "json", false, "print JSON")
	command.MarkFlagsMutuallyExclusive("token", "token-file")
	command.ValidArgsFunction = cobra.NoFileCompletions
	return r
}

// ask returns the work of a command: f, with a client of the connector that the flags name.
func (r *remote) ask(f func(ctx context.Context, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		return f(command.Context(), c, args)
	}
}

// client returns a client of the connector that the flags name, or else the configuration.
func (r *remote) client() (*client.Client, error) {
	at, err := r.at()
	if err != nil {
		return nil, err
	}
	url, err := at.url()
	if err != nil {
		return nil, err
	}
	token, err := at.findToken()
	if err != nil {
		return nil, err
	}
	return client.New(url, token)
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

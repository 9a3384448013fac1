package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/smallfile"
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
	flags.StringVar(&r.url, "url", "", "`URL` of the admin API (default from CONNECTOR_ADMIN_API_HOST and _PORT, else http://127.0.0.1:7780)")
	flags.StringVar(&r.token, "token", "", "`token` of the admin API; other users may see it in the list of processes (default CONNECTOR_ADMIN_API_TOKEN)")
	flags.StringVar(&r.tokenFile, "token-file", "", "`file` with the token (default "+client.TokenFileName+" in CONNECTOR_STORE_PATH, if that exists)")
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

// client returns a client of the connector that the flags name.
func (r *remote) client() (*client.Client, error) {
	token, err := r.findToken()
	if err != nil {
		return nil, err
	}
	if r.url != "" {
		return client.New(r.url, token)
	}
	const port = "CONNECTOR_ADMIN_API_PORT"
	if problem, hint := config.ServiceLink(port, os.Getenv(port)); problem != "" {
		return nil, fmt.Errorf("%s %s; %s", port, problem, hint)
	}
	return client.New(defaultURL(), token)
}

// defaultURL returns the URL of a connector with the same variables. If it listens on all
// addresses, the URL has the loopback address.
func defaultURL() string {
	host := config.BareHost(cmp.Or(os.Getenv("CONNECTOR_ADMIN_API_HOST"), "127.0.0.1"))
	switch host {
	case "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return "http://" + net.JoinHostPort(host, cmp.Or(os.Getenv("CONNECTOR_ADMIN_API_PORT"), "7780"))
}

// findToken returns the token that the flags give, or else that of a connector with the same
// variables.
func (r *remote) findToken() (string, error) {
	if r.tokenFile != "" {
		return readToken(r.tokenFile)
	}
	if token := cmp.Or(r.token, os.Getenv("CONNECTOR_ADMIN_API_TOKEN")); token != "" {
		return token, nil
	}
	if store := os.Getenv("CONNECTOR_STORE_PATH"); store != "" {
		if made := filepath.Join(store, client.TokenFileName); isFile(made) {
			return readToken(made)
		}
	}
	return "", nil
}

func readToken(file string) (string, error) {
	text, err := smallfile.Read(file, client.TokenFileBytesMax)
	if err != nil {
		return "", fmt.Errorf("token of the admin API: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("token of the admin API: %s is empty", file)
	}
	return token, nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// printDocument prints a document of the API unchanged.
func (r *remote) printDocument(ctx context.Context, c *client.Client, path string) error {
	var document json.RawMessage
	if err := c.Get(ctx, path, &document); err != nil {
		return err
	}
	return r.printJSON(document)
}

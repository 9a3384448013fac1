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
)

// remote is how a command asks a running connector, and how it shows the answer.
type remote struct {
	*program
	url              string
	token, tokenFile string
	json             bool
}

// asks makes a command, and those below it, ask a connector.
func (p *program) asks(command *cobra.Command) *remote {
	r := &remote{program: p}
	flags := command.PersistentFlags()
	flags.StringVar(&r.url, "url", "", "`URL` of the admin API (default of CONNECTOR_ADMIN_API_HOST and _PORT, else http://127.0.0.1:7780)")
	flags.StringVar(&r.token, "token", "", "`token` of the admin API, which others may see among the processes (default CONNECTOR_ADMIN_API_TOKEN)")
	flags.StringVar(&r.tokenFile, "token-file", "", "`file` with the token (default "+client.TokenFileName+" in CONNECTOR_STORE_PATH, if it is there)")
	flags.BoolVar(&r.json, "json", false, "print JSON")
	command.MarkFlagsMutuallyExclusive("token", "token-file")
	command.ValidArgsFunction = cobra.NoFileCompletions
	return r
}

// client is a client of the connector that is meant.
func (r *remote) client() (*client.Client, error) {
	token, err := r.findToken()
	if err != nil {
		return nil, err
	}
	return client.New(cmp.Or(r.url, defaultURL()), token)
}

// defaultURL is where a connector with the same variables serves its API. One that
// listens everywhere does so on loopback, too.
func defaultURL() string {
	host := cmp.Or(os.Getenv("CONNECTOR_ADMIN_API_HOST"), "127.0.0.1")
	switch host {
	case "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return "http://" + net.JoinHostPort(host, cmp.Or(os.Getenv("CONNECTOR_ADMIN_API_PORT"), "7780"))
}

// findToken looks for a token where the flags say, and then where the connector does.
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
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("token of the admin API: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// get is a document of the API as it is.
func (r *remote) get(ctx context.Context, c *client.Client, path string) error {
	var document json.RawMessage
	if err := c.Get(ctx, path, &document); err != nil {
		return err
	}
	return r.show(document)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

// healthTimeout bounds the wait for an answer. It is shorter than the timeouts of probes, so
// that the probe gets our error.
const healthTimeout = 5 * time.Second

func (p *program) healthCommand() *cobra.Command {
	ready := false
	command := &cobra.Command{
		Use:   "health",
		Short: "Ask for a probe whether the connector runs, or is ready",
		Long: "Ask whether the connector runs, or with --ready, whether it is ready for packets.\n" +
			"The exit status is 0 if the answer is yes, and 1 if it is no or does not come within 5 seconds.\n" +
			"Images without a shell use it as a probe. It needs no token; with one, --ready prints the reasons.",
		Args: noArgs,
	}
	r := p.newRemote(command)
	command.Flags().BoolVar(&ready, "ready", false, "ask whether it is ready for packets")
	command.RunE = func(command *cobra.Command, _ []string) error {
		ctx, cancel := context.WithTimeout(command.Context(), healthTimeout)
		defer cancel()
		return r.health(ctx, ready)
	}
	return command
}

// health asks whether the connector runs, or is ready. The first question goes out without
// a token, and so does the second if the token is refused: a wrong token says nothing about
// the connector.
func (r *remote) health(ctx context.Context, ready bool) error {
	at, err := r.at()
	if err != nil {
		return err
	}
	url, err := at.url()
	if err != nil {
		return err
	}
	token := ""
	if ready {
		if token, err = at.findToken(); err != nil {
			return err
		}
	}
	c, err := client.New(url, token)
	switch {
	case err != nil:
		return err
	case ready:
		err := r.ready(ctx, c)
		if refused := (*client.Error)(nil); token != "" && errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
			if c, err = client.New(url, ""); err == nil { // the token says nothing about the connector
				err = r.ready(ctx, c)
			}
		}
		return noAnswer(ctx, url, err)
	}
	if err := c.Live(ctx); err != nil {
		return noAnswer(ctx, url, err)
	}
	if r.json {
		return r.printJSON(client.Live{Alive: true})
	}
	r.printf("the connector runs\n")
	return nil
}

// noAnswer returns err, or a plainer error if the answer took too long.
func noAnswer(ctx context.Context, url string, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the admin API at %s does not answer within %s", url, healthTimeout)
	}
	return err
}

// ready asks whether the connector is ready for packets.
func (r *remote) ready(ctx context.Context, c *client.Client) error {
	answer, err := c.Ready(ctx)
	if err != nil {
		return err
	}
	if r.json {
		if err := r.printJSON(answer); err != nil || answer.Ready {
			return err
		}
		return errReported
	}
	switch {
	case answer.Ready:
		r.printf("the connector is ready\n")
		return nil
	case len(answer.Reasons) == 0:
		return errors.New("the connector is not ready; with the right token of the admin API, this command shows why")
	}
	return errors.New("the connector is not ready: " + client.Printable(strings.Join(answer.Reasons, "; ")))
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) pingCommand() *cobra.Command {
	number := wholeNumber{1, 1, 65535}
	interval := length{time.Second, 10 * time.Millisecond, time.Hour}
	command := &cobra.Command{
		Use:   "ping address",
		Short: "Send a packet of no value to an ILP address that echoes it",
		Long: "Send a packet of no value to an ILP address that echoes it, and print the time that it took.\n" +
			"The exit status is 1 if a packet did not come back. With --json there is one line for each packet.",
		Example: p.example("ping g.acme --count 3"),
		Args:    wantAddress,
	}
	r := p.newRemote(command)
	command.Flags().VarP(&number, "count", "c", "`number` of packets, 65535 at most")
	command.Flags().VarP(&interval, "interval", "i", "`time` between two packets, from 10ms to 1h")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		return r.pings(ctx, c, args[0], number.value, interval.value)
	})
	return command
}

// pings sends a number of pings and prints each answer. It stops at the first ping that could
// not be sent, but goes on after a rejected one.
func (r *remote) pings(ctx context.Context, c *client.Client, destination string, number int, interval time.Duration) error {
	var times []float64
	for i := range number {
		if i > 0 {
			select {
			case <-time.After(interval):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		pong, err := c.Ping(ctx, destination)
		var no *client.Rejected
		switch {
		case err == nil:
			times = append(times, pong.RTT)
			err = r.printPong(pong, fmt.Sprintf("%s: %s", destination, milliseconds(pong.RTT)))
		case errors.As(err, &no):
			err = r.printPong(no, no.Error())
		}
		if err != nil {
			return err
		}
	}
	if number > 1 && !r.json {
		r.printPings(times, number)
	}
	if len(times) < number {
		return errReported
	}
	return nil
}

// printPong prints the answer to one ping.
func (r *remote) printPong(answer any, text string) error {
	if r.json {
		return r.encode(answer, "")
	}
	r.printf("%s\n", text)
	return nil
}

func (r *remote) printPings(times []float64, sent int) {
	r.printf("%d sent, %d came back", sent, len(times))
	if len(times) > 0 {
		sum, least, most := 0.0, times[0], times[0]
		for _, t := range times {
			sum, least, most = sum+t, min(least, t), max(most, t)
		}
		r.printf(", fastest %s, mean %s, slowest %s",
			milliseconds(least), milliseconds(sum/float64(len(times))), milliseconds(most))
	}
	r.printf("\n")
}

// milliseconds returns a time in three digits, or fewer below a millisecond. --json has them
// all.
func milliseconds(t float64) string {
	digits := 3
	for unit := 1.0; unit <= 100 && t >= unit; unit *= 10 {
		digits = max(0, digits-1)
	}
	return fmt.Sprintf("%.*f ms", digits, t)
}

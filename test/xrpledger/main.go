// Command xrpledger runs a simulated XRP Ledger (package ilptest/xrplsim), to try what pays on
// it without real money:
//
//	go run ./test/xrpledger -listen 127.0.0.1:6006 -fund ADDRESS=DROPS -close 500ms
//
// Its state is in memory. Any client may ask it anything, so let it listen at loopback only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// grant is an account that begins with money.
type grant struct {
	to    xrpl.AccountID
	drops xrpl.Drops
}

// run runs a ledger until ctx ends.
func run(ctx context.Context, args []string, out, usage io.Writer) error {
	var o xrplsim.Options
	var grants []grant
	flags := flag.NewFlagSet("xrpledger", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:6006", "TCP `address` for WebSocket clients")
	flags.DurationVar(&o.CloseEvery, "close", time.Second, "`time` between ledgers; 0: only the command ledger_accept closes them")
	flags.Func("fund", "an account that begins with money, as `ADDRESS=DROPS`; may be repeated", func(text string) error {
		g, err := parseGrant(text)
		grants = append(grants, g)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := xrplsim.Start(o)
	if err != nil {
		return err
	}
	defer l.Close()
	for _, g := range grants {
		if g.to == xrplsim.Genesis || g.drops > l.Balance(xrplsim.Genesis) {
			return fmt.Errorf("-fund %v: the genesis account %v cannot give it %d drops", g.to, xrplsim.Genesis, g.drops)
		}
		l.Fund(g.to, g.drops)
	}
	fmt.Fprintf(out, "%s\ngenesis account %v, secret %s\n", l.URL(), xrplsim.Genesis, xrplsim.GenesisSecret)
	<-ctx.Done()
	return nil
}

// parseGrant reads ADDRESS=DROPS.
func parseGrant(text string) (g grant, err error) {
	address, drops, ok := strings.Cut(text, "=")
	if !ok {
		return g, errors.New("write ADDRESS=DROPS, such as rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe=100000000")
	}
	if g.to, err = xrpl.ParseAddress(address); err != nil {
		return g, err
	}
	g.drops, err = xrpl.ParseDrops(drops)
	return g, err
}

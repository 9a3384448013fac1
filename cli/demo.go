package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
)

func (p *program) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Start three connectors and send a first packet through them",
		Long: "Start a connector, test.demo, with its admin API, and its children alice and bob, over BTP on loopback ports.\n" +
			"Then alice sends a packet of money through test.demo to bob's wallet.\n" +
			"The connectors run until SIGINT or SIGTERM, so you can look at them with the other commands.\n" +
			"CONNECTOR_ADMIN_API_PORT names another port than 7780 for the admin API.",
		Args: noArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return p.demo(ctx)
		},
	}
}

// The configurations of the demo. A child learns its address from its parent.
const (
	demoParent = `
ilpAddress: test.demo
backend: one-to-one
spread: 0
adminApi: true
accounts:
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1000000"},
          options: {listener: {host: 127.0.0.1, port: %d, secret: %s}}}
  bob: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1000000"},
        options: {listener: {host: 127.0.0.1, port: %d, secret: %s}}}
`
	demoAlice = `
backend: one-to-one
spread: 0
accounts:
  parent: {relation: parent, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "1000000"},
           options: {server: "btp+ws://:%s@127.0.0.1:%d"}}
`
	demoBob = demoAlice + `
  wallet: {relation: child, plugin: loopback, assetCode: USD, assetScale: 9, balance: {maximum: "1000000"},
           options: {fulfillment: "%s"}}
`
)

// demoAmount is the amount that alice sends, in units of 10^-9 USD.
const demoAmount = 100

// demo runs the three connectors until ctx ends.
func (p *program) demo(ctx context.Context) error {
	preimage, secret := sha256.Sum256([]byte(rand.Text())), rand.Text()
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	environ, err := demoEnviron(os.Environ())
	if err != nil {
		return err
	}
	parts := []demoPart{
		{fmt.Sprintf(demoParent, ports[0], secret, ports[1], secret), environ},
		{fmt.Sprintf(demoAlice, secret, ports[0]), nil},
		{fmt.Sprintf(demoBob, secret, ports[1], hex.EncodeToString(preimage[:])), nil},
	}
	ctx, stop := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop(nil)
	var started []*connector.Connector
	for _, part := range parts {
		c, err := p.demoConnector(part)
		if err != nil {
			return err
		}
		started = append(started, c)
		running.Go(func() {
			if err := c.Run(ctx); err != nil {
				stop(err)
			}
		})
	}
	for _, c := range started {
		select {
		case <-c.Ready():
		case <-ctx.Done():
			return stopped(ctx)
		}
	}
	if err := p.demoPacket(ctx, started[0], started[1], preimage, demoFlags(environ)); err != nil {
		return err
	}
	<-ctx.Done()
	return stopped(ctx)
}

// demoEnviron returns the variables of the admin API. The others are meant for the operator's
// own connector, which the demo must not touch. If any port will do, it chooses one, so that
// the demo can print it.
func demoEnviron(environ []string) ([]string, error) {
	const anyPort = "CONNECTOR_ADMIN_API_PORT=0"
	environ = slices.DeleteFunc(environ, func(variable string) bool {
		return !strings.HasPrefix(variable, "CONNECTOR_ADMIN_API_")
	})
	if i := slices.Index(environ, anyPort); i >= 0 {
		ports, err := freePorts(1)
		if err != nil {
			return nil, err
		}
		environ[i] = strings.TrimSuffix(anyPort, "0") + strconv.Itoa(ports[0])
	}
	return environ, nil
}

// demoFlags returns the flags with which other commands find the admin API of the demo.
func demoFlags(environ []string) string {
	of := func(name string) string {
		for _, variable := range environ {
			if value, is := strings.CutPrefix(variable, "CONNECTOR_ADMIN_API_"+name+"="); is {
				return value
			}
		}
		return ""
	}
	flags := ""
	if url, err := (place{host: of("HOST"), port: of("PORT")}).url(); err == nil && url != defaultURL {
		flags = " --url " + url
	}
	if of("TOKEN") != "" {
		flags += ` --token "$CONNECTOR_ADMIN_API_TOKEN"`
	}
	if of("TOKEN_FILE") != "" {
		flags += ` --token-file "$CONNECTOR_ADMIN_API_TOKEN_FILE"`
	}
	return flags
}

// demoPart is one connector of the demo: its configuration file and its environment.
type demoPart struct {
	yaml    string
	environ []string
}

func (p *program) demoConnector(part demoPart) (*connector.Connector, error) {
	log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	return connector.Parse("demo.yaml", []byte(part.yaml), part.environ, p.withLog(log)...)
}

// demoPacket sends a packet from alice to bob's wallet. It prints the result, and commands with
// flags that look at it.
func (p *program) demoPacket(ctx context.Context, parent, alice *connector.Connector, preimage [ilp.ConditionBytes]byte, flags string) error {
	const destination = "test.demo.bob.wallet"
	p.printf("three connectors are up: %s and its children alice and bob, over BTP on loopback\n", parent.Address())
	began := time.Now()
	reply, err := alice.Send(ctx, ilp.Draft{
		Amount: demoAmount, Expiry: began.Add(10 * time.Second).UnixMilli(),
		Condition: sha256.Sum256(preimage[:]), Destination: destination,
	})
	if err != nil {
		return err
	}
	if !reply.Fulfilled() {
		return fmt.Errorf("the packet to %s was rejected with %s: %s", destination, reply.Code(), reply.Message())
	}
	p.printf("alice sent %d to %s: fulfilled in %s\n", demoAmount, destination, milliseconds(time.Since(began).Seconds()*1000))
	for _, a := range parent.Accounts() {
		debtor, creditor, amount := a.ID, parent.Address(), a.Balance.Posted
		if negative, ok := amount.Neg(); ok && amount.Sign() < 0 {
			debtor, creditor, amount = creditor, debtor, negative
		}
		p.printf("  %s owes %s %s\n", debtor, creditor, amount)
	}
	p.printf("\nlook at it from another terminal, and stop it with Ctrl-C:\n"+
		"  %[1]s accounts%[2]s\n  %[1]s balance%[2]s\n  %[1]s ping test.demo.bob.wallet%[2]s\n", os.Args[0], flags)
	return nil
}

// stopped returns the error that ended the demo. It returns nil after a signal.
func stopped(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// freePorts returns n ports that are free now. Another program may still take one.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // only at the end, so that no port comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

package connector

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/settle/remote"
)

// Bounds of the API that settlement engines ask.
const (
	accountingHead    = 10 * time.Second // for the headers of a request
	accountingRequest = time.Minute      // for all of it
	accountingAnswer  = 2 * time.Minute  // the engine of the peer may have to be asked
	accountingHeadMax = 16 << 10
	accountingGrace   = 2 * time.Second // for what is under way when we stop
)

// serveAccounting opens the API that settlement engines ask, if it is not open yet. The
// caller holds adding.
func (c *Connector) serveAccounting() error {
	if c.served {
		return nil
	}
	address := net.JoinHostPort(config.BareHost(c.cfg().SettlementAPIHost), strconv.Itoa(c.cfg().SettlementAPIPort))
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("settlement API at %s (settlementApiHost, settlementApiPort): %w", address, err)
	}
	c.served = true
	server := &http.Server{
		Handler: remote.NewAccounting(remote.AccountingOptions{
			Receiver: c.receiver, Engines: c.engines, Link: c.linkOf, Token: c.cfg().SettlementAPIToken, Log: c.log,
			Alert:    func(id, message string) { c.alertMoney(id, message, message) },
			Resolved: func(id, message string) { c.alerts.Resolve(time.Now(), id, message) },
		}),
		ReadHeaderTimeout: accountingHead, ReadTimeout: accountingRequest, WriteTimeout: accountingAnswer,
		MaxHeaderBytes: accountingHeadMax,
	}
	if !c.durable {
		c.log.Warn("no storePath: a restart forgets which settlements were made and which payments were credited, " +
			"and may credit one again")
	}
	c.log.Info("settlement API listening", "address", l.Addr().String(), "token", c.cfg().SettlementAPIToken != "")
	c.life.links.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			c.log.Error("settlement API has stopped", "error", err)
			c.alertMoney("", kindSettlementAPI, alertSettlementAPI)
		}
	})
	c.life.links.Go(func() {
		<-c.life.serving.Done()
		ctx, cancel := context.WithTimeout(context.Background(), accountingGrace)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	})
	return nil
}

// hasEngines reports whether an account settles through an engine.
func (c *Connector) hasEngines() bool {
	for _, m := range c.all() {
		if settlesByEngine(*m.now().config) {
			return true
		}
	}
	return false
}

// settlesByEngine reports whether an account, or each of its clients, has a settlement engine.
func settlesByEngine(a config.Account) bool {
	return a.SettlementEngine != nil || a.Children != nil && a.Children.PerChild.SettlementEngine != nil
}

// linkOf returns the link of an account that is connected, or else nil.
func (c *Connector) linkOf(id string) ilp.Handler {
	if m := c.member(id); m != nil && c.connected(m) {
		return neighbor{c, m}
	}
	return nil
}

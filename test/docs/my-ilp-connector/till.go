package main

import (
	"context"
	"log/slog"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// till refuses every packet. The Example of package connector has one that sells.
type till struct{ ready chan struct{} }

func newTill(config.Account, *slog.Logger) (connector.Link, error) {
	t := till{make(chan struct{})}
	close(t.ready)
	return t, nil
}

// HandlePrepare refuses a packet.
func (t till) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) {
	up.WriteReply(ilp.Fail(ilp.F99, "the till is closed."))
}

// Run waits until ctx ends.
func (t till) Run(ctx context.Context, _ ilp.Handler, _ func(bool)) { <-ctx.Done() }

// Connected returns true.
func (t till) Connected() bool { return true }

// Ready returns a closed channel.
func (t till) Ready() <-chan struct{} { return t.ready }

// Status returns that the link is established.
func (t till) Status() link.Status { return link.Status{State: link.Established} }

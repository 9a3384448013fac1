package plugin_test

import (
	"context"
	"sync"
	"testing"

	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/plugin"
)

// well reports whether a plugin waits for its client, and nothing is wrong.
func (l *listening) well() bool {
	s := l.Status()
	return s.State == link.Connecting && s.LastError == "" && s.NextRetry.IsZero()
}

// A plugin that waits for its client is in no trouble: neither because its process was not there once, nor
// because its first connect has failed.
func TestPluginThatWaitsForItsClientHasNoError(t *testing.T) {
	for _, more := range []string{``, `,"resolves":true`, `,"fails":true`, `,"fails":true,"resolves":true`} {
		l := listen(t, port(t), more)
		await(t, l.says("listens"), l.show)
		await(t, l.well, l.show)
		_, _ = l.SendAdminInfo(t.Context(), "end")
		await(t, func() bool { return l.Status().State == link.Degraded }, l.show)
		await(t, l.well, l.show)
	}
}

// A plugin whose process has not started yet is in no trouble: that takes a moment.
func TestPluginWhoseProcessStartsHasNoError(t *testing.T) {
	l := plugin.New(plugin.Options{Host: nodehost.New(nodehost.Options{}), Module: nodehost.Module{Kind: nodehost.Plugin}})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx, answering, nil) })
	await(t, func() bool { return l.Status().State == link.Connecting }, func() string { return "" })
	stop()
	running.Wait()
	if s := l.Status(); s.LastError != "" {
		t.Errorf("%+v", s)
	}
}

// alerts are the alerts of a link.
type alerts struct {
	link.NoAlerts
	texts chan string
}

func (a alerts) Raise(_, message string) { a.texts <- message }
func (a alerts) Resolve(string)          { a.texts <- "" }

// A plugin that cannot be constructed is an alert, until its account ends or it can be.
func TestPluginThatCannotBeConstructedIsAnAlert(t *testing.T) {
	raised := alerts{texts: make(chan string, 100)}
	x := run(t, `{"throws":"constructor"}`, answering, func(l *plugin.Link) { l.Alert(raised) })
	const want = "the account takes no packets: the plugin test-plugin could not be constructed: Error: no such thing"
	if got := <-raised.texts; got != want {
		t.Errorf("%q", got)
	}
	x.end()
	if got := <-raised.texts; got != "" {
		t.Errorf("%q", got)
	}
}

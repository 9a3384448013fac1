package plugin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/freeport"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
	"github.com/ilp-go/connector/nodehost/plugin"
)

// listening is a plugin of testdata/listener.js whose client never comes.
type listening struct {
	*plugin.Link
	host *nodehost.Host
	mu   sync.Mutex
	said []string
	end  func()
}

// says reports whether the plugin has logged a text.
func (l *listening) says(text string) func() bool {
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return slices.Contains(l.said, text)
	}
}

func (l *listening) show() string { return fmt.Sprintf("%q, %+v", l.said, l.Status()) }

// listen runs a plugin that listens on a port.
func listen(t *testing.T, port int, more string) *listening {
	t.Helper()
	l := new(listening)
	host := nodehosttest.Run(t, nodehost.Options{Printed: func(p nodehost.Printed) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.said = append(l.said, p.Text)
	}})
	l.host = host
	l.Link = plugin.New(plugin.Options{Host: host, Module: nodehost.Module{
		Kind: nodehost.Plugin, Name: "listener", Path: nodehosttest.File(t, "..", "testdata", "listener.js"),
		Account: "alice", Options: json.RawMessage(fmt.Sprintf(`{"port":%d%s}`, port, more)),
	}})
	l.SetPatience(50 * time.Millisecond)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx, answering, nil) })
	l.end = func() {
		stop()
		running.Wait()
	}
	t.Cleanup(l.end)
	return l
}

// port returns a port that is free.
func port(t *testing.T) int {
	t.Helper()
	n, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// open reports whether something listens on a port.
func open(port int) bool {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// A plugin that waits for its client listens, and one that dials goes on to: both must stop when the
// account is removed or changed.
func TestPluginThatIsNotConnectedIsDisconnected(t *testing.T) {
	for _, more := range []string{``, `,"resolves":true`} {
		at := port(t)
		l := listen(t, at, more)
		await(t, l.says("listens"), l.show)
		l.end()
		if open(at) {
			t.Errorf("%s: it still listens", more)
		}
	}
}

// A connect that is under way may open the port after disconnect was called.
func TestConnectThatEndsLateIsEndedOnceMore(t *testing.T) {
	at := port(t)
	l := listen(t, at, `,"after":1000,"resolves":true`)
	<-l.Tried()
	l.end()
	await(t, l.says("listens"), l.show)
	await(t, func() bool { return !open(at) }, l.show)
}

// A plugin that does not come to its end holds up its account for a moment only.
func TestDisconnectThatHangsIsGivenUp(t *testing.T) {
	l := listen(t, port(t), `,"hangs":true`)
	await(t, l.says("listens"), l.show)
	began := time.Now()
	l.end()
	if took := time.Since(began); took > 8*time.Second || !l.says("disconnects")() {
		t.Errorf("the end took %v: %s", took, l.show())
	}
}

// A port that is taken ends the process of a plugin that does not expect it. The error says which account.
func TestPortThatIsTakenNamesItsAccount(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().(*net.TCPAddr).Port
	l := listen(t, at, `,"bare":true`)
	want := fmt.Sprintf("address already in use 127.0.0.1:%d, which the options of alice name", at)
	await(t, func() bool { return strings.HasSuffix(l.Status().LastError, want) }, l.show)
}

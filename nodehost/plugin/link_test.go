package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
	"github.com/ilp-go/connector/nodehost/plugin"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hosted is a plugin that runs.
type hosted struct {
	*plugin.Link
	t       *testing.T
	changes chan bool
	end     func() // ends the link and waits for that
	store   store.Store
	mu      sync.Mutex
	money   []string
	printed []nodehost.Printed
}

// run runs the plugin of testdata with options. What it brings goes to handler. Edits change the options of the
// host, or the link.
func run(t *testing.T, options string, handler ilp.Handler, edits ...any) *hosted {
	t.Helper()
	return runWith(t, options, handler, func(*plugin.Options) {}, edits...)
}

// runShared runs the plugin with other options of its link.
func runShared(t *testing.T, options string, edit func(*plugin.Options)) *hosted {
	t.Helper()
	return runWith(t, options, answering, edit)
}

func runWith(t *testing.T, options string, handler ilp.Handler, change func(*plugin.Options), edits ...any) *hosted {
	t.Helper()
	x := &hosted{t: t, changes: make(chan bool, 100), store: memory.New(slog.New(slog.DiscardHandler))}
	o := nodehost.Options{Printed: func(p nodehost.Printed) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.printed = append(x.printed, p)
	}}
	for _, edit := range edits {
		if edit, ok := edit.(func(*nodehost.Options)); ok {
			edit(&o)
		}
	}
	host := nodehosttest.Run(t, o)
	linked := plugin.Options{Host: host, Module: nodehost.Module{
		Kind: nodehost.Plugin, Name: "test-plugin", Path: nodehosttest.File(t, "..", "testdata", "plugin.js"),
		Account: "alice", Options: json.RawMessage(options),
	}}
	change(&linked)
	x.Link = plugin.New(linked)
	for _, edit := range edits {
		if edit, ok := edit.(func(*plugin.Link)); ok {
			edit(x.Link)
		}
	}
	if err := x.Keep(x.store); err != nil {
		t.Fatal(err)
	}
	x.SetReceive(nil, func(_ context.Context, _ string, amount balance.Amount) error {
		x.mu.Lock()
		defer x.mu.Unlock()
		if amount.String() == "13" {
			return errors.New("not this one")
		}
		x.money = append(x.money, amount.String())
		return nil
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { x.Link.Run(ctx, handler, func(connected bool) { x.changes <- connected }) })
	x.end = func() {
		stop()
		running.Wait()
	}
	t.Cleanup(x.end)
	return x
}

// await waits for a change of the connection.
func (x *hosted) await(want bool) {
	x.t.Helper()
	select {
	case got := <-x.changes:
		if got != want {
			x.t.Fatalf("connected: %v, want %v", got, want)
		}
	case <-time.After(30 * time.Second):
		x.t.Fatalf("the plugin did not become connected: %v within half a minute; status %+v", want, x.Status())
	}
}

// do has the plugin do something.
func (x *hosted) do(what string, more ...any) (result map[string]any, err error) {
	body := map[string]any{"do": what}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	ctx, cancel := context.WithTimeout(x.t.Context(), 30*time.Second)
	defer cancel()
	text, err := x.SendAdminInfo(ctx, body)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &result)
	}
	return result, err
}

// calls returns what the plugin has seen.
func (x *hosted) calls() []string {
	x.t.Helper()
	text, err := x.AdminInfo(x.t.Context())
	var info struct{ Calls []string }
	if err == nil {
		err = json.Unmarshal(text, &info)
	}
	if err != nil {
		x.t.Fatal(err)
	}
	return info.Calls
}

// answering answers packets by their amount.
var answering = ilp.HandlerFunc(func(up ilp.ReplyWriter, prepare ilp.Prepare) {
	switch {
	case prepare.Fault() != nil:
		up.WriteReply(ilptest.Reject(ilp.F00, prepare.Fault().Error()))
	case prepare.Amount() == 7:
		up.WriteReply(prepare.Reply(ilptest.Reject(ilp.F99, "seven")))
	case prepare.Amount() == 8: // as without the middleware errorHandler
		up.WriteReply(prepare.Reply(ilp.Failure{Code: ilp.T04, Message: "eight", Data: []byte("x")}.Reply()))
	default:
		up.WriteReply(prepare.Reply(ilptest.Fulfill(prepare.Data()...)))
	}
})

func send(t *testing.T, l ilp.Handler, amount uint64) ilp.Reply {
	t.Helper()
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, ilptest.Prepare("test.bob", amount, ilptest.Data([]byte("hello"))))
	return r.Reply()
}

// failure sends a packet, and returns the failure that answers it.
func failure(t *testing.T, l ilp.Handler, amount uint64) ilp.Failure {
	t.Helper()
	reply := send(t, l, amount)
	return reply.Failure()
}

func TestPacketsGoThroughThePluginBothWays(t *testing.T) {
	x := run(t, `{"a":1}`, answering)
	x.await(true)
	if got := send(t, x, 5); !got.Fulfilled() || string(got.Data()) != "hello" {
		t.Errorf("%v", got)
	}
	if got := send(t, x, 7); got.Code() != ilp.F99 || string(got.Message()) != "seven" {
		t.Errorf("%v %s", got.Code(), got.Message())
	}
	// The plugin sees the error of the connector, and throws it on.
	if f := failure(t, x, 8); f.Code != ilp.T04 || f.Message != "failed to send packet: eight" || string(f.Data) != "x" {
		t.Errorf("%+v", f)
	}
	want := []string{"constructor _log _store a", "registerDataHandler", "registerMoneyHandler", "connect Infinity"}
	if got := x.calls(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// The texts are those of the reference.
func TestWhatSendDataBecomes(t *testing.T) {
	for _, test := range []struct {
		answer, message string
		code            ilp.Code
		data            string
	}{
		{"nothing", "Cannot read properties of undefined (reading '0')", ilp.F00, ""},
		{"throws", "failed to send packet: no way", ilp.Code('T'<<16 | '0'<<8 | '7'), "why"},
		{"text", "failed to send packet: non-object thrown. value=just text", ilp.F02, ""},
	} {
		t.Run(test.answer, func(t *testing.T) {
			x := run(t, fmt.Sprintf(`{"answer":%q}`, test.answer), answering)
			x.await(true)
			f := failure(t, x, 5)
			if f.Code != test.code || f.Message != test.message || string(f.Data) != test.data {
				t.Errorf("%v %q %q", f.Code, f.Message, f.Data)
			}
		})
	}
}

func TestGarbageOfThePluginIsAPacketToo(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	got, err := x.do("text")
	if err != nil || got["reply"] == nil {
		t.Fatal(got, err)
	}
	if _, err := x.do("packet", "packet", "AAAA"); err != nil {
		t.Fatal(err)
	}
}

// Some modules take seconds to load and construct, and their process does not answer meanwhile.
func TestPluginThatIsSlowToConstructIsConnected(t *testing.T) {
	x := run(t, `{"blocks":4500}`, answering)
	x.await(true)
	if got := x.Status(); got.State != link.Established || got.LastError != "" {
		t.Errorf("%+v", got)
	}
}

// An error that cannot be read is answered all the same.
func TestErrorsThatCannotBeReadAreAnswered(t *testing.T) {
	for _, what := range []string{"symbol", "getter"} {
		x := run(t, fmt.Sprintf(`{"answer":%q}`, what), answering)
		x.await(true)
		if got := failure(t, x, 5); got.Code != ilp.F02 || !strings.HasPrefix(got.Message, "failed to send packet: ") {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

func TestThePluginKeepsWhatItPuts(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	for _, value := range []any{"text", "", float64(5), true, map[string]any{"a": []any{float64(1)}}} {
		if _, err := x.do("put", "key", "k:ü", "value", value); err != nil {
			t.Fatal(err)
		}
		got, err := x.do("get", "key", "k:ü")
		if err != nil || fmt.Sprint(got["value"]) != fmt.Sprint(value) {
			t.Errorf("%v becomes %v (%v)", value, got, err)
		}
	}
	if _, err := x.do("del", "key", "k:ü"); err != nil {
		t.Fatal(err)
	}
	if got, err := x.do("get", "key", "k:ü"); err != nil || got["value"] != nil {
		t.Errorf("%v %v", got, err)
	}
	if got, err := x.do("get", "key", "k"); err != nil || got["value"] != nil { // a prefix of a key
		t.Errorf("%v %v", got, err)
	}
}

// A plugin may use its store before its constructor has returned.
func TestPluginUsesItsStoreInItsConstructor(t *testing.T) {
	x := run(t, `{"former":true}`, answering)
	x.await(true)
	if got, err := x.do("former"); err != nil || got["value"] != float64(5) {
		t.Errorf("%v (%v)", got, err)
	}
}

func TestMoneyIsCreditedBeforeTheHandlerResolves(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	if _, err := x.do("money", "value", "12345678901234567890123"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"13", "-1", "1.5", "1e-3", ""} {
		if _, err := x.do("money", "value", bad); err == nil {
			t.Errorf("%q was credited", bad)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !slices.Equal(x.money, []string{"12345678901234567890123"}) {
		t.Errorf("%q", x.money)
	}
}

// A plugin writes down its last claim, and may be paid, while it disconnects.
func TestWhatComesDuringDisconnectIsKept(t *testing.T) {
	x := run(t, `{"end":"late"}`, answering)
	x.await(true)
	began := time.Now()
	x.end()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the end took %v", took)
	}
	claim := ""
	if err := x.store.Load(plugin.DataKey("claim"), func(_ string, v []byte) error { claim = string(v); return nil }); err != nil || claim != "9" {
		t.Errorf("%q %v", claim, err)
	}
	if !slices.Equal(x.money, []string{"77"}) {
		t.Errorf("%q", x.money)
	}
}

func TestPaymentIsMadeOnce(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	for range 2 {
		if err := x.Pay(t.Context(), settle.Payment{ID: "one", Amount: balance.FromInt64(500)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := x.calls(); got[len(got)-1] != "sendMoney 500" || got[len(got)-2] == "sendMoney 500" {
		t.Errorf("%q", got)
	}
}

// A payment may take longer than its caller waits: on a chain, for its confirmations.
func TestPaymentThatIsAnsweredLateIsKnown(t *testing.T) {
	x := run(t, `{"money":"late"}`, answering)
	x.await(true)
	one := settle.Payment{ID: "one", Amount: balance.FromInt64(500)}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := x.Pay(ctx, one); err == nil || errors.Is(err, settle.ErrNotSent) {
		t.Fatalf("%v", err)
	}
	var err error
	await(t, func() bool {
		err = x.Pay(t.Context(), one)
		return err == nil
	}, func() string { return fmt.Sprint(err) })
	asked := 0
	for _, call := range x.calls() {
		if call == "sendMoney 500" {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// An operator may say of a payment that it was not made while the plugin is still at work on it. Then the same
// debt must not be paid by another payment, until the plugin has answered, or its process has ended.
func TestNoOtherPaymentIsMadeBeforeThePluginAnswers(t *testing.T) {
	other := settle.Payment{ID: "two", Amount: balance.FromInt64(501)}
	begin := func(t *testing.T, money string) *hosted {
		x := run(t, fmt.Sprintf(`{"money":%q}`, money), answering)
		x.await(true)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_ = x.Pay(ctx, settle.Payment{ID: "one", Amount: balance.FromInt64(500)})
		err := x.Pay(t.Context(), other)
		if !errors.Is(err, settle.ErrNotSent) || !strings.Contains(err.Error(), "not answered yet whether it has paid settlement one") {
			t.Errorf("%v", err)
		}
		if calls := x.calls(); slices.Contains(calls, "sendMoney 501") {
			t.Errorf("%q", calls)
		}
		return x
	}
	paid := func(x *hosted) {
		var err error
		await(x.t, func() bool {
			err = x.Pay(x.t.Context(), other)
			return err == nil
		}, func() string { return fmt.Sprint(err) })
		if calls := x.calls(); !slices.Contains(calls, "sendMoney 501") {
			x.t.Errorf("%q", calls)
		}
	}
	t.Run("it answers", func(t *testing.T) { paid(begin(t, "late")) })
	t.Run("its process ends", func(t *testing.T) {
		x := begin(t, "first never")
		_, _ = x.do("exit")
		x.await(false)
		x.await(true)
		paid(x)
	})
}

// The account may get another link meanwhile, whose plugin is in the same process.
func TestNoOtherPaymentIsMadeByTheNextLink(t *testing.T) {
	asked := new(plugin.Asked)
	share := func(o *plugin.Options) { o.Asked = asked }
	x := runShared(t, `{"money":"never"}`, share)
	x.await(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_ = x.Pay(ctx, settle.Payment{ID: "one", Amount: balance.FromInt64(500)})
	y := runShared(t, `{}`, share)
	y.await(true)
	if err := y.Pay(t.Context(), settle.Payment{ID: "two", Amount: balance.FromInt64(501)}); !errors.Is(err, settle.ErrNotSent) {
		t.Errorf("%v", err)
	}
}

// Only an error that says so means that nothing was sent. A payment whose outcome is not known is
// never made again.
func TestPaymentThatFailsIsUnknown(t *testing.T) {
	for money, notSent := range map[string]bool{"notSent": true, "rejects": false, "never": false} {
		t.Run(money, func(t *testing.T) {
			x := run(t, fmt.Sprintf(`{"money":%q}`, money), answering)
			x.await(true)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			err := x.Pay(ctx, settle.Payment{ID: "one", Amount: balance.FromInt64(500)})
			if err == nil || errors.Is(err, settle.ErrNotSent) != notSent || errors.Is(err, settle.ErrVoid) {
				t.Errorf("%v", err)
			}
			err = x.Pay(t.Context(), settle.Payment{ID: "one", Amount: balance.FromInt64(500)})
			if err == nil || errors.Is(err, settle.ErrNotSent) != notSent {
				t.Errorf("again: %v", err)
			}
			if ask := errors.Is(err, settle.ErrAskOperator); ask != (money == "rejects") { // the others may still tell
				t.Errorf("only an operator can tell: %v, of %v", ask, err)
			}
			asked := 0
			for _, call := range x.calls() {
				if call == "sendMoney 500" {
					asked++
				}
			}
			if want := map[bool]int{true: 2, false: 1}[notSent]; asked != want {
				t.Errorf("asked %d times, want %d", asked, want)
			}
		})
	}
}

// Whatever ends the process, packets on their way are answered, and the plugin comes back.
func TestPluginComesBackInAnotherProcess(t *testing.T) {
	for what, reason := range map[string]string{"crash": "crash of the test", "exit": "exit status 3", "hang": "has not answered", "leak": "memory"} {
		t.Run(what, func(t *testing.T) {
			x := run(t, `{"answer":"never"}`, answering, func(o *nodehost.Options) {
				if o.MemoryMax = 300 << 20; what == "hang" {
					o.HangTimeout = 1500 * time.Millisecond
				}
			})
			x.await(true)
			r := ilptest.NewRecorder()
			x.HandlePrepare(r, ilptest.Prepare("test.bob", 5))
			_, _ = x.do(what, "value", 100)
			x.await(false)
			reply := r.Reply()
			if got := reply.Failure(); got.Code != ilp.T01 || got.Message != "no connection to account. account=alice" {
				t.Errorf("%+v", got)
			}
			if got := failure(t, x, 5); got.Code != ilp.T01 {
				t.Errorf("%+v", got)
			}
			await(t, func() bool {
				s := x.Status()
				return s.State == link.Degraded && strings.Contains(s.LastError, reason)
			}, func() string { return fmt.Sprintf("%+v", x.Status()) })
			x.await(true)
			if s := x.Status(); s.State != link.Established || s.LastError != "" {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestPluginThatCannotBeUsedSaysWhy(t *testing.T) {
	for options, reason := range map[string]string{
		`{"throws":"constructor"}`: "test-plugin could not be constructed: Error: no such thing",
		`{"throws":"connect"}`:     "connect: Error: nobody is there",
	} {
		x := run(t, options, answering)
		await(t, func() bool { return x.Status().LastError == reason }, func() string { return fmt.Sprintf("%+v", x.Status()) })
		if got := failure(t, x, 5); got.Code != ilp.T01 {
			t.Errorf("%+v", got)
		}
	}
}

// What a plugin lacks may come, such as a file. It is constructed again in the same process, and its account says
// when.
func TestPluginIsConstructedAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wallet")
	x := run(t, fmt.Sprintf(`{"throws":"without file","file":%q}`, file), answering)
	const reason = "test-plugin could not be constructed: Error: no file"
	await(t, func() bool {
		s := x.Status()
		return s.State == link.Degraded && s.LastError == reason && !s.NextRetry.IsZero()
	}, func() string { return fmt.Sprintf("%+v", x.Status()) })
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x.await(true)
	if s := x.Status(); s.LastError != "" || !s.NextRetry.IsZero() {
		t.Errorf("%+v", s)
	}
	if got := send(t, x, 5); !got.Fulfilled() {
		t.Errorf("%v", got)
	}
}

func TestDisconnectionIsSeenWithAndWithoutAnEvent(t *testing.T) {
	for _, how := range []string{"disconnect", "fall"} {
		x := run(t, `{}`, answering)
		x.await(true)
		if _, err := x.do(how); err != nil {
			t.Fatal(err)
		}
		x.await(false)
		if got := failure(t, x, 5); got.Code != ilp.T01 {
			t.Errorf("%+v", got)
		}
	}
}

func TestWhatAModulePrintsIsKnown(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	for _, what := range []string{"print", "log"} {
		if _, err := x.do(what, "value", "hello"); err != nil {
			t.Fatal(err)
		}
	}
	has := func(want nodehost.Printed) func() bool {
		return func() bool {
			x.mu.Lock()
			defer x.mu.Unlock()
			return slices.Contains(x.printed, want)
		}
	}
	show := func() string { return fmt.Sprintf("%+v", x.printed) }
	await(t, has(nodehost.Printed{Account: "alice", Module: "test-plugin", Stream: "stdout", Text: "hello"}), show)
	await(t, has(nodehost.Printed{Account: "alice", Module: "test-plugin", Level: "warn", Text: "hello 5"}), show)
}

// A module sees nothing of our environment but what the options say, which may be nothing.
func TestEnvironmentIsEmpty(t *testing.T) {
	t.Setenv("CONNECTOR_SECRET", "x")
	for want, env := range map[string][]string{`["ALLOWED"]`: {"ALLOWED=1"}, `[]`: nil} {
		x := run(t, `{}`, answering, func(o *nodehost.Options) { o.Env = env })
		x.await(true)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		text, err := x.SendAdminInfo(ctx, map[string]any{"do": "env"})
		if err != nil || string(text) != want {
			t.Errorf("%s, want %s (%v)", text, want, err)
		}
	}
}

// A client of a plugin may have it give us anything, which must not end the process of all accounts.
func TestWhatIsTooLargeEndsNoProcess(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	for _, what := range []string{"packet", "money", "put", "key", "log", "result", "error", "name", "reply", "refusal"} {
		if _, err := x.do("large", "key", what, "value", 17<<20); nodehost.IsDown(err) {
			t.Fatalf("%s: %v", what, err)
		}
		if what == "reply" || what == "refusal" {
			if got := failure(t, x, 5); got.Code == ilp.T01 || len(got.Message) > 5000 {
				t.Errorf("%s: %s, and a message of %d bytes", what, got.Code, len(got.Message))
			}
		}
		if _, err := x.do("get", "key", "a"); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// await waits until a condition holds.
func await(t *testing.T, holds func() bool, show func() string) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(30 * time.Second); !holds(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about within half a minute: ", show())
		}
	}
}

package middleware_test

import (
	"crypto/sha256"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func ping(source string) func(*ilp.Draft) { return ilptest.Data(echo.AppendRequest(nil, source)) }

func TestPingComesBackAsAPong(t *testing.T) {
	trailing := append(echo.AppendRequest(nil, "test.us.alice.me"), "ignored"...)
	for _, data := range []func(*ilp.Draft){ping("test.us.alice.me"), ilptest.Data(trailing)} {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.Fulfilling())
		n.Add(t, "bob", ilptest.Fulfilling())
		enginetest.WantFulfilled(t, n.Send("bob", ilptest.Prepare("test.us", 42, data)))
		pong := n.Link("alice").Sent()[0].Prepare
		if string(pong.Destination()) != "test.us.alice.me" || pong.Amount() != 42 ||
			string(pong.Data()) != echo.Prefix+"\x01" || [ilp.ConditionBytes]byte(pong.Condition()) != ilptest.Condition {
			t.Errorf("sent %d to %s with %q", pong.Amount(), pong.Destination(), pong.Data())
		}
		enginetest.WantPosted(t, alice, "-42")
		enginetest.WantPosted(t, n.Registry.Find("bob"), "42")
	}
}

func TestPongIsConvertedAndShortenedLikeAnyPacket(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(9))
	bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(6))
	prepare := ilptest.Prepare("test.us", 42_000, ping("test.us.bob.x"))
	expiry := prepare.Expiry()
	enginetest.WantFulfilled(t, n.Send("alice", prepare))
	pong := n.Link("bob").Sent()[0].Prepare
	if pong.Amount() != 42 || pong.Expiry() > expiry-1000 {
		t.Errorf("sent %d, %d ms shorter", pong.Amount(), expiry-pong.Expiry())
	}
	enginetest.WantPosted(t, alice, "42000")
	enginetest.WantPosted(t, bob, "-42")
}

func TestEchoRefusals(t *testing.T) {
	for _, c := range []struct {
		name    string
		data    string
		code    ilp.Code
		message string
	}{
		{"no data", "", ilp.F01, "packet data too short for echo request. length=0"},
		{"one byte short", "ECHOECHOECHOECHO", ilp.F01, "packet data too short for echo request. length=16"},
		{"another prefix", "ECHOECHOECHOECHo\x00", ilp.F01, "packet data does not start with ECHO prefix."},
		{"a pong to nothing of ours", "ECHOECHOECHOECHO\x01", ilp.F01, "unexpected ping response."},
		{"another type", "ECHOECHOECHOECHO\x02", ilp.F01, "unexpected ping response."},
		{"no source", "ECHOECHOECHOECHO\x00", ilp.F00, ilp.ErrShort.Error()},
		{"source cut off", "ECHOECHOECHOECHO\x00\x05test", ilp.F00, ilp.ErrShort.Error()},
		{"source of absurd length", "ECHOECHOECHOECHO\x00\x81\x01x", ilp.F00, ilp.ErrLength.Error()},
		{"source that is no address", "ECHOECHOECHOECHO\x00\x04test", ilp.F00, ilp.ErrDestination.Error()},
		{"source with no route", "ECHOECHOECHOECHO\x00\x03g.x", ilp.F02, "no route found. source=alice destination=g.x"},
		{"source that is ourselves", "ECHOECHOECHOECHO\x00\x07test.us", ilp.F02, "no route found. source=alice destination=test.us"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New()
			alice := n.Add(t, "alice", ilptest.NewLink())
			enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us", 5, ilptest.Data([]byte(c.data)))), c.code, c.message)
			enginetest.WantPosted(t, alice, "0")
		})
	}
}

func TestPongObeysReflection(t *testing.T) {
	n := enginetest.New(enginetest.NoReflection)
	n.Add(t, "alice", ilptest.Fulfilling())
	n.Add(t, "bob", ilptest.Fulfilling())
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us", 5, ping("test.us.alice.me"))), ilp.F02,
		"refusing to route payments back to sender. sourceAccount=alice destinationAccount=test.us.alice.me")
	enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us", 5, ping("test.us.bob.me"))))
}

// pings is one ping of our own.
type pings [ilp.ConditionBytes]byte

func (p pings) Fulfillment(condition []byte) (preimage [ilp.ConditionBytes]byte, ok bool) {
	sum := sha256.Sum256(p[:])
	return p, string(sum[:]) == string(condition)
}

func TestPongToOurOwnPingIsFulfilled(t *testing.T) {
	n := enginetest.New(func(c *enginetest.Config) { c.Pongs = pings(ilptest.Preimage) })
	bob := n.Add(t, "bob", &returning{n})
	reply := n.Originate(ilptest.Prepare("test.us.bob", 5, ping("test.us")))
	enginetest.WantFulfilled(t, reply)
	if [ilp.ConditionBytes]byte(reply.Fulfillment()) != ilptest.Preimage {
		t.Errorf("fulfilled with %x", reply.Fulfillment())
	}
	enginetest.WantPosted(t, bob, "0") // the money is back
	if bob.Counters.Incoming.Of(account.Fulfilled) != 0 {
		t.Error("the pong was counted, although echo comes before stats")
	}
	pong := ilptest.Prepare("test.us", 5, ilptest.Data(echo.AppendResponse(nil)), ilptest.WithCondition(ilp.PeerCondition))
	enginetest.WantRefused(t, n.Send("bob", pong), ilp.F01, "unexpected ping response.")
}

// returning is the link to a connector that echoes.
type returning struct{ node *enginetest.Node }

func (*returning) Connected() bool { return true }

func (l *returning) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	pong := ilptest.Prepare("test.us", prepare.Amount(), ilptest.Data(echo.AppendResponse(nil)),
		ilptest.WithCondition([ilp.ConditionBytes]byte(prepare.Condition())))
	l.node.Ports["bob"].HandlePrepare(up, pong)
}

func TestPacketBelowOurAddressIsNoPing(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.Fulfilling())
	enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.alice", 5)))
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.x", 5, ping("test.us.alice"))), ilp.F02,
		"no route found. source=alice destination=test.us.x")
}

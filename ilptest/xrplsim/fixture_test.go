package xrplsim_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const xrp xrpl.Drops = 1_000_000

// party is an account with its key.
type party struct {
	t    *testing.T
	l    *xrplsim.Ledger
	key  xrpl.Key
	id   xrpl.AccountID
	next uint32 // sequence number of the next transaction
}

// start starts a ledger, and checks at the end that no drop was lost.
func start(t *testing.T, o xrplsim.Options) *xrplsim.Ledger {
	t.Helper()
	l := xrplsim.New(o)
	t.Cleanup(func() {
		if total := l.Total(); total != xrpl.MaxDrops {
			t.Errorf("all money together is %d drops, want %d", total, xrpl.MaxDrops)
		}
		l.Close()
	})
	return l
}

// newParty makes an account with money, unless that is 0.
func newParty(t *testing.T, l *xrplsim.Ledger, name string, money xrpl.Drops) *party {
	t.Helper()
	var entropy [16]byte
	copy(entropy[:], name)
	key := xrpl.Secp256k1Seed(entropy).Key()
	p := &party{t: t, l: l, key: key, id: key.Public().Account(), next: l.Index()}
	if money > 0 {
		l.Fund(p.id, money)
	}
	return p
}

// sign fills in what is missing, and signs. It uses the next sequence number if none is given.
func (p *party) sign(tx xrpl.Transaction) (blob []byte, id xrpl.Hash) {
	p.t.Helper()
	tx.Account = p.id
	if tx.Sequence == 0 {
		tx.Sequence = p.next
		p.next++
	}
	if tx.Fee == 0 {
		tx.Fee = 10
	}
	blob, id, err := tx.Sign(p.key)
	if err != nil {
		p.t.Fatal(err)
	}
	return blob, id
}

// submit submits a transaction. If it neither applies nor is held, its sequence number is used again.
func (p *party) submit(tx xrpl.Transaction) string {
	p.t.Helper()
	blob, _ := p.sign(tx)
	result := p.l.Submit(blob)
	if tx.Sequence == 0 && !strings.HasPrefix(result, "tes") && !strings.HasPrefix(result, "tec") {
		p.next--
	}
	return result
}

// must submits a transaction, and fails unless it has this result in the open ledger, and in a closed one.
func (p *party) must(want string, tx xrpl.Transaction) {
	p.t.Helper()
	if got := p.submit(tx); got != want {
		p.t.Fatalf("%v in the open ledger: %s, want %s", tx.Type, got, want)
	}
	p.l.CloseLedger()
	all := p.l.Transactions()
	if strings.HasPrefix(want, "te") && (want[2] == 's' || want[2] == 'c') {
		if last := all[len(all)-1]; last.Result != want || last.Account != p.id {
			p.t.Fatalf("%v in the closed ledger: %s of %v, want %s", tx.Type, last.Result, last.Account, want)
		}
	}
}

// create returns a transaction that opens a channel. Its key is that of the owner.
func (p *party) create(to *party, amount xrpl.Drops, delay uint32) xrpl.Transaction {
	key := p.key.Public()
	return xrpl.Transaction{
		Type: xrpl.PaymentChannelCreate, Destination: to.id, Amount: &amount, SettleDelay: delay, PublicKey: &key,
	}
}

// open opens a channel, and returns its id.
func (p *party) open(to *party, amount xrpl.Drops, delay uint32) xrpl.Hash {
	p.t.Helper()
	id := xrpl.ChannelID(p.id, to.id, p.next)
	p.must("tesSUCCESS", p.create(to, amount, delay))
	return id
}

// fund returns a transaction that adds to a channel.
func fund(channel xrpl.Hash, amount xrpl.Drops) xrpl.Transaction {
	return xrpl.Transaction{Type: xrpl.PaymentChannelFund, Channel: channel, Amount: &amount}
}

// claim returns a transaction that takes a claim of p to the ledger.
func (p *party) claim(channel xrpl.Hash, balance xrpl.Drops) xrpl.Transaction {
	p.t.Helper()
	message := xrpl.ClaimMessage(channel, balance)
	signature, err := p.key.Sign(message[:])
	if err != nil {
		p.t.Fatal(err)
	}
	key := p.key.Public()
	return xrpl.Transaction{Type: xrpl.PaymentChannelClaim, Channel: channel, Balance: &balance, Signature: signature, PublicKey: &key}
}

// flag returns a claim with a flag and nothing to claim.
func flag(channel xrpl.Hash, flags uint32) xrpl.Transaction {
	return xrpl.Transaction{Type: xrpl.PaymentChannelClaim, Channel: channel, Flags: flags}
}

// channel returns a channel that has to be there.
func channel(t *testing.T, l *xrplsim.Ledger, id xrpl.Hash) xrplsim.Channel {
	t.Helper()
	c, ok := l.Channel(id)
	if !ok {
		t.Fatalf("channel %v is gone", id)
	}
	return c
}

// answer is what a server sends.
type answer map[string]any

// at follows a path into an answer.
func (a answer) at(path string) any {
	var value any = map[string]any(a)
	for _, name := range strings.Split(path, ".") {
		o, _ := value.(map[string]any)
		value = o[name]
	}
	return value
}

// conn is a client.
type conn struct {
	t      *testing.T
	socket *websocket.Conn
	next   int
	missed []answer // messages that came before an answer
}

func dial(t *testing.T, l *xrplsim.Ledger) *conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	socket, response, err := websocket.Dial(ctx, l.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	return &conn{t: t, socket: socket}
}

// send sends a request, and returns its id.
func (c *conn) send(request map[string]any) json.Number {
	c.t.Helper()
	c.next++
	request["id"] = c.next
	text, err := json.Marshal(request)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.socket.Write(c.t.Context(), websocket.MessageText, text); err != nil {
		c.t.Fatal(err)
	}
	number, _ := json.Marshal(c.next)
	return json.Number(number)
}

// read returns the next message, and an error if the connection has ended.
func (c *conn) read() (answer, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	_, text, err := c.socket.Read(ctx)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var a answer
	if err := d.Decode(&a); err != nil {
		c.t.Fatalf("%q: %v", text, err)
	}
	return a, nil
}

// ask asks, and awaits the answer.
func (c *conn) ask(request map[string]any) answer {
	c.t.Helper()
	id := c.send(request)
	for {
		a, err := c.read()
		if err != nil {
			c.t.Fatal(err)
		}
		if a["id"] == id {
			return a
		}
		c.missed = append(c.missed, a)
	}
}

// message returns the next message that is no answer.
func (c *conn) message() answer {
	c.t.Helper()
	if len(c.missed) > 0 {
		m := c.missed[0]
		c.missed = c.missed[1:]
		return m
	}
	m, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// submit submits a blob over the connection.
func (c *conn) submit(blob []byte) answer {
	c.t.Helper()
	return c.ask(map[string]any{"command": "submit", "tx_blob": hex.EncodeToString(blob)})
}

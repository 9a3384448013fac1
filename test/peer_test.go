package test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Peer is one JavaScript account of a Peers.
type Peer struct {
	peers *Peers
	name  string
	port  int // where it listens, if it does
}

// dial opens an account that is a client of url. It does not wait for the connection: see connected.
func (p *Peers) dial(t *testing.T, name, url string) *Peer {
	t.Helper()
	return p.open(t, name, map[string]any{"options": map[string]any{"server": url}})
}

// listenAs opens an account that waits for a client with that secret.
func (p *Peers) listenAs(t *testing.T, name, secret string) *Peer {
	t.Helper()
	return p.open(t, name, map[string]any{"secret": secret})
}

func (p *Peers) open(t *testing.T, name string, arguments map[string]any) *Peer {
	t.Helper()
	var opened struct{ Port int }
	p.ask(t, "open", name, arguments, &opened)
	return &Peer{peers: p, name: name, port: opened.Port}
}

// URL is what a connector dials to reach a listening account. The account and the secret are those it will send.
func (p *Peer) URL(account, secret string) string {
	return fmt.Sprintf("btp+ws://%s:%s@127.0.0.1:%d", account, secret, p.port)
}

// fill puts the port of a listening account into the pattern of a URL.
func (p *Peer) fill(pattern string) string {
	return strings.ReplaceAll(pattern, "PORT", strconv.Itoa(p.port))
}

// introduction is what a client said of itself when it connected.
type introduction struct{ Username, Token, Path string }

// connected waits for the other side.
func (p *Peer) connected(t *testing.T) introduction {
	t.Helper()
	var said introduction
	p.peers.ask(t, "connected", p.name, nil, &said)
	return said
}

// ildcp asks the other side for an address.
func (p *Peer) ildcp(t *testing.T) (address, asset string, scale int) {
	t.Helper()
	var info struct {
		ClientAddress, AssetCode string
		AssetScale               int
	}
	p.peers.ask(t, "ildcp", p.name, nil, &info)
	return info.ClientAddress, info.AssetCode, info.AssetScale
}

// script says how these accounts answer requests from now on, and forgets those they have received.
func (p *Peers) script(t *testing.T, names []string, always answer) {
	t.Helper()
	p.ask(t, "script", "", map[string]any{"names": names, "always": always}, nil)
}

// request is a packet that an account has received; the fields after Canonical are empty if it cannot be read.
type request struct {
	Hex         string
	At          time.Time
	Canonical   bool // whether the npm ilp-packet would write it the same
	Amount      string
	Destination string
	ExpiresAt   time.Time
	Condition   string
	Data        string
}

// received tells the requests of each of these accounts since the last script.
func (p *Peers) received(t *testing.T, names []string) [][]request {
	t.Helper()
	var requests [][]request
	p.ask(t, "received", "", map[string]any{"names": names}, &requests)
	return requests
}

// invitation is what the sender of a STREAM payment must know.
type invitation struct {
	DestinationAccount string `json:"destinationAccount"`
	SharedSecret       string `json:"sharedSecret"`
}

// payee makes the account the receiver of STREAM payments.
func (p *Peer) payee(t *testing.T) invitation {
	t.Helper()
	var to invitation
	p.peers.ask(t, "payee", p.name, nil, &to)
	return to
}

// payment is what the sender of a STREAM payment counted: packets of value that were fulfilled, by amount.
type payment struct {
	Sent      string
	Delivered string
	Packets   int
	Amounts   map[string]int
}

// pay makes the account send a STREAM payment of equal packets and waits for its end.
func (p *Peer) pay(t *testing.T, to invitation, packetAmount string, packets int) payment {
	t.Helper()
	amount, err := strconv.ParseInt(packetAmount, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	p.payer(t, to, packetAmount)
	return p.sendUpTo(t, times(amount, int64(packets)))
}

// payer makes the account the sender of a STREAM payment of equal packets.
func (p *Peer) payer(t *testing.T, to invitation, packetAmount string) {
	t.Helper()
	p.peers.ask(t, "payer", p.name, map[string]any{"invitation": to, "packetAmount": packetAmount}, nil)
}

// sendUpTo makes the sender of a payment send until that much was sent in all.
func (p *Peer) sendUpTo(t *testing.T, total string) payment {
	t.Helper()
	said := make(chan verdict, 1)
	p.beginUpTo(t, total, said)
	var done payment
	p.peers.end(t, said, &done)
	return done
}

// beginUpTo begins the same. What comes of it goes to said.
func (p *Peer) beginUpTo(t *testing.T, total string, said chan<- verdict) {
	t.Helper()
	p.peers.begin(t, "pay", p.name, map[string]any{"total": total}, said)
}

// refused waits until a packet of the sender was rejected with a code.
func (p *Peer) refused(t *testing.T, code string) {
	t.Helper()
	p.peers.ask(t, "refused", p.name, map[string]any{"code": code}, nil)
}

// leave closes the connection of a client, and comeBack connects it again.
func (p *Peer) leave(t *testing.T) {
	t.Helper()
	p.peers.ask(t, "leave", p.name, nil, nil)
}

func (p *Peer) comeBack(t *testing.T) {
	t.Helper()
	p.peers.ask(t, "comeBack", p.name, nil, nil)
}

// prepare makes the account send a packet, and returns what came of it.
func (p *Peer) prepare(t *testing.T, destination, amount string) reply {
	t.Helper()
	var got reply
	p.peers.ask(t, "prepare", p.name, map[string]any{"packet": map[string]any{
		"amount": amount, "destination": destination, "expiresAt": time.Now().Add(10 * time.Second).UTC(),
		"condition": conditionOf(preimageOf(p.name + destination + amount)),
	}}, &got)
	return got
}

// receipts is what the receiver of STREAM payments counted.
type receipts struct {
	Received string
	Packets  int
}

func (p *Peer) paid(t *testing.T) receipts {
	t.Helper()
	var total receipts
	p.peers.ask(t, "paid", p.name, nil, &total)
	return total
}

package xrplsim_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// zeroBalance signs a claim, and then puts 0 in the place of its balance.
func zeroBalance(t *testing.T, p *party, tx xrpl.Transaction) []byte {
	t.Helper()
	blob, _ := p.sign(tx)
	field := func(d xrpl.Drops) []byte {
		return append([]byte{0x62}, binary.BigEndian.AppendUint64(nil, 1<<62|uint64(d))...)
	}
	if !bytes.Contains(blob, field(1)) {
		t.Fatal("the blob has no balance of 1")
	}
	return bytes.Replace(blob, field(1), field(0), 1)
}

// pay returns a payment.
func pay(to *party, amount xrpl.Drops) xrpl.Transaction {
	return xrpl.Transaction{Type: xrpl.Payment, Destination: to.id, Amount: &amount}
}

func TestPayments(t *testing.T) {
	l, one, other := two(t)
	nobody := newParty(t, l, "nobody", 0)
	one.must("tecNO_DST_INSUF_XRP", pay(nobody, xrp-1))
	one.must("tecUNFUNDED_PAYMENT", pay(other, 99*xrp))
	one.must("tesSUCCESS", pay(nobody, 2*xrp))
	if a, ok := l.Account(nobody.id); !ok || a.Balance != 2*xrp || a.Sequence != l.Index() {
		t.Errorf("the new account is %+v, and the ledger has index %d", a, l.Index())
	}
}

func TestSequenceNumbers(t *testing.T) {
	l, one, other := two(t)
	first := one.next
	later := pay(other, 3)
	later.Sequence = first + 1
	if got := one.submit(later); got != "terPRE_SEQ" {
		t.Fatalf("a gap: %s", got)
	}
	l.CloseLedger()
	if open, held := l.Waiting(); open != 0 || held != 1 {
		t.Fatalf("%d open, %d held", open, held)
	}
	now := pay(other, 2)
	now.Sequence = first
	blob, _ := one.sign(now)
	if got := l.Submit(blob); got != "tesSUCCESS" {
		t.Fatalf("the missing one: %s", got)
	}
	if got := l.Submit(blob); got != "tefPAST_SEQ" {
		t.Errorf("the same again: %s", got)
	}
	if open, held := l.Waiting(); open != 2 || held != 0 {
		t.Errorf("%d open, %d held: the held one should have followed", open, held)
	}
	l.CloseLedger()
	if l.Balance(other.id) != 100*xrp+5 {
		t.Errorf("the other one has %d", l.Balance(other.id))
	}
	none := newParty(t, l, "nobody", 0)
	if got := none.submit(pay(other, 1)); got != "terNO_ACCOUNT" {
		t.Errorf("an account that is not there: %s", got)
	}
}

func TestLastLedgerSequence(t *testing.T) {
	l, one, other := two(t)
	tx := pay(other, 1)
	tx.LastLedgerSequence = l.Index()
	if got := one.submit(tx); got != "tefMAX_LEDGER" {
		t.Errorf("too late: %s", got)
	}
	// A transaction that is held out of ledgers never applies after its last one.
	l.Hold(func(*xrpl.Transaction) bool { return true })
	tx.LastLedgerSequence = l.Index() + 2
	if got := one.submit(tx); got != "tesSUCCESS" {
		t.Fatalf("in time: %s", got)
	}
	l.CloseLedger()
	if open, _ := l.Waiting(); open != 1 {
		t.Error("it should be in the next open ledger")
	}
	l.CloseLedger()
	l.Hold(nil)
	l.CloseLedger()
	if open, held := l.Waiting(); open+held != 0 || len(l.Transactions()) != 0 {
		t.Errorf("%d open, %d held, %d in ledgers", open, held, len(l.Transactions()))
	}
}

func TestFees(t *testing.T) {
	l, one, other := two(t)
	cheap := pay(other, 1)
	cheap.Fee = 9
	if got := one.submit(cheap); got != "telINSUF_FEE_P" {
		t.Errorf("below the base fee: %s", got)
	}
	l.SetFees(10, 5000)
	tx := pay(other, 1)
	tx.LastLedgerSequence = l.Index() + 2
	if got := one.submit(tx); got != "telCAN_NOT_QUEUE" {
		t.Errorf("too short a life for the queue: %s", got)
	}
	tx.LastLedgerSequence = l.Index() + 10
	if got := one.submit(tx); got != "terQUEUED" {
		t.Fatalf("below the open ledger's fee: %s", got)
	}
	l.CloseLedger()
	if _, held := l.Waiting(); held != 1 {
		t.Error("it does not wait")
	}
	l.SetFees(10, 10)
	l.CloseLedger()
	l.CloseLedger()
	if l.Balance(other.id) != 100*xrp+1 {
		t.Error("it did not apply when the fee fell")
	}
	broke := newParty(t, l, "broke", 5)
	if got := broke.submit(pay(other, 1)); got != "terINSUF_FEE_B" {
		t.Errorf("no money for the fee: %s", got)
	}
}

func TestSignatures(t *testing.T) {
	l, one, other := two(t)
	blob, _ := one.sign(pay(other, 1))
	bad := slices.Clone(blob)
	amount := bytes.Index(bad, []byte{0x61, 0x40}) // the last byte of the amount is signed, too
	bad[amount+8] ^= 2
	if got := l.Submit(bad); got != "invalidTransaction" {
		t.Errorf("a changed amount: %s", got)
	}
	thief := *other
	thief.id = one.id
	tx := pay(newParty(t, l, "third", xrp), 1)
	tx.Sequence = l.Index()
	if got := thief.submit(tx); got != "tefBAD_AUTH" {
		t.Errorf("another key: %s", got)
	}
	l.SetRegularKey(one.id, other.id)
	if got := thief.submit(tx); got != "tesSUCCESS" {
		t.Errorf("the regular key: %s", got)
	}
	one.next = l.Index() + 1
	one.must("tesSUCCESS", xrpl.Transaction{Type: xrpl.AccountSet, SetFlag: xrpl.AccountDisableMaster})
	if got := one.submit(pay(other, 1)); got != "tefMASTER_DISABLED" {
		t.Errorf("the master key that is switched off: %s", got)
	}
}

func TestNetworkIDs(t *testing.T) {
	l, one, other := two(t)
	named := pay(other, 1)
	named.NetworkID = 2000
	if got := one.submit(named); got != "telNETWORK_ID_MAKES_TX_NON_CANONICAL" {
		t.Errorf("named where it must not be: %s", got)
	}
	l.SetNetworkID(3000)
	if got := one.submit(pay(other, 1)); got != "telREQUIRES_NETWORK_ID" {
		t.Errorf("not named: %s", got)
	}
	if got := one.submit(named); got != "telWRONG_NETWORK" {
		t.Errorf("another network: %s", got)
	}
	named.NetworkID = 3000
	one.must("tesSUCCESS", named)
}

// Two accounts submit in one order, and the ledger may have the other one: the result of the
// open ledger is provisional.
func TestResultMayChangeWhenTheLedgerCloses(t *testing.T) {
	changed := false
	for drops := xrpl.Drops(0); drops < 20 && !changed; drops++ {
		func() {
			l := xrplsim.New(xrplsim.Options{})
			defer l.Close()
			owner, to := newParty(t, l, "owner", 100*xrp), newParty(t, l, "destination", 100*xrp)
			id := owner.open(to, 10*xrp, 3600)
			if got := to.submit(owner.claim(id, 5*xrp+drops)); got != "tesSUCCESS" {
				t.Fatal(got)
			}
			if got := owner.submit(owner.claim(id, 6*xrp)); got != "tesSUCCESS" {
				t.Fatal(got)
			}
			l.CloseLedger()
			for _, tx := range l.Transactions() {
				changed = changed || tx.Result == "tecUNFUNDED_PAYMENT"
			}
		}()
	}
	if !changed {
		t.Error("in 20 ledgers the order was always that of the submissions")
	}
}

package xrplsim_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// patched signs a transaction that our codec does not sign: other bytes take the place of some.
func (p *party) patched(tx xrpl.Transaction, was, is []byte) []byte {
	p.t.Helper()
	blob, _ := p.sign(tx)
	signed, err := xrpl.Decode(blob)
	if err != nil || bytes.Count(blob, was) != 1 {
		p.t.Fatalf("%x is in the blob %d times: %v", was, bytes.Count(blob, was), err)
	}
	blob = bytes.Replace(blob, was, is, 1)
	variable := func(header byte, value []byte) []byte { return append([]byte{header, byte(len(value))}, value...) }
	before, after, _ := bytes.Cut(blob, variable(0x74, signed.TxnSignature))
	unsigned := slices.Concat(before, after)
	if signed.Signature != nil {
		unsigned = bytes.Replace(unsigned, variable(0x76, signed.Signature), nil, 1)
	}
	signature, err := p.key.Sign(append([]byte("STX\x00"), unsigned...))
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.Concat(before, variable(0x74, signature), after)
}

// balanceField is a balance as a blob has it.
func balanceField(d xrpl.Drops) []byte {
	return append([]byte{0x62}, binary.BigEndian.AppendUint64(nil, 1<<62|uint64(d))...)
}

// flagsField is the flags as a blob has them.
func flagsField(flags uint32) []byte {
	return append([]byte{0x22}, binary.BigEndian.AppendUint32(nil, flags)...)
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

// Transactions that wait apply in the order of their numbers, whatever the order in which they came.
func TestHeldTransactionsFollow(t *testing.T) {
	l, one, other := two(t)
	var blobs [][]byte
	for range 4 {
		blob, _ := one.sign(pay(other, 1))
		blobs = append(blobs, blob)
	}
	for _, i := range []int{3, 2, 2, 1} {
		if got := l.Submit(blobs[i]); got != "terPRE_SEQ" {
			t.Fatal(got)
		}
	}
	if open, held := l.Waiting(); open != 0 || held != 3 {
		t.Errorf("%d open, %d held", open, held)
	}
	l.Submit(blobs[0])
	if open, held := l.Waiting(); open != 4 || held != 0 {
		t.Errorf("then %d open, %d held", open, held)
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
// open ledger is provisional. Which comes first depends on all transactions.
func TestResultMayChangeWhenTheLedgerCloses(t *testing.T) {
	l, owner, to := two(t)
	const ledgers = 20
	changed := 0
	for i := range xrpl.Drops(ledgers) {
		id := owner.open(to, 2*xrp, 3600)
		if got := to.submit(owner.claim(id, 500_000+i)); got != "tesSUCCESS" {
			t.Fatal(got)
		}
		if got := owner.submit(owner.claim(id, xrp)); got != "tesSUCCESS" {
			t.Fatal(got)
		}
		l.CloseLedger()
		last := l.Transactions()[3*i+1:]
		if last[0].Account == owner.id {
			changed++
		}
		if got := last[1].Result; (got == "tecUNFUNDED_PAYMENT") != (last[0].Account == owner.id) {
			t.Errorf("%v came first, and then the result was %s", last[0].Account, got)
		}
	}
	if changed == 0 || changed == ledgers {
		t.Errorf("in %d of %d ledgers the order was another one than that of the submissions", changed, ledgers)
	}
}

// The first passes over a ledger put off what fails, since another transaction may come first.
func TestPaymentComesBeforeWhatNeedsIt(t *testing.T) {
	l, one, other := two(t)
	for i := range 8 {
		fresh := newParty(t, l, fmt.Sprintf("fresh %d", i), 0)
		if got := one.submit(pay(fresh, 2*xrp)); got != "tesSUCCESS" {
			t.Fatal(got)
		}
		if got := other.submit(other.create(fresh, xrp, 3600)); got != "tesSUCCESS" {
			t.Fatal(got)
		}
		l.CloseLedger()
	}
	for _, tx := range l.Transactions() {
		if tx.Result != "tesSUCCESS" {
			t.Errorf("%v: %s", tx.Type, tx.Result)
		}
	}
}

func TestCloseTimes(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := start(t, xrplsim.Options{Time: begin})
	for _, c := range []struct{ advance, want time.Duration }{
		{4 * time.Second, 1 * time.Second}, // rounds down, and is later than the parent all the same
		{1 * time.Second, 10 * time.Second},
		{0, 11 * time.Second},
		{30 * time.Second, 40 * time.Second},
	} {
		l.Advance(c.advance)
		l.CloseLedger()
		if got := l.CloseTime().Sub(begin); got != c.want {
			t.Errorf("closed at %v, want %v", got, c.want)
		}
	}
}

func TestFailHard(t *testing.T) {
	l, one, other := two(t)
	c := dial(t, l)
	ask := func(tx xrpl.Transaction, want string) {
		t.Helper()
		tx.Sequence = l.Index()
		if want == "terPRE_SEQ" {
			tx.Sequence += 5
		}
		tx.LastLedgerSequence = l.Index() + 20
		blob, _ := one.sign(tx)
		a := c.ask(request{"command": "submit", "tx_blob": xrpl.Bytes(blob), "fail_hard": true})
		a.expect(t, map[string]string{"result.engine_result": fmt.Sprintf("%q", want), "result.applied": "false", "result.kept": "false"})
	}
	ask(pay(other, 99*xrp+1), "tecUNFUNDED_PAYMENT")
	ask(pay(other, 1), "terPRE_SEQ")
	l.SetFees(10, 1000)
	ask(pay(other, 1), "telCAN_NOT_QUEUE")
	if open, held := l.Waiting(); open+held != 0 {
		t.Errorf("%d open, %d held", open, held)
	}
}

func TestMalformedTransactions(t *testing.T) {
	l, one, other := two(t)
	id := one.open(other, xrp, 3600)
	for want, blob := range map[string][]byte{
		"temBAD_AMOUNT":   other.patched(one.claim(id, 7), balanceField(7), balanceField(0)),
		"temMALFORMED":    one.patched(flag(id, xrpl.FlagClose), flagsField(xrpl.FlagClose), flagsField(xrpl.FlagClose|xrpl.FlagRenew)),
		"temINVALID_FLAG": one.patched(flag(id, xrpl.FlagClose), flagsField(xrpl.FlagClose), flagsField(1)),
		"temREDUNDANT":    one.patched(pay(other, 1), other.id[:], one.id[:]),
	} {
		if got := l.Submit(blob); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for number, want := range map[uint32]string{1: "tefNO_TICKET", 1000: "terPRE_TICKET"} {
		tx := pay(other, 1)
		tx.TicketSequence = number
		tx.Account, tx.Fee = one.id, 10
		blob, _, err := tx.Sign(one.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Submit(blob); got != want {
			t.Errorf("ticket %d: %s, want %s", number, got, want)
		}
	}
}

func TestPaymentsThatAreRefused(t *testing.T) {
	l, one, other := two(t)
	other.must("tesSUCCESS", xrpl.Transaction{Type: xrpl.AccountSet, SetFlag: xrpl.AccountRequireDest})
	one.must("tecDST_TAG_NEEDED", pay(other, 1))
	other.must("tesSUCCESS", xrpl.Transaction{Type: xrpl.AccountSet, ClearFlag: xrpl.AccountRequireDest, SetFlag: xrpl.AccountDepositAuth})
	one.must("tecNO_PERMISSION", pay(other, 1))
	one.must("tecNO_ALTERNATIVE_KEY", xrpl.Transaction{Type: xrpl.AccountSet, SetFlag: xrpl.AccountDisableMaster})
	l.CloseLedger()
}

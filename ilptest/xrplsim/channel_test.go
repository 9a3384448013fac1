package xrplsim_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// two starts a ledger with an owner and a destination, who have 100 XRP each.
func two(t *testing.T) (l *xrplsim.Ledger, owner, to *party) {
	t.Helper()
	l = start(t, xrplsim.Options{First: 7})
	return l, newParty(t, l, "owner", 100*xrp), newParty(t, l, "destination", 100*xrp)
}

func TestLifeOfAChannel(t *testing.T) {
	l, owner, to := two(t)
	id := owner.open(to, 10*xrp, 3600)
	if a, _ := l.Account(owner.id); a.Balance != 90*xrp-10 || a.OwnerCount != 1 || a.Sequence != 8 {
		t.Errorf("the owner has %+v", a)
	}
	owner.must("tesSUCCESS", fund(id, 5*xrp))
	to.must("tesSUCCESS", owner.claim(id, 2*xrp))
	if c := channel(t, l, id); c.Amount != 15*xrp || c.Balance != 2*xrp || l.Balance(to.id) != 102*xrp-10 {
		t.Errorf("after a claim the channel is %+v, and the destination has %d", c, l.Balance(to.id))
	}
	last := owner.claim(id, 3*xrp)
	last.Flags = xrpl.FlagClose
	to.must("tesSUCCESS", last)
	if l.Balance(owner.id) != 97*xrp-20 || l.Balance(to.id) != 103*xrp-20 || len(l.Channels(owner.id)) != 0 || l.Burned() != 40 {
		t.Errorf("in the end: owner %d, destination %d, burned %d", l.Balance(owner.id), l.Balance(to.id), l.Burned())
	}
	if a, _ := l.Account(owner.id); a.OwnerCount != 0 {
		t.Errorf("the owner still owns %d", a.OwnerCount)
	}
}

func TestOwnerClosesAfterTheDelay(t *testing.T) {
	l, owner, to := two(t)
	id := owner.open(to, 10*xrp, 3600)
	parent := xrpl.Seconds(l.CloseTime())
	owner.must("tesSUCCESS", flag(id, xrpl.FlagClose))
	if c := channel(t, l, id); c.Expiration != parent+3600 {
		t.Fatalf("it expires at %d, want %d: the parent's close time and the delay", c.Expiration, parent+3600)
	}
	// Asking again does not move it, and an earlier end would.
	l.Advance(20 * time.Minute)
	l.CloseLedger()
	owner.must("tesSUCCESS", flag(id, xrpl.FlagClose))
	if c := channel(t, l, id); c.Expiration != parent+3600 {
		t.Errorf("a second request moved the end to %d", c.Expiration)
	}
	// Until then claims are good.
	to.must("tesSUCCESS", owner.claim(id, xrp))
	// The first ledger that closes after the end has a parent that closed before it.
	l.Advance(41 * time.Minute)
	to.must("tesSUCCESS", owner.claim(id, 2*xrp))
	if c := channel(t, l, id); c.Balance != 2*xrp || xrpl.Seconds(l.CloseTime()) < c.Expiration {
		t.Fatalf("the claim in a ledger with an older parent: %+v at %d", c, xrpl.Seconds(l.CloseTime()))
	}
	// Then any transaction that touches the channel removes it, and does nothing else.
	before := l.Balance(to.id)
	to.must("tesSUCCESS", owner.claim(id, 3*xrp))
	if _, ok := l.Channel(id); ok || l.Balance(to.id) != before-10 || l.Balance(owner.id) != 98*xrp-30 {
		t.Errorf("the claim on the expired channel: %t, destination %d, owner %d", ok, l.Balance(to.id), l.Balance(owner.id))
	}
}

func TestFundOfAnExpiredChannelRemovesIt(t *testing.T) {
	l, owner, to := two(t)
	third := newParty(t, l, "third", 100*xrp)
	id := owner.open(to, 10*xrp, 100)
	owner.must("tesSUCCESS", flag(id, xrpl.FlagClose))
	l.Advance(110 * time.Second)
	l.CloseLedger()
	third.must("tesSUCCESS", fund(id, xrp)) // anybody can
	if _, ok := l.Channel(id); ok || l.Balance(third.id) != 100*xrp-10 || l.Balance(owner.id) != 100*xrp-20 {
		t.Errorf("still there: %t; third %d, owner %d", ok, l.Balance(third.id), l.Balance(owner.id))
	}
}

func TestRenewAndCancelAfter(t *testing.T) {
	l, owner, to := two(t)
	end := xrpl.Seconds(l.CloseTime()) + 500
	tx := owner.create(to, 10*xrp, 100)
	tx.CancelAfter = &end
	id := xrpl.ChannelID(owner.id, to.id, owner.next)
	owner.must("tesSUCCESS", tx)
	owner.must("tesSUCCESS", flag(id, xrpl.FlagClose))
	to.must("tecNO_PERMISSION", flag(id, xrpl.FlagRenew))
	owner.must("tesSUCCESS", flag(id, xrpl.FlagRenew))
	if c := channel(t, l, id); c.Expiration != 0 || c.CancelAfter != end {
		t.Errorf("after the renewal: %+v", c)
	}
	l.Advance(510 * time.Second)
	l.CloseLedger()
	to.must("tesSUCCESS", owner.claim(id, xrp))
	if _, ok := l.Channel(id); ok || l.Balance(to.id) != 100*xrp-20 {
		t.Errorf("after CancelAfter: %t, destination %d", ok, l.Balance(to.id))
	}
	past := xrpl.Seconds(l.CloseTime()) - 1
	tx = owner.create(to, xrp, 100)
	tx.CancelAfter = &past
	owner.must("tecEXPIRED", tx)
}

func TestOwnerClosesADryChannelAtOnce(t *testing.T) {
	l, owner, to := two(t)
	id := owner.open(to, 10*xrp, 3600)
	to.must("tesSUCCESS", owner.claim(id, 10*xrp))
	owner.must("tesSUCCESS", flag(id, xrpl.FlagClose))
	if _, ok := l.Channel(id); ok {
		t.Error("all is paid out, and it is still there")
	}
}

func TestFundExtendsAnEnd(t *testing.T) {
	l, owner, to := two(t)
	id := owner.open(to, 10*xrp, 1000)
	soon := xrpl.Seconds(l.CloseTime()) + 999
	tx := fund(id, xrp)
	tx.Expiration = &soon
	if got := owner.submit(tx); got != "temBAD_EXPIRATION" {
		t.Errorf("sooner than the delay: %s", got)
	}
	late := soon + 1
	tx.Expiration = &late
	owner.must("tesSUCCESS", tx)
	if c := channel(t, l, id); c.Expiration != late || c.Amount != 11*xrp {
		t.Errorf("%+v", c)
	}
	// An end that is set may stay, although it is sooner than the delay from now.
	l.Advance(500 * time.Second)
	l.CloseLedger()
	tx.Expiration = &soon
	if got := owner.submit(tx); got != "temBAD_EXPIRATION" {
		t.Errorf("sooner than the end: %s", got)
	}
	tx.Expiration = &late
	owner.must("tesSUCCESS", tx)
}

// Every result of a claim, and whether it costs the fee.
func TestResultsOfClaims(t *testing.T) {
	l, owner, to := two(t)
	third := newParty(t, l, "third", 100*xrp)
	id := owner.open(to, 10*xrp, 3600)
	other := xrpl.ChannelID(owner.id, to.id, 12345)
	to.must("tesSUCCESS", owner.claim(id, xrp))

	forged := owner.claim(id, 5*xrp)
	six := 6 * xrp
	forged.Balance = &six
	foreign := third.claim(id, 5*xrp)
	unsigned := flag(id, 0)
	unsigned.Balance = &six
	signedMore := owner.claim(id, 6*xrp)
	five := 5 * xrp
	signedMore.Amount, signedMore.Balance = &six, &five
	moreThanSigned := owner.claim(id, 5*xrp)
	moreThanSigned.Amount, moreThanSigned.Balance = &five, &six

	for _, c := range []struct {
		name string
		by   *party
		tx   xrpl.Transaction
		want string
		cost int64
	}{
		{"the signature of another balance", to, forged, "temBAD_SIGNATURE", 0},
		{"the key of somebody else", to, foreign, "temBAD_SIGNER", 0},
		{"the destination without a signature", to, unsigned, "temBAD_SIGNATURE", 0},
		{"more than is signed", to, moreThanSigned, "temBAD_AMOUNT", 0},
		{"more than there is", to, owner.claim(id, 11*xrp), "tecUNFUNDED_PAYMENT", 10},
		{"what is paid already", to, owner.claim(id, xrp), "tecUNFUNDED_PAYMENT", 10},
		{"no channel", to, owner.claim(other, xrp), "tecNO_TARGET", 10},
		{"a third party", third, owner.claim(id, 2*xrp), "tecNO_PERMISSION", 10},
		{"a third party closes", third, flag(id, xrpl.FlagClose), "tecNO_PERMISSION", 10},
		{"the third party renews", third, flag(id, xrpl.FlagRenew), "tecNO_PERMISSION", 10},
		{"less than is signed", to, signedMore, "tesSUCCESS", 10 - 4_000_000},
		{"the owner without a signature", owner, unsigned, "tesSUCCESS", 10},
	} {
		before := l.Balance(c.by.id)
		c.by.must(c.want, c.tx)
		if paid := int64(before) - int64(l.Balance(c.by.id)); paid != c.cost {
			t.Errorf("%s: cost %d, want %d", c.name, paid, c.cost)
		}
	}
	if c := channel(t, l, id); c.Balance != 6*xrp {
		t.Errorf("in the end %d are paid out", c.Balance)
	}
	owner.must("tecNO_ENTRY", fund(other, xrp))
	to.must("tecNO_PERMISSION", fund(id, xrp))
}

func TestReservesAndRefusalsOfChannels(t *testing.T) {
	l, owner, to := two(t)
	nobody := newParty(t, l, "nobody", 0)
	poor := newParty(t, l, "poor", xrp+xrp/10)
	owner.must("tecNO_DST", owner.create(nobody, xrp, 3600))
	poor.must("tecINSUFFICIENT_RESERVE", poor.create(to, 1, 3600))
	owner.must("tecUNFUNDED", owner.create(to, 99*xrp, 3600))
	id := owner.open(to, 90*xrp, 3600)
	owner.must("tecUNFUNDED", fund(id, 9*xrp))
	l.SetReserves(20*xrp, 0)
	owner.must("tecINSUFFICIENT_RESERVE", fund(id, 1))
	l.SetReserves(1, 1)
	dear := poor.create(to, l.Balance(poor.id)-2, 3600)
	dear.Fee = 1000 // more than the reserve, and then there is too little
	poor.must("tecINVARIANT_FAILED", dear)
	l.SetReserves(xrp, 0)

	to.must("tesSUCCESS", xrpl.Transaction{Type: xrpl.AccountSet, SetFlag: xrpl.AccountRequireDest})
	owner.must("tecDST_TAG_NEEDED", owner.create(to, xrp, 3600))
	to.must("tesSUCCESS", xrpl.Transaction{Type: xrpl.AccountSet, ClearFlag: xrpl.AccountRequireDest, SetFlag: xrpl.AccountDisallowIncomingPayChan})
	owner.must("tecNO_PERMISSION", owner.create(to, xrp, 3600))

	// DepositAuth hinders the owner, and not the destination.
	to.must("tesSUCCESS", xrpl.Transaction{Type: xrpl.AccountSet, SetFlag: xrpl.AccountDepositAuth})
	owner.must("tecNO_PERMISSION", owner.claim(id, xrp))
	to.must("tesSUCCESS", owner.claim(id, xrp))
}

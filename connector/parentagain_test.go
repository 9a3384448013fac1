package connector_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// again removes the parent and adds it with an asset, and with more settings.
func (f *family) again(t *testing.T, code string, scale string, more string) {
	t.Helper()
	if err := f.RemoveAccount("up"); err != nil {
		t.Fatal(err)
	}
	f.add(t, code, scale, more)
}

// add adds the parent.
func (f *family) add(t *testing.T, code string, scale string, more string) {
	t.Helper()
	f.addAs(t, "up", code, scale, more)
}

// addAs adds a parent with an id.
func (f *family) addAs(t *testing.T, id string, code string, scale string, more string) {
	t.Helper()
	f.up = newParentLink()
	a, _, err := config.ParseAccount(id, []byte(`{"relation":"parent","plugin":"test","assetCode":"`+code+`","assetScale":`+scale+more+`}`), config.Known{})
	if err = errors.Join(err, f.AddAccount(a)); err != nil {
		t.Fatal(err)
	}
}

// refuse refuses a request of ILDCP, and returns once the refusal has been taken.
func (f *family) refuse(t *testing.T) {
	t.Helper()
	(<-f.up.asked).WriteReply(ilptest.Reject(ilp.T00, "not now"))
	f.up.asked <- <-f.up.asked
}

// mismatched is a family whose parent has said another asset than before.
func mismatched(t *testing.T) *family {
	t.Helper()
	f := newFamily(t, "")
	f.begin(t)
	f.up.disconnect()
	f.up.connect()
	f.up.answer(t, "test.up.us", "USD", 9)
	f.wantMismatch(t)
	f.wantPassed(t, false)
	return f
}

func TestParentThatIsAddedAgainIsAsked(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.again(t, "EUR", "2", "")
	f.fromUp = <-f.up.handler
	f.wantPassed(t, false)
	f.up.answer(t, "test.up.us", "EUR", 6)
	awaitAlerts(t, f.Connector, 1)
	f.wantPassed(t, false)
	f.up.answer(t, "test.up.us", "EUR", 2)
	f.awaitPassing(t)
}

// The last answer counts: it did not agree with the account as it is now.
func TestRefusalDoesNotOpenAnAccountThatIsAddedAgainWithAnotherAsset(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.again(t, "EUR", "2", "")
	f.fromUp = <-f.up.handler
	f.refuse(t)
	f.wantPassed(t, false)
	awaitAlerts(t, f.Connector, 1)
	if a := f.Alerts().All()[0]; !strings.HasPrefix(a.Message, `the parent says that this account is in "EUR" with scale 6, and our configuration says "EUR" with scale 2: `) {
		t.Errorf("%+v", a)
	}
	f.again(t, "EUR", "6", "")
	f.fromUp = <-f.up.handler
	f.refuse(t)
	f.awaitPassing(t)
	awaitAlerts(t, f.Connector, 0)
}

func TestMismatchOutlivesTheRemovalOfTheAccount(t *testing.T) {
	f := mismatched(t)
	f.again(t, "EUR", "6", "")
	f.fromUp = <-f.up.handler
	f.refuse(t)
	f.wantPassed(t, false)
	f.wantMismatch(t)
	f.again(t, "USD", "9", "") // as the alert says
	f.fromUp = <-f.up.handler
	f.refuse(t)
	awaitAlerts(t, f.Connector, 0)
	if reasons := connector.Unready(f.Connector); len(reasons) > 0 {
		t.Errorf("%q", reasons)
	}
}

// A parent that is silent says no more than one that refuses.
func TestSilenceDoesNotOpenAnAccountThatIsAddedAgainWithAnotherAsset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFamily(t, "")
		f.begin(t)
		f.again(t, "EUR", "2", "")
		f.fromUp = <-f.up.handler
		time.Sleep(15 * time.Second)
		f.wantPassed(t, false)
		awaitAlerts(t, f.Connector, 1)
	})
}

// An answer counts for the counterparty that gave it.
func TestAnswerOfAnotherParentDoesNotOpenAnAccountThatIsAddedAgain(t *testing.T) {
	f := newFamily(t, "")
	f.begin(t)
	f.again(t, "EUR", "6", `,"options":{"server":"another"}`)
	f.fromUp = <-f.up.handler
	f.refuse(t)
	f.wantPassed(t, false)
	awaitAlerts(t, f.Connector, 1)
	const unknown = "the parent does not say in which asset and scale it keeps this account, which takes no packets until it does; " +
		"ask its operator, or set assetMismatch to allow"
	if a := f.Alerts().All()[0]; a.AccountID != "up" || a.Message != unknown {
		t.Errorf("%+v", a)
	}
	if reasons := connector.Unready(f.Connector); len(reasons) != 1 || reasons[0] != "account up: "+unknown {
		t.Errorf("%q", reasons)
	}
	f.up.answer(t, "test.up.us", "EUR", 6)
	f.awaitPassing(t)
	awaitAlerts(t, f.Connector, 0)
	f.again(t, "EUR", "2", `,"assetMismatch":"allow"`)
	f.fromUp = <-f.up.handler
	f.refuse(t)
	f.awaitPassing(t)
}

// At the start the parent says another asset. The operator mends the account over the admin
// API, as the alert says.
func TestStartGoesOnWithTheParentThatIsAddedAgain(t *testing.T) {
	f := newFamily(t, "")
	f.up.answer(t, "test.up.us", "USD", 9)
	f.wantMismatch(t)
	f.again(t, "EUR", "6", "")
	f.fromUp = awaitHandler(t, f.up)
	f.refuse(t)
	f.wantMismatch(t) // and is still the last answer
	f.again(t, "USD", "9", "")
	f.fromUp = awaitHandler(t, f.up)
	f.up.answer(t, "test.up.us", "USD", 9)
	awaitReady(t, f)
	awaitAlerts(t, f.Connector, 0)
	if own := f.Address(); own != "test.up.us" {
		t.Errorf("our address is %q", own)
	}
}

func TestStartWaitsForAParentThatIsRemovedAndSaysSo(t *testing.T) {
	f := newFamily(t, "")
	<-f.up.asked
	if err := f.RemoveAccount("up"); err != nil {
		t.Fatal(err)
	}
	reasons := connector.Unready(f.Connector)
	const missing = "our ILP address is not known yet: account up, which is to tell it, was removed; add it or another parent"
	if len(reasons) == 0 || reasons[0] != missing {
		t.Errorf("%q", reasons)
	}
	f.add(t, "EUR", "6", "")
	f.fromUp = awaitHandler(t, f.up)
	f.begin(t)
}

func TestStartGoesOnWithAnotherParentThatIsAdded(t *testing.T) {
	f := newFamily(t, "")
	if err := f.RemoveAccount("up"); err != nil {
		t.Fatal(err)
	}
	f.addAs(t, "top", "EUR", "6", "")
	top := f.up
	f.addAs(t, "spare", "EUR", "6", "")
	f.fromUp = awaitHandler(t, top)
	if reasons := connector.Unready(f.Connector); len(reasons) == 0 || reasons[0] != "our ILP address is not known yet: account top has not told it; it is configuring" {
		t.Errorf("%q", reasons)
	}
	top.answer(t, "test.top.us", "EUR", 6)
	awaitReady(t, f)
	if own, n := f.Address(), len(f.up.asked); own != "test.top.us" || n > 0 {
		t.Errorf("our address is %q, and the other parent was asked %d times", own, n)
	}
}

// awaitHandler waits until a link runs.
func awaitHandler(t *testing.T, l *parentLink) ilp.Handler {
	t.Helper()
	select {
	case h := <-l.handler:
		return h
	case <-time.After(time.Minute):
		t.Fatal("the link does not run after a minute")
		return nil
	}
}

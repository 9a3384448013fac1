package xrp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// Each weakness of the npm plugin is a test here, with its number in its name, unless the name of another
// one says so: 1 is TestPaymentAboveTheChannelIsFunded, 3 TestSettlementsAreExactWhateverHappens, 4
// TestChannelIsOpenedOnceThoughWeDie.

// tell sends a message to a side, as its peer.
func (s *side) tell(m settle.Message) (string, error) {
	got := make(chan string, 1)
	failed := make(chan error, 1)
	s.now().HandleMessage(m, func(entries []settle.MessageEntry, err error) {
		text := ""
		for _, e := range entries {
			text += string(e.Data)
		}
		got <- text
		failed <- err
	})
	return <-got, <-failed
}

// claimMessage is a Transfer with a claim.
func claimMessage(amount, signature string) settle.Message {
	text, _ := json.Marshal(claim{amount, signature})
	return settle.Message{Transfer: true, Amount: 1, Entries: []settle.MessageEntry{{Name: entryClaim, Type: settle.JSON, Data: text}}}
}

func nameChannel(id string) settle.Message {
	return settle.Message{Entries: []settle.MessageEntry{{Name: entryChannel, Type: settle.Text, Data: []byte(id)}}}
}

// signed is a claim of a side on a channel.
func (s *side) signed(channel xrpl.Hash, units uint64) settle.Message {
	drops := xrpl.Drops((units + 999) / 1000)
	message := xrpl.ClaimMessage(channel, drops)
	signature, err := s.now().ChannelKey(s.other.address()).Sign(message[:])
	if err != nil {
		s.t.Fatal(err)
	}
	return claimMessage(fmt.Sprint(units), fmt.Sprintf("%x", signature))
}

// channel is the channel of a side on the ledger, as it is now.
func (s *side) channel() Channel {
	s.t.Helper()
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	for _, c := range s.world.channels {
		if c.Owner == s.address() && c.ID != (xrpl.Hash{2}) {
			return *c
		}
	}
	s.t.Fatalf("%s has no channel", s.name)
	return Channel{}
}

func TestTransferThatIsNotAnsweredIsSentAgain2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("before", 1)
		a.failing(func() (error, bool) { return settle.ErrNoAnswer, false })
		err := a.now().Pay(t.Context(), settle.Payment{ID: "lost", Amount: balance.FromUint64(5), Scale: 9})
		if err == nil || errors.Is(err, settle.ErrNotSent) || errors.Is(err, settle.ErrVoid) {
			t.Errorf("the outcome is %v, and should be unknown", err)
		}
		b.wants(1)
		a.failing(func() (error, bool) { return settle.ErrNoAnswer, true }) // it gets there, and the answer is lost
		if err := a.now().Pay(t.Context(), settle.Payment{ID: "lost", Amount: balance.FromUint64(5), Scale: 9}); err == nil {
			t.Error("without an answer it counts as paid")
		}
		b.wants(6)
		a.failing(nil)
		a.pay("lost", 5)
		b.wants(6)
	})
}

func TestLedgerIsAwayAtTheStart5(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := newPair(t)
		w.failing(func(string) (error, bool) { return ErrNotAsked, false })
		a.start()
		b.start()
		defer a.end()
		defer b.end()
		time.Sleep(time.Hour)
		w.failing(nil)
		a.pay("late", 7)
		b.wants(7)
	})
}

func TestAccountWithoutReserveSaysWhatIsMissing5(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := newPair(t)
		w.accounts[a.address()].Balance = testBase + 500
		a.start()
		b.start()
		defer a.end()
		defer b.end()
		time.Sleep(time.Minute)
		// the reserve of a channel, its 1000 drops and the fee, less the 500
		if got := a.alert(kindReserve); !strings.Contains(got, "200512 are missing") {
			t.Errorf("alert: %q", got)
		}
		b.pay("meanwhile", 3)
		a.wants(3)
		w.mu.Lock()
		w.accounts[a.address()].Balance += 10_000_000
		w.mu.Unlock()
		a.pay("then", 7)
		b.wants(7)
		time.Sleep(time.Minute)
		if got := a.alert(kindReserve); got != "" {
			t.Errorf("alert: %q", got)
		}
	})
}

func TestChannelThatIsGoneIsOpenedAgain5(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 1_000)
		a.end()
		gone := a.channel()
		w.mu.Lock()
		w.remove(&gone)
		w.mu.Unlock()
		a.start()
		a.pay("two", 2_000)
		b.wants(3_000)
		if now := a.channel(); now.ID == gone.ID {
			t.Error("it is the same channel")
		}
		if err := a.now().Pay(t.Context(), settle.Payment{ID: "one", Amount: balance.FromUint64(1000), Scale: 9}); !errors.Is(err, errFormer) || !errors.Is(err, settle.ErrAskOperator) {
			t.Errorf("a payment over the former channel: %v", err)
		}
	})
}

func TestBadChannelOfThePeerDisturbsNothing6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 1_000)
		for _, id := range []string{"x", strings.Repeat("0", 64), b.channel().ID.String()} {
			if text, err := b.tell(nameChannel(id)); err == nil {
				t.Errorf("channel %s is answered %q", id, text)
			}
		}
		a.pay("two", 2_000)
		b.wants(3_000)
	})
}

func TestChannelOfAnotherOwnerIsRefused7(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 1_000)
		other := w.enter(t, 9)
		key := xrpl.Ed25519Key([32]byte{77}).Public()
		id := xrpl.Hash{1}
		w.mu.Lock()
		w.channels[id] = &Channel{ID: id, Owner: other.Public().Account(), Destination: b.address(), Amount: 1000, Key: key, SettleDelay: testDelay}
		w.mu.Unlock()
		if _, err := b.tell(nameChannel(id.String())); err == nil || !strings.Contains(err.Error(), "is not that of the peer's address") {
			t.Errorf("%v", err)
		}
	})
}

func TestChannelBelongsToOneAccount7(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 1_000)
		owners := b.now().Owners
		if err := owners.Take(a.channel().ID, "another"); err == nil {
			t.Error("another account has it too")
		}
		again, err := NewOwners(store.Namespace(b.disk, "owners"))
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Take(a.channel().ID, "another"); err == nil {
			t.Error("another account has it after a restart")
		}
		if err := again.Take(a.channel().ID, "peer"); err != nil {
			t.Error(err)
		}
	})
}

func TestChannelThatComesBackIsNotCreditedAgain8(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		first := a.channel().ID
		best := a.signed(first, 50_000)
		w.mu.Lock()
		second := *w.channels[first]
		second.ID = xrpl.Hash{2}
		w.channels[second.ID] = &second
		w.mu.Unlock()
		w.failing(func(request string) (error, bool) { // the old claim cannot be taken to the ledger
			if request == "submit" {
				return errNet, false
			}
			return nil, false
		})
		for _, id := range []xrpl.Hash{second.ID, first} {
			if _, err := b.tell(nameChannel(id.String())); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.tell(best); err == nil || !strings.Contains(err.Error(), "new claim is less than old claim. new=50000 old=50000") {
			t.Errorf("%v", err)
		}
		b.wants(50_000)
		w.failing(nil)
	})
}

func TestClaimsOnAFormerChannelAreTakenToTheLedger8(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		first := a.channel()
		w.mu.Lock()
		second := first
		second.ID = xrpl.Hash{2}
		w.channels[second.ID] = &second
		w.mu.Unlock()
		if _, err := b.tell(nameChannel(second.ID.String())); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if now := a.channel(); now.Paid != 50 {
			t.Errorf("%d drops were taken", now.Paid)
		}
	})
}

func TestNumbersOfClaimsAreStrict9(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 1_000)
		signature := strings.Repeat("00", 64)
		for _, amount := range []string{"3000.5", "3e3", " 3000", "0x10", "", "-1", "+5", "03000", "3000 ", "NaN", "Infinity", strings.Repeat("9", 60)} {
			if _, err := b.tell(claimMessage(amount, signature)); err == nil {
				t.Errorf("%q is taken", amount)
			}
		}
		for _, text := range []string{"{", `[]`, `{"amount":5}`, `null`, ``} {
			m := settle.Message{Transfer: true, Entries: []settle.MessageEntry{{Name: entryClaim, Type: settle.JSON, Data: []byte(text)}}}
			if _, err := b.tell(m); err == nil {
				t.Errorf("%q is taken", text)
			}
		}
		b.wants(1_000)
	})
}

func TestNothingNewIsNotClaimedAtTheEnd10(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 70_000)
		time.Sleep(time.Minute) // b has opened its channel
		b.end()
		before := w.balance(b.address())
		if a.channel().Paid != 70 {
			t.Errorf("%d drops were taken", a.channel().Paid)
		}
		for range 3 {
			b.start()
			time.Sleep(time.Minute)
			b.end()
		}
		if after := w.balance(b.address()); after != before {
			t.Errorf("%d drops were spent on nothing", before-after)
		}
	})
}

func TestClaimThatFailedIsTriedAgain11(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 9_000_000)
		w.failing(func(request string) (error, bool) {
			if request == "submit" {
				return errNet, false
			}
			return nil, false
		})
		time.Sleep(3 * time.Minute)
		if a.channel().Paid != 0 {
			t.Fatal("it was claimed")
		}
		w.failing(nil)
		time.Sleep(3 * time.Minute)
		if a.channel().Paid != 9_000 {
			t.Errorf("%d drops were taken", a.channel().Paid)
		}
		b.wants(9_000_000)
	})
}

func TestChannelThatClosesIsClaimedFirst12(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		c := a.channel()
		if _, err := a.now().Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if now := a.channel(); now.Paid != 50 {
			t.Errorf("%d drops were taken", now.Paid)
		}
		if b.alert(kindClosing) == "" {
			t.Error("nobody is told")
		}
		if _, err := b.tell(a.signed(c.ID, 60_000)); err == nil || !strings.Contains(err.Error(), "is closing") {
			t.Errorf("a claim on it: %v", err)
		}
		w.mu.Lock()
		w.remove(w.channels[c.ID])
		w.mu.Unlock()
		time.Sleep(time.Minute)
		if _, err := b.tell(a.signed(c.ID, 60_000)); err == nil {
			t.Error("a claim on a channel that is gone is taken")
		}
		b.wants(50_000)
	})
}

func TestFundedChannelIsReadAgain15(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 1_000)
		c := a.channel()
		if _, err := b.tell(a.signed(c.ID, 1_500_000)); err == nil || err.Error() !=
			"got claim for amount higher than channel balance. amount: 1500 incoming channel amount: 1000" {
			t.Errorf("%v", err)
		}
		w.mu.Lock()
		w.channels[c.ID].Amount = 2_000
		w.mu.Unlock()
		if _, err := b.tell(a.signed(c.ID, 1_500_000)); err != nil {
			t.Error(err)
		}
		b.wants(1_500_000)
	})
}

func TestFeeIsBounded16(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := newPair(t)
		a.most = testFee - 1
		for _, s := range []*side{a, b} {
			s.start()
			defer s.end()
		}
		time.Sleep(time.Minute)
		if got := a.alert(kindLedger); !strings.Contains(got, "12 drops, and the most is 11") {
			t.Errorf("alert: %q", got)
		}
	})
}

func TestClaimsBeginAtWhatTheLedgerHasPaid17(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 70_000)
		b.end() // which claims
		b.disk = forgetful(b)
		b.start()
		a.pay("two", 5_000)
		b.wants(5_000) // of books that are new too
		a.end()
		a.disk = forgetful(a)
		a.start() // and finds its channel again, with the claim that b shows
		a.pay("three", 5_000)
		b.wants(10_000)
	})
}

// An old claim, a lower one, a forged one, one of another channel.
func TestWorthlessClaimsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 50_000)
		b.pay("back", 10_000)
		ours := a.channel().ID
		for name, c := range map[string]struct {
			m    settle.Message
			want string
		}{
			"replayed":           {a.signed(ours, 50_000), "new claim is less than old claim. new=50000 old=50000"},
			"lower":              {a.signed(ours, 49_999), "new claim is less than old claim. new=49999 old=50000"},
			"of another channel": {a.signed(b.channel().ID, 60_000), "got invalid claim signature"},
			"forged":             {claimMessage("60000", strings.Repeat("ab", 64)), "got invalid claim signature"},
			"by another key":     {b.signed(ours, 60_000), "got invalid claim signature"},
			"zero":               {claimMessage("0", strings.Repeat("ab", 64)), "new claim is less than old claim. new=0 old=50000"},
			"no signature":       {claimMessage("60000", ""), "the signature of the claim is not"},
			"a long signature":   {claimMessage("60000", strings.Repeat("ab", 73)), "the signature of the claim is not"},
			"no hex":             {claimMessage("60000", "xyz"), "the signature of the claim is not"},
			"all XRP":            {a.signed(ours, 1<<62), "got claim for amount higher"},
			"more than all XRP":  {claimMessage("100000000000000001000", strings.Repeat("ab", 64)), "10^17 drops"},
			"no claim":           {settle.Message{Transfer: true}, "the transfer has no claim"},
		} {
			if _, err := b.tell(c.m); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.wants(50_000)
		if _, err := b.tell(a.signed(ours, 50_001)); err != nil { // and a good one is taken all the same
			t.Error(err)
		}
		b.wants(50_001)
	})
}

func TestManyClaimsAreCreditedByTheBest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 1_000)
		ours := a.channel().ID
		var answers []chan error
		for i := range uint64(200) {
			answer := make(chan error, 1)
			b.now().HandleMessage(a.signed(ours, 1_000+i*10), func(_ []settle.MessageEntry, err error) { answer <- err })
			answers = append(answers, answer)
		}
		refused := 0
		for _, answer := range answers {
			if err := <-answer; err != nil {
				refused++
			}
		}
		b.wants(2_990)
		t.Logf("%d were refused because a better one had come first", refused)
	})
}

func TestMessagesAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 1_000)
		entry := func(name string, typ settle.EntryType, data string) settle.Message {
			return settle.Message{Entries: []settle.MessageEntry{{Name: name, Type: typ, Data: []byte(data)}}}
		}
		for _, c := range []struct {
			m    settle.Message
			want string
			fail string
		}{
			{entry("xrp_address", settle.Text, a.address().String()), b.address().String(), ""},
			{entry("xrp_address", settle.Text, "nonsense"), b.address().String(), ""},
			{entry("info", settle.Octets, "\x02"), `{"currencyScale":9}`, ""},
			{nameChannel(a.channel().ID.String()), b.channel().ID.String(), ""},
			{nameChannel(""), "", "no ilp protocol on request"},
			{entry("unknown", settle.Octets, "x"), "", "no ilp protocol on request"},
			{settle.Message{}, "", "no ilp protocol on request"},
			{entry("xrp_claim", settle.Text, "x"), "", "hash"},
		} {
			got, err := b.tell(c.m)
			if got != c.want || (err == nil) != (c.fail == "") || err != nil && !strings.Contains(err.Error(), c.fail) {
				t.Errorf("%+v: %q, %v; want %q, %q", c.m, got, err, c.want, c.fail)
			}
		}
	})
}

// Whoever swaps the binary goes on with the channels that are open, with what the npm plugin has kept.
func TestChannelsOfTheNpmPluginGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.old, b.old = true, true
		a.pay("one", 70_001)
		b.pay("back", 300_000)
		kept := a.now().kept
		in := kept.in[kept.current]
		a.kill()
		a.disk = forgetful(a)
		text := func(v any) []byte {
			claim, _ := json.Marshal(v)
			quoted, _ := json.Marshal(string(claim))
			return quoted
		}
		if err := a.disk.Apply(store.Batch{
			{Key: "part/" + npmOutChannel, Value: fmt.Appendf(nil, "%q", kept.out.Channel)},
			{Key: "part/" + npmOutClaim, Value: text(claim{kept.out.Total.String(), strings.ToLower(kept.out.Signature.String())})},
			{Key: "part/" + npmInChannel, Value: fmt.Appendf(nil, "%q", kept.current)},
			{Key: "part/" + npmInClaim, Value: text(claim{in.Total.String(), in.Signature.String()})},
		}); err != nil {
			t.Fatal(err)
		}
		a.start()
		time.Sleep(time.Minute)
		a.pay("two", 5)
		b.pay("back again", 7)
		b.wants(70_006)
		a.wants(7) // the books of the reference are gone
		for _, s := range []*side{a, b} {
			if channels, _ := w.Channels(t.Context(), s.address(), s.other.address()); len(channels) != 1 {
				t.Errorf("%s has %d channels", s.name, len(channels))
			}
		}
		a.end() // and the claim of before is as good as any
		if got := b.channel().Paid; got != 301 {
			t.Errorf("%d drops were taken", got)
		}
	})
}

func TestWhatTheNpmPluginHasKeptIsChecked(t *testing.T) {
	for key, value := range map[string]string{
		npmOutChannel: `"xyz"`, npmInChannel: `5`, keyOut: `{`, keyPeer: `"r"`, keyIn + "x": `[]`, keyFunding: `{}`,
	} {
		disk := forgetful(nil)
		if err := disk.Apply(store.Batch{{Key: key, Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := load(disk, 9); err == nil {
			t.Errorf("%s: %s is taken", key, value)
		}
	}
}

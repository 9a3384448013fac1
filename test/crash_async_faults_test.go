package test

import (
	"bytes"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	changes "github.com/ilp-go/connector/audit"   // audit is a type of this package
	interledger "github.com/ilp-go/connector/ilp" // ilp is a word of this package
	"github.com/ilp-go/connector/uuid"
)

// holdAnswers holds each answer before it reaches near, until the returned function is called.
func (w *asyncWorld) holdAnswers() (goOn func()) {
	on := make(chan struct{})
	w.onMessage(func(m asyncMessage) asyncFault {
		if m.step == answerComes {
			select {
			case <-on:
			case <-w.t.Context().Done():
			}
		}
		return noFault
	})
	return sync.OnceFunc(func() { close(on) })
}

// mustGet fails the test if not all packets of the round were answered so.
func (w *asyncWorld) mustGet(answers ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, p := range w.packets {
		if !strings.Contains(strings.Join(answers, " "), p.answer) {
			w.t.Errorf("packet %d got %s, not %s", i, p.answer, answers)
		}
	}
}

// awaitAlert waits until far has an alert about near that says a text.
func (w *asyncWorld) awaitAlert(text string) {
	w.t.Helper()
	poll(w.t, "an alert with "+text, w.far.exited, func() bool {
		return strings.Contains(strings.Join(w.far.Admin.alerts(w.t, "near"), "\n"), text)
	})
}

// takenBack returns what the audit log of far says was taken back of near, and in how many entries.
func (w *asyncWorld) takenBack() (sum *big.Int, count int) {
	w.t.Helper()
	var log struct {
		Entries []struct {
			What, Outcome string
			Details       map[string]string
		}
	}
	w.far.Admin.get(w.t, "/audit?limit=1000&account=near", &log)
	sum = new(big.Int)
	for _, e := range log.Entries {
		if e.What == string(changes.TakeBackFulfill) && e.Outcome == string(changes.Done) {
			sum.Sub(sum, amountOf(e.Details[changes.AmountDiff]))
			count++
		}
	}
	return sum, count
}

// TestAsyncLateAnswersAreTakenBack holds all answers until their packets have expired. Then no side has booked them, and
// the operator of the receiver is told.
func TestAsyncLateAnswersAreTakenBack(t *testing.T) {
	t.Parallel()
	const count = 20
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	goOn := w.holdAnswers()
	<-w.sendMany(count)
	w.mustGet("R00")
	goOn()
	if moved := w.agree(); moved.Sign() != 0 {
		t.Errorf("the balances moved by %s", moved)
	}
	w.awaitAlert("has not counted a Fulfill")
	if sum, n := w.takenBack(); n != count || sum.Cmp(big.NewInt(1<<count-1)) != 0 {
		t.Errorf("the audit log has %d entries of %s in all", n, sum)
	}
	w.finish()
}

// TestAsyncDoubledMessages doubles every message, both copies at the same moment.
func TestAsyncDoubledMessages(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	w.onMessage(func(asyncMessage) asyncFault { return doubleMessage })
	<-w.sendMany(asyncPackets)
	total := w.judge("doubled")
	w.finish()
	if total.booked != asyncPackets {
		t.Errorf("%s", &total)
	}
}

// TestAsyncForgedAnswers sends near answers that far did not send, before that of far.
func TestAsyncForgedAnswers(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	on, came := make(chan struct{}), make(chan asyncMessage, 1)
	w.onMessage(func(m asyncMessage) asyncFault {
		if m.step == answerComes {
			came <- m
			<-on
		}
		return noFault
	})
	release := sync.OnceFunc(func() { close(on) })
	defer release()
	done := w.sendAmounts(big.NewInt(7))
	m := <-came
	far, eve, front := tokenFrom("far", "near"), tokenFrom("eve", "near"), tokenFrom("front", "near")
	for _, c := range []struct {
		name, account, token, id string
		status                   int
	}{
		{"no token", "far", "stranger", m.id, http.StatusUnauthorized},
		{"the token of another account", "far", eve, m.id, http.StatusUnauthorized},
		{"the token of the sender of packets", "far", front, m.id, http.StatusUnauthorized},
		{"the right token elsewhere", "eve", far, m.id, http.StatusUnauthorized},
		{"the id of another account", "eve", eve, m.id, http.StatusBadRequest},
		{"an unknown id", "far", far, uuid.New().String(), http.StatusBadRequest},
		{"an account without answers", "front", front, m.id, http.StatusNotFound},
	} {
		if status := w.forge(c.account, c.token, c.id, m.body); status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
	}
	if n := w.ended.Load(); n != 0 {
		t.Error("a forged answer counts")
	}
	release()
	<-done
	w.mustGet("fulfilled")
	if moved := w.agree(); moved.Int64() != 7 {
		t.Errorf("the balances moved by %s", moved)
	}
	w.finish()
}

// TestAsyncWrongFulfillment has far's own token bring a Fulfill that does not match. Then the right one comes too late.
func TestAsyncWrongFulfillment(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	var once sync.Once
	w.onMessage(func(m asyncMessage) asyncFault {
		once.Do(func() {
			if m.step != requestComes {
				return
			}
			wrong := interledger.Fulfill{Fulfillment: asyncPreimage(-1)}
			if status := w.forge("far", tokenFrom("far", "near"), m.id, wrong.Append(nil)); status != http.StatusBadRequest {
				t.Errorf("it got status %d", status)
			}
		})
		return noFault
	})
	<-w.sendAmounts(big.NewInt(7))
	w.mustGet("F05")
	if moved := w.agree(); moved.Sign() != 0 {
		t.Errorf("the balances moved by %s", moved)
	}
	w.awaitAlert("has not counted a Fulfill of 7")
	w.finish()
}

// forge sends near an answer.
func (w *asyncWorld) forge(account, token, id string, body []byte) (status int) {
	url := fmt.Sprintf("http://127.0.0.1:%d/accounts/%s/ilp/reply", w.near.port, account)
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("Request-Id", id)
	response, err := w.client.Do(request)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// TestAsyncMaximumBoundsWhatIsTakenBack has near refuse Fulfill after Fulfill. Far takes back no more in a day than the
// maximum of the balance, also after a restart, and tells its operator of each one that stays.
func TestAsyncMaximumBoundsWhatIsTakenBack(t *testing.T) {
	t.Parallel()
	const amount, inMaximum = 40, 2
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t), maximum: "100"})
	refuse := func(want int64) {
		t.Helper()
		goOn := w.holdAnswers()
		<-w.sendAmounts(big.NewInt(amount))
		w.mustGet("R00")
		goOn()
		w.onMessage(nil)
		poll(t, "the answer to be delivered", w.far.exited, func() bool { return w.far.undelivered() == 0 })
		if owes, _ := w.near.balance("far"); owes.Sign() != 0 {
			t.Errorf("near has booked %s", owes)
		}
		if owed, _ := w.far.balance("near"); owed.Int64() != want {
			t.Errorf("far has %s, want %d", owed, want)
		}
	}
	for range inMaximum {
		refuse(0)
	}
	refuse(amount)
	w.awaitAlert("80 of today was taken back, and the maximum of the balance is 100")
	w.killAndStart(w.far)
	w.awaitUp()
	refuse(2 * amount)
	if sum, n := w.takenBack(); n != inMaximum || sum.Int64() != inMaximum*amount {
		t.Errorf("the audit log has %d entries of %s in all", n, sum)
	}
}

// TestAsyncReceiverIsDown has the receiver away for longer than packets live: before it has them, and when it has booked
// their Fulfills.
func TestAsyncReceiverIsDown(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	var once sync.Once
	gone := make(chan struct{})
	on := make(chan struct{})
	w.onMessage(func(m asyncMessage) asyncFault {
		if m.step == requestComes {
			once.Do(func() { close(gone) })
			<-on
		}
		return noFault
	})
	done := w.sendMany(asyncPackets)
	<-gone
	w.kill(w.far)
	close(on)
	<-done
	w.far.start()
	if total := w.judge("away before"); total.booked != 0 {
		t.Errorf("%s", &total)
	}
	w.awaitUp()
	goOn := w.holdAnswers()
	<-w.sendMany(asyncPackets)
	w.kill(w.far)
	goOn()
	w.onMessage(nil)
	w.far.start()
	total := w.judge("away after")
	if total.booked != 0 || total.takenBack != asyncPackets {
		t.Errorf("%s", &total)
	}
	w.finish()
}

// TestAsyncSenderIsDown has the sender away while answers wait: before it has booked them, and after.
func TestAsyncSenderIsDown(t *testing.T) {
	t.Parallel()
	const tries = 4 * asyncPackets
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	openBob := w.closeBob()
	done := w.sendMany(asyncPackets)
	poll(t, "all packets to be at bob", w.far.exited, func() bool { return w.asking.Load()+w.ended.Load() >= asyncPackets })
	w.kill(w.near)
	<-done
	w.awaitTries(tries, openBob)
	w.near.start()
	if total := w.judge("away before"); total.booked != 0 || total.takenBack == 0 {
		t.Errorf("%s", &total)
	}
	w.awaitUp()
	w.onMessage(func(m asyncMessage) asyncFault {
		if m.step == resultGoes {
			return loseMessage
		}
		return noFault
	})
	<-w.sendMany(asyncPackets)
	w.kill(w.near)
	w.awaitTries(tries, func() {})
	w.near.start()
	total := w.judge("away after")
	if total.booked == 0 || total.takenBack > total.sent-total.fulfilled {
		t.Errorf("%s", &total)
	}
	w.finish()
}

// awaitTries waits until far has tried so often to deliver an answer, once do is done.
func (w *asyncWorld) awaitTries(count int64, do func()) {
	w.t.Helper()
	var came atomic.Int64
	w.onMessage(func(m asyncMessage) asyncFault {
		if m.step == answerComes {
			came.Add(1)
		}
		return noFault
	})
	do()
	poll(w.t, "answers to be tried again", w.far.exited, func() bool { return came.Load() >= count })
	w.onMessage(nil)
}

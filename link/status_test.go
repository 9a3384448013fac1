package link

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestZeroReporterIsOfADisabledLink(t *testing.T) {
	var r Reporter
	if got := r.Status(); got != (Status{State: Disabled}) {
		t.Errorf("%+v", got)
	}
}

func TestLastErrorStaysUntilEstablished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Reporter
		began := time.Now().UTC()
		retry := began.Add(time.Minute)
		r.Enter(Connecting, "ws://peer")
		r.Fail(errors.New("refused"), retry)
		want := Status{State: Connecting, Since: began, Remote: "ws://peer", LastError: "refused", NextRetry: retry}
		if got := r.Status(); got != want {
			t.Errorf("after a failure: %+v", got)
		}
		time.Sleep(time.Second)
		r.Enter(Authenticating, "192.0.2.1:7768")
		want.State, want.Remote = Authenticating, "192.0.2.1:7768"
		if got := r.Status(); got != want {
			t.Errorf("at another try, before that one: %+v", got)
		}
		time.Sleep(time.Minute)
		r.Enter(Authenticating, "192.0.2.1:7768")
		want.NextRetry = time.Time{}
		if got := r.Status(); got != want {
			t.Errorf("at the next try: %+v", got)
		}
		r.Enter(Established, "192.0.2.1:7768")
		want.State, want.Since, want.LastError = Established, time.Now().UTC(), ""
		if got := r.Status(); got != want {
			t.Errorf("established: %+v", got)
		}
		r.Fail(errors.New("gone"), time.Time{})
		if got := r.Status(); got.LastError != "gone" || !got.NextRetry.IsZero() {
			t.Errorf("without a next try: %+v", got)
		}
	})
}

// A port that is free again is no trouble any more, though no peer has connected yet.
func TestErrorOfAListenerEndsWhenItListens(t *testing.T) {
	var r Reporter
	r.Enter(Connecting, "")
	taken := errors.New("address already in use")
	r.Listen(taken)
	r.Fail(taken, time.Now().Add(time.Minute))
	if got := r.Status(); got.LastError != taken.Error() || got.ListenError != taken.Error() || got.NextRetry.IsZero() {
		t.Errorf("while the port is taken: %+v", got)
	}
	r.Listen(nil)
	if got := r.Status(); got.LastError != "" || got.ListenError != "" || !got.NextRetry.IsZero() {
		t.Errorf("when it listens: %+v", got)
	}
	r.Listen(taken)
	r.Fail(taken, time.Time{})
	r.Fail(errors.New("no route to host"), time.Time{}) // of a link that dials, too
	r.Listen(nil)
	if got := r.Status(); got.LastError != "no route to host" {
		t.Errorf("an error of another cause is gone: %+v", got)
	}
}

// A client that says goodbye leaves no trouble, unless the listener has some.
func TestGoodbyeIsNoError(t *testing.T) {
	var r Reporter
	r.Enter(Connecting, "")
	r.Fail(errors.New("gone without a word"), time.Time{})
	r.Close("goodbye")
	r.Enter(Connecting, "")
	if s := r.Status(); s.LastError != "" || s.Closed != "goodbye" {
		t.Errorf("after a goodbye: %+v", s)
	}
	r.Listen(errors.New("the port is taken"))
	r.Close("goodbye")
	if s := r.Status(); s.LastError != "the port is taken" || s.Closed != "goodbye" {
		t.Errorf("while it cannot listen: %+v", s)
	}
	r.Fail(errors.New("refused"), time.Time{})
	if s := r.Status(); s.LastError != "refused" || s.Closed != "" {
		t.Errorf("after another error: %+v", s)
	}
	r.Close("goodbye")
	r.Enter(Established, "192.0.2.1:7768")
	if s := r.Status(); s.LastError != "" || s.Closed != "" {
		t.Errorf("established: %+v", s)
	}
}

func TestStatusAsJSONLeavesOutWhatIsNot(t *testing.T) {
	b, err := json.Marshal(Status{State: Established, Remote: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); strings.Contains(got, "nextRetry") || strings.Contains(got, "lastError") || !strings.Contains(got, `"remote":"x"`) {
		t.Error(got)
	}
}

// An operator asks since when a peer is away, and not when it was last tried.
func TestSinceIsWhenTheConnectionWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Reporter
		r.Enter(Connecting, "")
		r.Enter(Established, "192.0.2.1:7768")
		time.Sleep(time.Hour)
		r.Enter(Connecting, "")
		lost := time.Now().UTC()
		for range 5 {
			time.Sleep(time.Second)
			r.Enter(Connecting, "ws://peer")
			r.Enter(Authenticating, "192.0.2.1:7768")
			r.Fail(errors.New("refused"), time.Now().Add(time.Second))
			r.Failures.Add(1)
			if s := r.Status(); !s.Since.Equal(lost) || s.LastError != "refused" || !s.NextRetry.Equal(time.Now().Add(time.Second)) {
				t.Fatalf("lost at %v, yet %+v", lost, s)
			}
		}
		if s := r.Status(); s.Failures != 5 {
			t.Errorf("%d failures, want 5", s.Failures)
		}
		r.Enter(Disabled, "")
		if s := r.Status(); !s.Since.Equal(time.Now()) || !s.NextRetry.IsZero() {
			t.Errorf("disabled: %+v", s)
		}
	})
}

// Mend forgets what went wrong before the link is established, but not that it cannot listen.
func TestMendForgetsTheLastError(t *testing.T) {
	var r Reporter
	r.Mend()
	r.Fail(errors.New("refused"), time.Now().Add(time.Minute))
	r.Mend()
	if s := r.Status(); s.LastError != "" || !s.NextRetry.IsZero() {
		t.Errorf("%+v", s)
	}
	r.Listen(errors.New("taken"))
	r.Fail(errors.New("refused"), time.Time{})
	r.Mend()
	if s := r.Status(); s.LastError != "taken" {
		t.Errorf("%+v", s)
	}
}

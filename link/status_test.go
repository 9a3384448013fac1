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
		want := Status{Connecting, began, "ws://peer", "refused", retry}
		if got := r.Status(); got != want {
			t.Errorf("after a failure: %+v", got)
		}
		time.Sleep(time.Second)
		r.Enter(Authenticating, "192.0.2.1:7768")
		want = Status{State: Authenticating, Since: began.Add(time.Second), Remote: "192.0.2.1:7768", LastError: "refused"}
		if got := r.Status(); got != want {
			t.Errorf("at the next try: %+v", got)
		}
		r.Enter(Established, "192.0.2.1:7768")
		want.State, want.LastError = Established, ""
		if got := r.Status(); got != want {
			t.Errorf("established: %+v", got)
		}
		r.Fail(errors.New("gone"), time.Time{})
		if got := r.Status(); got.LastError != "gone" || !got.NextRetry.IsZero() {
			t.Errorf("without a next try: %+v", got)
		}
	})
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

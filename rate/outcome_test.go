package rate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"
)

func TestOutcomeOfAnError(t *testing.T) {
	_, refused := net.Dial("tcp", "127.0.0.1:0")
	for err, want := range map[error]Outcome{
		nil:                      Succeeded,
		context.DeadlineExceeded: TimedOut,
		fmt.Errorf("ask: %w", context.DeadlineExceeded): TimedOut,
		refused:             Unreachable,
		errors.New("panic"): OtherOutcome,
		fmt.Errorf("a source: %w", WithOutcome(errors.New("a web page"), Unusable)): Unusable,
		WithOutcome(WithOutcome(errors.New("status 410"), Refused), Unusable):       Refused,
		WithOutcome(fmt.Errorf("read: %w", errors.New("unexpected EOF")), TimedOut): TimedOut,
		WithOutcome(&net.DNSError{Err: "no such host", IsNotFound: true}, Unusable): Unusable,
		&net.DNSError{Err: "no such host", IsNotFound: true}:                        Unreachable,
		&net.OpError{Op: "dial", Err: errors.New("x")}:                              Unreachable,
		&net.OpError{Op: "read", Err: context.DeadlineExceeded}:                     TimedOut,
	} {
		if got := OutcomeOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
	if err := WithOutcome(errNoTable, Unusable); !errors.Is(err, errNoTable) || err.Error() != errNoTable.Error() {
		t.Errorf("the error is %v", err)
	}
}

var errNoTable = errors.New("no table")

func TestStateCountsOutcomes(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	first := State{}.After(nil, WithOutcome(errNoTable, Unusable), at(1), at(2)).After(nil, context.DeadlineExceeded, at(2), at(4))
	if first.Failures != 2 || first.Err == nil || first.Table != nil || first.Next != at(4) || fmt.Sprint(first.Ended) != "map[timeout:1 unusable:1]" {
		t.Errorf("%+v", first)
	}
	table := NewTable(at(3), Par, Spread{})
	second := first.After(table, nil, at(4), at(9))
	if second.Failures != 0 || second.Err != nil || second.Table != table || second.Success != at(4) || second.Next != at(9) {
		t.Errorf("%+v", second)
	}
	third := second.After(nil, errNoTable, at(9), at(10))
	if third.Table != table || third.Success != at(4) || fmt.Sprint(third.Ended) != "map[other:1 succeeded:1 timeout:1 unusable:1]" || len(second.Ended) != 3 {
		t.Errorf("%+v", third)
	}
}

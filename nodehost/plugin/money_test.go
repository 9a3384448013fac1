package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/account/balance"
)

func TestAmountsOfPluginsAreWholeNumbers(t *testing.T) {
	const most = "170141183460469231731687303715884105727" // 2^127 - 1
	for text, want := range map[string]string{
		"0": "0", "000": "0", "7": "7", "007": "7", "7.": "7", "7.000": "7", "18446744073709551616": "18446744073709551616", most: most,
		"1e21": "1000000000000000000000", "1.5e+21": "1500000000000000000000", "1.50E1": "15", "0e9": "0", "12345678901234567890e0": "12345678901234567890",
		// 2^127 and more
		"170141183460469231731687303715884105728": "", "1e39": "", "1e60": "", "1e61": "", "1e999999999999": "", strings.Repeat("9", 60): "", strings.Repeat("9", 5000): "",
		"": "", "-1": "", "-0": "", "+1": "", "1.5": "", "1.55e1": "", "1e-1": "", "1e": "", "e1": "", ".5e1": "", "0x10": "", "NaN": "", "Infinity": "", "1,000": "", " 1": "", "1_0": "", "1e1e1": "", "1.1.1e9": "", "٣": "",
	} {
		got, err := parseAmount(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%.80q is %s, %v; want %q", text, got, err, want)
		}
	}
}

// told calls the money handler, and returns where its outcome goes.
func (r *received) told(amount string) <-chan error {
	text, _ := json.Marshal(amount)
	outcome := make(chan error, 1)
	r.take([]json.RawMessage{text}, func(_ any, err error) { outcome <- err })
	return outcome
}

// A plugin that calls its money handler without end fills no memory. What it is promised is kept.
func TestMoneyThatWaitsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r received
		r.init("alice", slog.New(slog.DiscardHandler))
		stuck, credited := make(chan struct{}), 0
		r.receive = func(context.Context, string, balance.Amount) error {
			<-stuck
			credited++
			return nil
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.run(ctx, ctx) })
		var all []<-chan error
		first := r.told("1")
		synctest.Wait() // it is being credited
		for range receiptsMax + 100 {
			all = append(all, r.told("1"))
		}
		refused := 0
		for i, outcome := range all {
			select {
			case err := <-outcome:
				if refused++; !errors.Is(err, errThrottled) || i < receiptsMax {
					t.Fatalf("payment %d: %v", i, err)
				}
			default:
			}
		}
		if refused != 100 || len(first) > 0 {
			t.Errorf("%d are refused", refused)
		}
		stop() // what waits was received
		close(stuck)
		running.Wait()
		if err := <-first; err != nil || credited != receiptsMax+1 {
			t.Errorf("%d are credited, %v", credited, err)
		}
		if err := <-r.told("1"); err == nil || err.Error() != "Error: the account is gone. account=alice" {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestMoneyIsAdmittedOrBookedOrRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r received
		var lines strings.Builder
		r.init("alice", slog.New(slog.NewTextHandler(&lines, nil)))
		var booked []string
		failure := error(nil)
		r.receive = func(_ context.Context, _ string, amount balance.Amount) error {
			booked = append(booked, amount.String())
			return failure
		}
		tokens := 4
		r.admit = func() bool { tokens--; return tokens >= 0 }
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.run(ctx, ctx) })
		var got []string
		for _, amount := range []string{"5", "0", "half", "6", "7"} {
			if amount == "6" {
				failure = errors.New("the disk is full")
			}
			got = append(got, fmt.Sprint(<-r.told(amount)))
		}
		stop()
		running.Wait()
		want := `[<nil> <nil> Error: the amount "half" is no whole number that is not negative Error: the disk is full RateLimitedError: too many requests, throttling.]`
		if fmt.Sprint(got) != want || fmt.Sprint(booked) != "[5 6]" {
			t.Errorf("booked %v; got %v, want %s", booked, got, want)
		}
		if !strings.Contains(lines.String(), "amount=half") {
			t.Errorf("no line in the log: %s", lines.String())
		}
	})
}

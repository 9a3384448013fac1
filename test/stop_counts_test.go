//go:build unix

package test

import (
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// lateCount is how many late Fulfills an account has given, or has got, as far as its peer knows.
type lateCount struct {
	direction       string // as the metrics say it
	atLeast, atMost int
	worth           big.Int // of those that are at most
}

// The alerts about late Fulfills begin so, and end so.
var (
	lateAlerts = map[string]string{
		"received": "the account has fulfilled packets after they had expired",
		"sent":     "fulfills were passed to the account after their packets had expired",
	}
	lateLogs = map[string]string{
		"received": "fulfilled after expiry; the counterparty may hold us to it",
		"sent":     "a fulfill was passed on after its packet had expired; the sender need not honour it",
	}
	sinceTheStart = regexp.MustCompile(`: (\d+) since the start, worth (\d+)$`)
)

// lateCounts returns what the connector must have counted in this life. Of receivers it is exact. What a sender gets
// around the expiry may have been handed up before it.
func (w *stopWorld) lateCounts() map[string]*lateCount {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := make(map[string]*lateCount)
	for _, s := range w.senders {
		counts[s.id] = &lateCount{direction: "sent"}
		counts[s.to.id] = &lateCount{direction: "received"}
	}
	for _, p := range w.packets {
		from, to := counts[p.sender.id], counts[p.sender.to.id]
		switch {
		case p.ended.IsZero() || p.answered.IsZero():
		case p.code != fulfilledCode:
			to.add(p.sender.to.want(p.sender.index, p.slot), true)
		case !p.ended.Before(p.expiry.Add(-stopTolerance)):
			from.add(crashAmount(p.sender.unit, p.slot), w.handedUp(p).After(p.expiry.Add(stopTolerance)))
		}
	}
	return counts
}

func (c *lateCount) add(amount uint64, surely bool) {
	c.atMost++
	c.worth.Add(&c.worth, new(big.Int).SetUint64(amount))
	if surely {
		c.atLeast++
	}
}

// mustCount waits until the connector has counted every late Fulfill, in its metrics and its alerts, and no other.
// It has logged that there are some.
func (w *stopWorld) mustCount() {
	w.t.Helper()
	var wrong []string
	for began := time.Now(); time.Since(began) < patience; w.wait(10 * time.Millisecond) {
		wrong = nil
		metrics, alerts := w.metrics(), w.alerts("")
		for id, c := range w.lateCounts() {
			if err := c.compare(id, metrics, alerts); err != nil {
				wrong = append(wrong, err.Error())
			}
		}
		if wrong == nil {
			w.noteLate(metrics)
			break
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.verdict.wrong = append(w.verdict.wrong, wrong...)
}

// noteLate notes how many late Fulfills are counted in this life. The log says that there are some.
func (w *stopWorld) noteLate(metrics stopMetrics) {
	w.t.Helper()
	late := make(map[string]int)
	for direction, line := range lateLogs {
		if late[direction] = metrics.sum("late_fulfills_total", `direction="`+direction+`"`); late[direction] > 0 {
			w.c.awaitLine(w.t, line)
		}
	}
	for _, c := range w.lateCounts() {
		if c.direction == "sent" {
			late["seen"] += c.atMost
		}
	}
	w.late[w.lives] = late
}

// compare compares with what the connector says of the account.
func (c *lateCount) compare(id string, metrics stopMetrics, alerts []stopAlert) error {
	counted := metrics.sum("late_fulfills_total", `account="`+id+`"`, `direction="`+c.direction+`"`)
	unmatched := 0
	if c.direction == "received" {
		unmatched = metrics.sum("unmatched_answers_total", `account="`+id+`"`, `result="fulfilled"`)
	}
	if n := counted + unmatched; n < c.atLeast || n > c.atMost {
		return fmt.Errorf("%s: %d late Fulfills %s and %d unmatched ones are counted, and there were %d to %d",
			id, counted, c.direction, unmatched, c.atLeast, c.atMost)
	}
	alert := ""
	for _, a := range alerts {
		if a.AccountID == id && strings.HasPrefix(a.Message, lateAlerts[c.direction]) {
			alert += a.Message
		}
	}
	said := sinceTheStart.FindStringSubmatch(alert)
	switch {
	case counted == 0 && alert == "":
	case counted == 0 || said == nil || said[1] != fmt.Sprint(counted):
		return fmt.Errorf("%s: %d late Fulfills are counted, and the alert is %q", id, counted, alert)
	case counted == c.atMost && said[2] != c.worth.String():
		return fmt.Errorf("%s: late Fulfills worth %s are counted, and the alert is %q", id, &c.worth, alert)
	}
	return nil
}

// stopAlert is an alert of the connector.
type stopAlert struct {
	ID                        int64
	AccountID, Message, State string
	Count                     int
}

func (w *stopWorld) alerts(query string) []stopAlert {
	w.t.Helper()
	var body struct{ Alerts []stopAlert }
	w.c.Admin.get(w.t, "/alerts"+query, &body)
	return body.Alerts
}

// dismissAlerts dismisses those of former lives.
func (w *stopWorld) dismissAlerts() {
	w.t.Helper()
	for _, a := range w.alerts("") {
		if status, _, body := w.c.Admin.exchange(w.t, http.MethodDelete, fmt.Sprintf("/alerts/%d", a.ID), ""); status != http.StatusNoContent {
			w.t.Fatalf("DELETE /alerts: %d %s", status, body)
		}
	}
}

// stopMetrics is GET /metrics.
type stopMetrics string

func (w *stopWorld) metrics() stopMetrics {
	w.t.Helper()
	status, _, body := w.c.Admin.exchange(w.t, http.MethodGet, "/metrics", "")
	if status != http.StatusOK {
		w.t.Fatalf("GET /metrics: %d %s", status, body)
	}
	return stopMetrics(body)
}

// sum adds up the series of a counter that have these labels.
func (m stopMetrics) sum(name string, labels ...string) (sum int) {
	for line := range strings.Lines(string(m)) {
		series, value, _ := strings.Cut(line, "} ")
		without := func(label string) bool { return !strings.Contains(series, label) }
		if strings.HasPrefix(series, "ilp_connector_"+name+"{") && !slices.ContainsFunc(labels, without) {
			n := 0
			_, _ = fmt.Sscan(value, &n)
			sum += n
		}
	}
	return sum
}

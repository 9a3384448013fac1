package docs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// away is the alarm about a peer.
const away = "a peer is away"

// expectedAlarms are those that fire for an account of a page because the page shows such trouble. All other examples
// are healthy.
var expectedAlarms = map[[3]string]string{
	{"docs/admin-api.md", away, "alice"}: "no program of the page connects",
	{"docs/routing.md", away, "alice"}:   "no program of the page connects",
	{"docs/migrating.md", away, "alice"}: "no program of the page connects",
	{"docs/cli.md", away, "alice"}:       "no program of the page connects",
	{"docs/apps.md", away, "alice"}:      "the app has paid, and ended",
}

// scrapePatience bounds one GET /metrics.
const scrapePatience = 5 * time.Second

// watch evaluates the alarms of docs/metrics.md against every connector of the page that answers GET /metrics, until
// none fires that is not expected. If connectors run, one at least must answer.
func (s *session) watch() error {
	alarms, err := documentedAlarms()
	if err != nil {
		return err
	}
	return s.poll(func() (err error) {
		watched := 0
		for _, port := range slices.Sorted(maps.Keys(s.ports)) {
			now, ok := scrapeOf(s.ports[port])
			if !ok {
				continue
			}
			watched++
			for _, a := range alarms {
				for _, labels := range a.fires(nil, now) {
					if expectedAlarms[[3]string{s.page, a.name, labelOf("account", labels)}] == "" {
						err = errors.Join(err, fmt.Errorf("the alarm %q of docs/metrics.md fires on port %s, for {%s}", a.name, port, labels))
					}
				}
			}
		}
		runs := slices.ContainsFunc(s.background, func(p *process) bool { return strings.Contains(p.command, "ilp-connector") })
		if runs && watched == 0 {
			return errors.New("no connector of the page answers GET /metrics, so that no alarm is evaluated")
		}
		return err
	})
}

// labelOf returns the value of a label, nothing if there is none.
func labelOf(name, labels string) string {
	_, rest, _ := strings.Cut(","+labels, ","+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// scrapeOf asks a port for its metrics. It reports whether a connector answers.
func scrapeOf(port string) (scrape, bool) {
	client := http.Client{Timeout: scrapePatience}
	defer client.CloseIdleConnections()
	response, err := client.Get("http://127.0.0.1:" + port + "/metrics")
	if err != nil {
		return nil, false
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, false
	}
	all := parseScrape(string(text))
	return all, len(all.picked(selector{name: "ilp_connector_ready"})) == 1
}

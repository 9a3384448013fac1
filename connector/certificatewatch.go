package connector

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link"
)

// certificates are those of the link of one account, or of the shared listener, with their alerts.
type certificates struct {
	listener, server *certificate // nil for none
	log              *slog.Logger

	mu     sync.Mutex
	alerts link.Alerts
	told   map[string]string // the text of each alert that is raised, by kind; "" once it was resolved
	faults map[string]int    // how often the last attempts have failed, by kind
	none   bool              // there is none, and alerts of a former run are resolved; then both are nil
}

func newCertificates(log *slog.Logger) *certificates {
	return &certificates{log: log, alerts: link.NoAlerts{}}
}

// Alert makes them raise their alerts with to.
func (c *certificates) Alert(to link.Alerts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alerts = to
}

// Kinds of alerts about certificates.
const (
	kindCertificate           = "certificate"
	kindClientCertificate     = "client certificate"
	kindCertificateEnds       = "certificate ends"
	kindClientCertificateEnds = "client certificate ends"
)

// What they say.
const (
	alertCertificate = "the TLS files in %s have changed and cannot be used, so the certificate from before stays in use: %v; " +
		"mend the files, and they are read again"
	alertCertificateEnds = "the certificate in %s ends at %s, and connections fail from then on: " +
		"put a new one into its file, which is read again"
)

// certificateEnds is how long before its end a certificate is an alert.
const certificateEnds = 14 * 24 * time.Hour

// look reads files that have changed, and raises and resolves the alerts. An attempt that fails
// is an alert when the next one fails too, or if it was asked for: certificate and key may be
// replaced one after the other. It returns the faults.
func (c *certificates) look(now time.Time, asked bool) (faults []error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listener == nil && c.server == nil {
		c.resolveLocked()
		return nil
	}
	if c.told == nil {
		c.told, c.faults = make(map[string]string), make(map[string]int)
	}
	for _, one := range []struct {
		*certificate
		kind, ends string
	}{
		{c.listener, kindCertificate, kindCertificateEnds}, {c.server, kindClientCertificate, kindClientCertificateEnds},
	} {
		if one.certificate == nil {
			c.tell(one.kind, "")
			c.tell(one.ends, "")
			continue
		}
		changed, err := one.again()
		switch {
		case err != nil:
			c.faults[one.kind]++
			faults = append(faults, err)
			if asked || c.faults[one.kind] > 1 {
				c.tell(one.kind, fmt.Sprintf(alertCertificate, one.option, err))
			}
		case changed:
			c.log.Info("certificate read again", "option", one.option, "until", one.until())
			fallthrough
		default:
			c.faults[one.kind] = 0
			c.tell(one.kind, "")
		}
		text := ""
		if until := one.until(); !until.IsZero() && until.Sub(now) < certificateEnds {
			text = fmt.Sprintf(alertCertificateEnds, one.option, until.UTC().Format(time.RFC3339))
		}
		c.tell(one.ends, text)
	}
	return faults
}

// resolveLocked resolves, once, what a former run may have raised.
func (c *certificates) resolveLocked() {
	if c.none {
		return
	}
	c.none = true
	for _, kind := range []string{kindCertificate, kindCertificateEnds, kindClientCertificate, kindClientCertificateEnds} {
		c.alerts.Resolve(kind)
	}
}

// tell raises an alert with a text, or resolves it if that is empty. It does so once, so that an
// operator can dismiss it.
func (c *certificates) tell(kind, text string) {
	before, known := c.told[kind]
	switch c.told[kind] = text; {
	case known && text == before:
	case text == "":
		c.alerts.Resolve(kind)
	default:
		c.log.Warn("certificate", "problem", text)
		c.alerts.Raise(kind, text)
	}
}

// certified is a link with certificates.
type certified interface {
	look(now time.Time, asked bool) []error
}

// watchCertificates looks for certificates that have changed or end soon, until ctx ends.
func (c *Connector) watchCertificates(ctx context.Context) {
	tick := time.NewTicker(alertsTick)
	defer tick.Stop()
	for {
		c.lookAtCertificates(false)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lookAtCertificates reads the certificates that have changed. asked says that an operator wants
// it. It returns what is wrong with them, as warnings of their accounts.
func (c *Connector) lookAtCertificates(asked bool) (warnings []config.Warning) {
	if c.shared != nil {
		for _, err := range c.shared.certificates.look(time.Now(), asked) {
			warnings = append(warnings, config.Warning{Path: "listen", Problem: "keeps the certificate from before: " + err.Error(), Hint: "mend the files"})
		}
	}
	for _, m := range c.all() {
		if l, ok := m.link.(certified); ok {
			for _, err := range l.look(time.Now(), asked) {
				warnings = append(warnings, config.Warning{Path: config.AccountPath(m.id), Problem: "keeps the certificate from before: " + err.Error(), Hint: "mend the files"})
			}
		}
	}
	return warnings
}

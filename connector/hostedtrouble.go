package connector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/nodehost"
)

// middlewareTrouble is why packets do not pass the hosted middlewares. The mutex of hostedMiddlewares
// guards it.
type middlewareTrouble struct {
	silent    bool             // the process does not answer
	missing   map[string]error // middlewares that could not be constructed, by name
	applied   map[string]bool  // accounts that they are applied to
	unapplied map[string]error // accounts that one could not be applied to
}

const (
	kindMiddleware = "hosted middleware"

	alertMiddlewareMade = "the hosted middleware %s could not be constructed, so no packet passes: %.500v"
	alertMiddleware     = "the hosted middleware %s could not be applied to %d accounts, such as %s, whose packets are refused: %.500v"
)

// made notes whether a middleware could be constructed.
func (h *hostedMiddlewares) made(name string, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.trouble
	if t.missing == nil {
		t.missing = make(map[string]error)
	}
	delete(t.missing, name)
	if why != nil {
		t.missing[name] = why
	}
}

// applied notes that the middlewares are applied to an account.
func (h *hostedMiddlewares) applied(id string) {
	h.mend(id)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trouble.applied == nil {
		h.trouble.applied = make(map[string]bool)
	}
	h.trouble.applied[id] = true
}

// mend forgets whether the middlewares are applied to an account. The last one that they could not be
// applied to ends the alert.
func (h *hostedMiddlewares) mend(id string) {
	h.mu.Lock()
	t := &h.trouble
	delete(t.applied, id)
	_, was := t.unapplied[id]
	delete(t.unapplied, id)
	over := was && len(t.unapplied) == 0
	h.mu.Unlock()
	if over {
		h.connector.alerts.Resolve(time.Now(), "", kindMiddleware)
	}
}

// unapplied notes that a middleware could not be applied to an account, and raises one alert for all such
// accounts. It returns false if that is so because the middleware could not be constructed, which has an
// alert of its own.
func (h *hostedMiddlewares) unapplied(id, culprit string, why error) bool {
	h.mu.Lock()
	t := &h.trouble
	delete(t.applied, id)
	if t.missing[culprit] != nil {
		h.mu.Unlock()
		return false
	}
	if t.unapplied == nil {
		t.unapplied = make(map[string]error)
	}
	t.unapplied[id] = fmt.Errorf("%s could not be applied to any account: %w", culprit, constructError(why))
	n := len(t.unapplied)
	h.mu.Unlock()
	h.connector.alerts.RaiseKind(time.Now(), "", kindMiddleware, fmt.Sprintf(alertMiddleware, culprit, n, id, constructError(why)))
	return true
}

// culprit returns the name of the middleware that is to blame for an error, the first one if that is not
// known.
func (h *hostedMiddlewares) culprit(why error) string {
	if failed, ok := errors.AsType[*nodehost.Error](why); ok {
		if i := slices.Index(h.numbers, failed.Culprit); i >= 0 {
			return h.names[i]
		}
	}
	return h.names[0]
}

// constructError returns what a module has thrown when it was constructed, without its name in front.
func constructError(why error) error {
	if failed, ok := errors.AsType[*nodehost.Error](why); ok {
		return failed
	}
	return why
}

// unready returns why no packet passes the middlewares, empty if packets do. Before the start is over, it
// waits for all accounts. Later one account does not speak for all.
func (h *hostedMiddlewares) unready(started bool) string {
	if h == nil {
		return ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.trouble
	names := strings.Join(h.names, ", ")
	if t.silent {
		return "the process of the hosted middlewares " + names + " does not answer"
	}
	for _, name := range h.names {
		if why := t.missing[name]; why != nil {
			return fmt.Sprintf("the hosted middleware %s could not be constructed: %.500v", name, why)
		}
	}
	waiting := len(h.objects) - len(t.applied) - len(t.unapplied)
	switch {
	case waiting > 0 && (!started || len(t.applied) == 0):
		return "the hosted middlewares " + names + " are not applied yet"
	case len(t.applied) == 0:
		for _, why := range t.unapplied {
			return fmt.Sprintf("the hosted middleware %.500v", why)
		}
	}
	return ""
}

package connector

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Every backend that is built in can be made, and says which field is wrong if it cannot.
func TestBuiltInBackends(t *testing.T) {
	config := map[string]map[string]any{
		"ecb-plus-coinmarketcap": {"apiKey": "key"},
		"http":                   {"url": "http://localhost/"},
		"static":                 {"base": "USD"},
		"combined":               {"backends": []any{"ecb", map[string]any{"backend": "static", "base": "USD"}, "own"}},
	}
	own := func(rate.Options) (rate.Backend, error) { return none{}, nil }
	for name, backend := range newParts([]Option{WithBackend("own", time.Second, own)}).backends {
		if _, err := backend.New(rate.Options{Config: config[name]}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := backend.New(rate.Options{Config: map[string]any{"spread": "much"}}); name != "own" && !strings.HasPrefix(errText(err), "backendConfig.") {
			t.Errorf("%s with a bad spread: %v", name, err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

type none struct{}

func (none) Rates(context.Context) (*rate.Table, error) { return nil, nil }

func TestBackendsThatCannotBeCombined(t *testing.T) {
	for name, want := range map[string]string{
		"one-to-one": "backendConfig.backends[0].backend: one-to-one makes rates without prices",
		"randomizer": "backendConfig.backends[0].backend: randomizer makes rates without prices",
		"fixer":      `backendConfig.backends[0].backend: unknown backend "fixer"; there is: combined, ecb,`,
	} {
		_, err := builtin().backends["combined"].New(rate.Options{Config: map[string]any{"backends": []any{name}}})
		if !strings.HasPrefix(errText(err), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

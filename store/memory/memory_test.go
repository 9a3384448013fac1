package memory_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
	"github.com/ilp-go/connector/store/storetest"
)

func TestStoreKeepsTheLaws(t *testing.T) {
	storetest.Run(t, func(*testing.T, string) store.Store { return memory.New(slog.New(slog.DiscardHandler)) })
}

func TestStoreSaysThatItForgets(t *testing.T) {
	var log strings.Builder
	memory.New(slog.New(slog.NewTextHandler(&log, nil)))
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "restart") {
		t.Errorf("it logs %q", log.String())
	}
}

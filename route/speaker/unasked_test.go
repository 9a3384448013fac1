package speaker

import (
	"testing"

	"github.com/ilp-go/connector/ilp/ccp"
)

// TestSenderUnasked connects to neighbors that do not see our connection end, and do not ask again for that reason.
func TestSenderUnasked(t *testing.T) {
	for name, lines := range map[string][]line{
		"it never asks": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "0100 0-1/1 +a"},
			{2, hears, "nothing"},
			{200, learns("test.b"), "0100 1-2/2 +b"},
		},
		"it has asked before": {
			{0, syncs, "nothing"},
			{1, comes, "0100 0-0/0"},
			{2, hears, "nothing"},
			{3, goes, "nothing"},
			{4, learns("test.a"), "nothing"},
			{200, comes, "0100 0-1/1 +a"},
			{201, hears, "nothing"},
		},
		"it wants none": {
			{1, comes, "0100 0-0/0"},
			{2, refuses, "nothing"},
			{101, silence, "nothing"},
			{102, silence, "0100 0-0/0"},
			{103, idles, "nothing"},
			{99999, learns("test.a"), "nothing"},
		},
		"it asks then": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "0100 0-1/1 +a"},
			{2, hears, "nothing"},
			{300, syncsAt([16]byte{}, 0), "0100 0-1/1 +a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub()
			h.unasked = true
			h.follow(t, lines)
		})
	}
}

// Only a neighbor that has had our routes can have forgotten them in a restart.
func TestSenderUnaskedIsAskedAtFirst(t *testing.T) {
	h := newHub()
	h.unasked = true
	h.follow(t, []line{{0, comes, "0100 0-0/0"}})
	if h.asks(ccp.Sync, [16]byte{}, 0) {
		t.Error("its first question tells of a restart")
	}
	h.follow(t, []line{{300, silence, "0100 0-0/0"}, {301, hears, "nothing"}})
	if !h.asks(ccp.Sync, [16]byte{}, 0) {
		t.Error("a question for all routes that it has tells of none")
	}
}

// A table id of a former run means other routes to the neighbor, so updates that it did not ask for have another one.
func TestSenderUnaskedAfterARestart(t *testing.T) {
	h := newHub()
	h.unasked, h.Reused = true, true
	h.follow(t, []line{{0, comes, "0101 0-0/0"}, {1, hears, "nothing"}, {300, syncsAt([16]byte{1, 1}, 0), "0101 0-0/0"}})
	if h.mode != ccp.Sync {
		t.Errorf("the mode is %v", h.mode)
	}
}

package route

import "testing"

func TestFirstComparisonThatDiffersDecides(t *testing.T) {
	type row struct {
		name          string
		better, worse candidate
		by            string
	}
	learned := func(account string, relation rank, preference int, path ...string) candidate {
		return candidate{Route: Route{NextHop: account, Path: path, Source: Learned, relation: relation}, preference: preference}
	}
	static := func(source Source) candidate { return candidate{Route: Route{NextHop: "zoe", Source: source}} }

	for _, row := range []row{
		{"configured over our own address", static(Configured), static(Local), "configured"},
		{"configured over learned", static(Configured), learned("a", childRank, 9), "configured"},
		{"our own address over learned", static(Local), learned("a", childRank, 9), "local"},
		{"child's address over learned", static(Child), learned("a", childRank, 9), "local"},
		{"default route over learned", static(Default), learned("a", childRank, 9), "local"},
		{"preference over relation", learned("z", parentRank, 1, "g.x", "g.y"), learned("a", childRank, 0), "local preference"},
		{"default preference over negative", learned("z", parentRank, 0), learned("a", childRank, -1), "local preference"},
		{"child over peer", learned("z", childRank, 0, "g.x", "g.y"), learned("a", peerRank, 0), "relation"},
		{"peer over parent", learned("z", peerRank, 0, "g.x", "g.y"), learned("a", parentRank, 0), "relation"},
		{"parent over unknown", learned("z", parentRank, 0, "g.x", "g.y"), learned("a", noRank, 0), "relation"},
		{"shorter path", learned("z", peerRank, 0, "g.x"), learned("a", peerRank, 0, "g.x", "g.y"), "path length"},
		{"account id", learned("a", peerRank, 0, "g.z"), learned("b", peerRank, 0, "g.a"), "account id"},
	} {
		if order, by := compare(&row.better, &row.worse); order >= 0 || by != row.by {
			t.Errorf("%s: %d by %q, want less by %q", row.name, order, by, row.by)
		}
		if order, by := compare(&row.worse, &row.better); order <= 0 || by != row.by {
			t.Errorf("%s, turned round: %d by %q, want more by %q", row.name, order, by, row.by)
		}
	}
	same := learned("a", peerRank, 0)
	if order, by := compare(&same, &same); order != 0 || by != "" {
		t.Errorf("with itself: %d by %q", order, by)
	}
}

func TestRelationsKeepTheirNames(t *testing.T) {
	for _, r := range []Relation{ParentRelation, PeerRelation, ChildRelation, ""} {
		if got := rankOf(r).relation(); got != r {
			t.Errorf("%q became %q", r, got)
		}
	}
	if got := selfRank.relation(); got != "" {
		t.Errorf("we are our own %q", got)
	}
}

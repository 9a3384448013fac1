package route

import (
	"testing"

	"github.com/ilp-go/connector/account"
)

func TestFirstComparisonThatDiffersDecides(t *testing.T) {
	type row struct {
		name          string
		better, worse candidate
		by            string
	}
	learned := func(account string, relation account.Relation, preference int, path ...string) candidate {
		return candidate{Route: Route{NextHop: account, Path: path, Source: Learned, relation: relation}, preference: preference}
	}
	static := func(source Source) candidate { return candidate{Route: Route{NextHop: "zoe", Source: source}} }

	for _, row := range []row{
		{"configured over our own address", static(Configured), static(Local), "configured"},
		{"configured over learned", static(Configured), learned("a", account.Child, 9), "configured"},
		{"our own address over learned", static(Local), learned("a", account.Child, 9), "local"},
		{"child's address over learned", static(Child), learned("a", account.Child, 9), "local"},
		{"default route over learned", static(Default), learned("a", account.Child, 9), "local"},
		{"preference over relation", learned("z", account.Parent, 1, "g.x", "g.y"), learned("a", account.Child, 0), "local preference"},
		{"default preference over negative", learned("z", account.Parent, 0), learned("a", account.Child, -1), "local preference"},
		{"child over peer", learned("z", account.Child, 0, "g.x", "g.y"), learned("a", account.Peer, 0), "relation"},
		{"peer over parent", learned("z", account.Peer, 0, "g.x", "g.y"), learned("a", account.Parent, 0), "relation"},
		{"parent over unknown", learned("z", account.Parent, 0, "g.x", "g.y"), learned("a", 0, 0), "relation"},
		{"shorter path", learned("z", account.Peer, 0, "g.x"), learned("a", account.Peer, 0, "g.x", "g.y"), "path length"},
		{"account id", learned("a", account.Peer, 0, "g.z"), learned("b", account.Peer, 0, "g.a"), "account id"},
	} {
		if order, by := compare(&row.better, &row.worse); order >= 0 || by != row.by {
			t.Errorf("%s: %d by %q, want less by %q", row.name, order, by, row.by)
		}
		if order, by := compare(&row.worse, &row.better); order <= 0 || by != row.by {
			t.Errorf("%s, turned round: %d by %q, want more by %q", row.name, order, by, row.by)
		}
	}
	same := learned("a", account.Peer, 0)
	if order, by := compare(&same, &same); order != 0 || by != "" {
		t.Errorf("with itself: %d by %q", order, by)
	}
}

// TestOurselvesHaveNoRelation, though routes that end with us come before a child's.
func TestOurselvesHaveNoRelation(t *testing.T) {
	for _, r := range []account.Relation{account.Parent, account.Peer, account.Child, 0} {
		if got := (&Route{relation: r}).Relation(); got != r || self <= r {
			t.Errorf("%v became %v", r, got)
		}
	}
	if got := (&Route{relation: self}).Relation(); got != 0 {
		t.Errorf("a route that ends with us has the relation %v", got)
	}
}

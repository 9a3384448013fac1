package client_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin/client"
)

func TestClientManagesChildren(t *testing.T) {
	n, c := start(t, "s3cret")
	kids := n.Host("alice")
	ctx := t.Context()
	added, err := c.AddChild(ctx, "alice", "ann", "a", "new")
	if err != nil || added.ID != "alice.ann" || !added.Created || added.Token != "" || kids.Tokens["ann"] != "a" {
		t.Errorf("%+v, %v", added, err)
	}
	if added, err = c.AddChild(ctx, "alice", "bert", "", ""); err != nil || added.Token == "" || kids.Tokens["bert"] != added.Token {
		t.Errorf("%+v, %v", added, err)
	}
	lines, err := c.AddChildren(ctx, "alice", []byte(`{"name":"carl"}`+"\n"+`{"name":"ann","token":"x"}`), "many & more")
	if err != nil || len(lines) != 2 || !lines[0].OK || lines[0].Token == "" || lines[1].OK || lines[1].Line != 2 || !strings.Contains(lines[1].Error, "rotate") {
		t.Errorf("%+v, %v", lines, err)
	}
	if log, err := c.Audit(ctx, 1, ""); err != nil || log.Entries[0].Reason != "many & more" {
		t.Errorf("%+v, %v", log, err)
	}
	list, err := c.Children(ctx, "alice", client.ChildQuery{After: "ann", Limit: 1})
	if err != nil || list.Known != 3 || len(list.Children) != 1 || list.Children[0].Name != "bert" || list.Next != "bert" {
		t.Errorf("%+v, %v", list, err)
	}
	up := true
	if list, err = c.Children(ctx, "alice", client.ChildQuery{Connected: &up}); err != nil || len(list.Children) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := c.BlockChild(ctx, "alice", "ann", true, "spam"); err != nil || !kids.Blocked["ann"] {
		t.Error(err)
	}
	rotated, err := c.RotateChild(ctx, "alice", "ann", "second", time.Hour, "leaked")
	if err != nil || rotated.Token != "" || kids.Tokens["ann"] != "second" || time.Until(kids.Old["ann"]) < 50*time.Minute {
		t.Errorf("%+v, %v", rotated, err)
	}
	if rotated, err = c.RotateChild(ctx, "alice", "ann", "", 0, ""); err != nil || rotated.Token == "" || kids.Tokens["ann"] != rotated.Token {
		t.Errorf("%+v, %v", rotated, err)
	}
	a, err := c.Account(ctx, "alice.ann")
	if err != nil || a.Parent != "alice" || !a.Blocked || a.State != "disabled" || a.Balance.Balance != "0" || a.Info.AssetCode != "USD" {
		t.Errorf("%+v, %v", a, err)
	}
	if err := c.AdjustBalance(ctx, "alice.ann", "5", ""); err != nil {
		t.Error(err)
	}
	b, err := c.Balance(ctx, "alice.ann")
	if ann, there := b.Accounts.Find("alice.ann"); err != nil || !there || ann.Balance != "5" {
		t.Errorf("%+v, %v", b, err)
	}
	if err := c.RemoveChild(ctx, "alice", "ann", false, "gone"); err == nil || !strings.Contains(err.Error(), "its balance is 5") {
		t.Errorf("removed: %v", err)
	}
	if err := c.RemoveChild(ctx, "alice", "ann", true, "gone"); err != nil || len(kids.Tokens) != 2 {
		t.Error(err)
	}
	for want, err := range map[string]error{
		`account alice has no client "a/b"`:            c.BlockChild(ctx, "alice", "a/b", true, ""),
		"account zoe has no clients that are accounts": second(c.Children(ctx, "zoe", client.ChildQuery{})),
		"unknown account id. accountId=":               second(c.Children(ctx, "", client.ChildQuery{})),
		"unknown account id. accountId=nobody":         second(c.AddChildren(ctx, "nobody", nil, "")),
		"limit is not a number from 1 to 1000":         second(c.Children(ctx, "alice", client.ChildQuery{Limit: 2000})),
		"the body is larger than 1048576 bytes":        second(c.AddChildren(ctx, "alice", make([]byte, 1<<20+1), "")),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

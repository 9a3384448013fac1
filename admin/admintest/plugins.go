package admintest

import (
	"context"
	"encoding/json"

	"github.com/ilp-go/connector/admin"
)

// Plugin is a plugin that has admin info, or takes it. A nil function is a method that it has not.
type Plugin struct {
	Info func(ctx context.Context) (json.RawMessage, error)
	Send func(ctx context.Context, body json.RawMessage) (json.RawMessage, error)
}

// HasAdminInfo reports whether Plugins has one with Info.
func (n *Node) HasAdminInfo(id string) bool { return n.Plugins[id].Info != nil }

// TakesAdminInfo reports whether Plugins has one with Send.
func (n *Node) TakesAdminInfo(id string) bool { return n.Plugins[id].Send != nil }

// AdminInfo asks the one of Plugins.
func (n *Node) AdminInfo(ctx context.Context, id string) (json.RawMessage, error) {
	return n.Plugins[id].Info(ctx)
}

// SendAdminInfo asks the one of Plugins, and notes the edit.
func (n *Node) SendAdminInfo(ctx context.Context, e admin.Edit, body json.RawMessage) (result json.RawMessage, err error) {
	err = n.edit(e, func() error {
		result, err = n.Plugins[e.Account].Send(ctx, body)
		return err
	})
	return result, err
}

// NodeHosts returns NodeProcesses.
func (n *Node) NodeHosts() []admin.Member[admin.NodeHost] { return n.NodeProcesses }

package admintest

import (
	"slices"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
)

// ConfigChanges returns Changes.
func (n *Node) ConfigChanges() ([]admin.ConfigChange, error) { return n.Changes, nil }

// DiscardConfigChange removes one of Changes.
func (n *Node) DiscardConfigChange(e admin.Edit) (admin.ConfigChange, error) {
	i := slices.IndexFunc(n.Changes, func(c admin.ConfigChange) bool { return c.Account == e.Account && c.Kept })
	if i < 0 {
		return admin.ConfigChange{}, admin.ErrNoChange
	}
	discarded := n.Changes[i]
	err := n.edit(e, func() error { n.Changes = slices.Delete(n.Changes, i, i+1); return nil })
	return discarded, err
}

// DiscardSettingChange removes one of Changes.
func (n *Node) DiscardSettingChange(e admin.Edit, setting string) (admin.ConfigChange, error) {
	i := slices.IndexFunc(n.Changes, func(c admin.ConfigChange) bool { return c.Setting == setting && c.Kept })
	if i < 0 {
		return admin.ConfigChange{}, admin.ErrNoChange
	}
	discarded := n.Changes[i]
	err := n.edit(e, func() error { n.Changes = slices.Delete(n.Changes, i, i+1); return nil })
	return discarded, err
}

// RunningConfig returns Running, or Declared.
func (n *Node) RunningConfig(declared bool) (admin.RunningConfig, error) {
	if declared {
		return n.Declared, nil
	}
	return n.Running, nil
}

// ConfigDiff returns Diff.
func (n *Node) ConfigDiff() (admin.ConfigDiff, error) { return n.Diff, nil }

// ExportConfig returns Export.
func (n *Node) ExportConfig(bool) (admin.ConfigExport, error) { return n.Export, nil }

// PutConfig notes the change, if the ETag is that of Running and the text is a configuration.
func (n *Node) PutConfig(e admin.Edit, text []byte, matches func(string) bool) (admin.Reloaded, error) {
	if !matches(n.Running.ETag) {
		return admin.Reloaded{}, admin.ErrStale
	}
	c, _, err := config.Parse("", text, nil, config.Known{})
	if err != nil {
		return admin.Reloaded{}, err
	}
	n.Put = c
	err = n.edit(e, func() error { return nil })
	return admin.Reloaded{Changed: []string{"maxHoldTime changed"}, ETag: n.Running.ETag}, err
}

// Reload only notes the change.
func (n *Node) Reload(e admin.Edit) (admin.Reloaded, error) {
	err := n.edit(e, func() error { return nil })
	return admin.Reloaded{Changed: []string{"routes changed"}, Restart: []string{"backend"}}, err
}

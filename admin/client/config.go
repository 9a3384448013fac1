package client

import (
	"context"
	"net/http"
	"net/url"
)

// ConfigPath returns the path of the configuration that runs, or of the declared one.
func ConfigPath(declared bool) string {
	if declared {
		return "/config?declared=true"
	}
	return "/config"
}

// RunningConfig returns the configuration that runs, or the declared one, without secrets.
func (c *Client) RunningConfig(ctx context.Context, declared bool) (RunningConfig, error) {
	return get[RunningConfig](ctx, c, ConfigPath(declared))
}

// ConfigDiff compares what the file says now, what was declared and what runs.
func (c *Client) ConfigDiff(ctx context.Context) (ConfigDiff, error) {
	return get[ConfigDiff](ctx, c, "/config/diff")
}

// ExportConfig returns a file that declares what runs. It holds secrets. With force it builds on a
// file that was edited since the connector has read it.
func (c *Client) ExportConfig(ctx context.Context, force bool) (out ConfigExport, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/config/export"+switches(force, false), nil, &out)
}

// PutConfig replaces the configuration that runs by a whole document, in YAML or JSON, if the ETag
// is that of the present one. A restart forgets an ephemeral change. Accounts that leave a balance
// behind are removed only with force.
func (c *Client) PutConfig(ctx context.Context, document []byte, etag string, force, ephemeral bool) (done Reloaded, err error) {
	const path = "/config"
	status, answer, err := c.sendBytes(ctx, http.MethodPut, path+switches(force, ephemeral), "application/yaml", document, "If-Match", etag)
	if err != nil {
		return done, err
	}
	return done, c.read(path, status, answer, &done)
}

// DiscardSettingChange makes the connector forget the kept change of a setting, and returns that
// change. The setting stays as it is until the next start or reload.
func (c *Client) DiscardSettingChange(ctx context.Context, name string) (discarded ConfigChange, err error) {
	return discarded, c.exchange(ctx, http.MethodDelete, "/config/changes?setting="+url.QueryEscape(name), nil, &discarded)
}

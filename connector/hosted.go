package connector

import (
	"log/slog"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/nodehost/module"
	"github.com/ilp-go/connector/nodehost/source"
	"github.com/ilp-go/connector/rate"
)

// hosted returns the module that a setting names, if it is a hosted one. The error is a config.Faults
// if there is none.
func (c *Connector) hosted(kind config.ModuleKind, path, name string) (m module.Found, is bool, err error) {
	of, is := c.parts.known().Module(kind, name)
	if !is {
		return m, false, nil
	}
	m, err = c.modules.get(c.cfg(), config.Hosted{Kind: kind, Path: path, Name: name, Module: of})
	return m, true, err
}

// pluginOf returns what makes the link of an account.
func (c *Connector) pluginOf(a *config.Account) (Plugin, error) {
	if plugin, ok := c.parts.plugins[a.Plugin]; ok {
		if plugin == nil { // of those that are built in, one needs more than its account
			plugin = c.newXRP
		}
		return plugin, nil
	}
	m, is, err := c.hosted(config.PluginModule, a.Path("plugin"), a.Plugin)
	switch {
	case err != nil:
		return nil, err
	case !is:
		return nil, unknown("plugin", a.Plugin, c.parts.plugins)
	}
	return func(a config.Account, log *slog.Logger) (Link, error) { return c.hostedPlugin(a, m, log) }, nil
}

// backendOf returns the backend of the configuration, and whether it is hosted: then backendConfig is
// for the module alone.
func (c *Connector) backendOf() (b Backend, hosted bool, err error) {
	cfg := c.cfg()
	if backend, ok := c.parts.backends[cfg.Backend]; ok {
		return backend, false, nil
	}
	m, is, err := c.hosted(config.BackendModule, "backend", cfg.Backend)
	switch {
	case err != nil:
		return Backend{}, false, err
	case !is:
		return Backend{}, false, unknown("backend", cfg.Backend, c.parts.backends)
	}
	return Backend{source.Interval, func(rate.Options) (rate.Backend, error) { return c.hostedBackend(m) }}, true, nil
}

// prepareStore prepares what plugins store in, if that is a hosted store.
func (c *Connector) prepareStore() error {
	cfg := c.cfg()
	if !cfg.HostedStore() {
		return nil
	}
	m, _, err := c.hosted(config.StoreModule, "store", cfg.Store)
	if err != nil {
		return err
	}
	return c.hostStore(m)
}

// middlewareOf makes a middleware of the configuration. It returns nil for a hosted one, which is not
// made for each account: see hostedMiddlewares.
func (c *Connector) middlewareOf(m config.Middleware) (middleware.Factory, error) {
	if made, ok := c.parts.middlewares[m.Type]; ok {
		return made(m.Options)
	}
	path := "middlewares." + m.Name + ".type"
	found, is, err := c.hosted(config.MiddlewareModule, path, m.Type)
	switch {
	case err != nil:
		return nil, err
	case !is:
		return nil, unknown("middleware", m.Type, c.parts.middlewares)
	}
	return nil, c.hostMiddleware(m, found)
}

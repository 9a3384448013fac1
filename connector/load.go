package connector

import (
	"github.com/ilp-go/connector/config"
)

// Load makes a connector of a configuration file, which may be "", and of environ, which
// has the form of os.Environ. The configuration may name what the options add. Its
// warnings are logged; the error is a config.Faults if the configuration has any.
func Load(file string, environ []string, options ...Option) (*Connector, error) {
	return load(options, func(known config.Known) (*config.Config, []config.Warning, error) {
		return config.Load(file, environ, known)
	})
}

// Parse makes a connector like Load, of the text of a file. If the name ends in .json, the
// text is JSON; if it ends in .yaml or .yml, it is YAML.
func Parse(name string, text []byte, environ []string, options ...Option) (*Connector, error) {
	return load(options, func(known config.Known) (*config.Config, []config.Warning, error) {
		return config.Parse(name, text, environ, known)
	})
}

func load(options []Option, read func(config.Known) (*config.Config, []config.Warning, error)) (*Connector, error) {
	p := newParts(options)
	p.reread = func() (*config.Config, []config.Warning, error) { return read(p.known()) }
	cfg, warnings, err := read(p.known())
	for _, w := range warnings {
		p.log.Warn("configuration", "warning", w.String())
	}
	if err != nil {
		return nil, err
	}
	return newLogged(cfg, p)
}

// newLogged makes a connector, and logs its warnings about the configuration.
func newLogged(cfg *config.Config, p parts) (*Connector, error) {
	c, err := newConnector(cfg, p)
	if err != nil {
		return nil, err
	}
	for _, w := range c.lintAssets(cfg.Accounts) {
		c.log.Warn("configuration", "warning", w.String())
	}
	return c, nil
}

// New makes a connector of a configuration that config.Load has checked with Known of the
// same options. It does not touch the network or the store. It runs Node.js to find the npm modules that
// the configuration names, if there are any.
func New(cfg *config.Config, options ...Option) (*Connector, error) {
	return newLogged(cfg, newParts(options))
}

// Known returns the names that a configuration may use, with those that the options add.
func Known(options ...Option) config.Known {
	p := newParts(options)
	return p.known()
}

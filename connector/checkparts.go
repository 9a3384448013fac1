package connector

import (
	"cmp"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/ilp-go/connector/config"
)

// checkParts makes a connector of a sound configuration, as a trial. If that fails, it makes
// each sound part of it, so that one fault does not hide the next.
func checkParts(cfg *config.Config, p parts) (warnings []config.Warning, faults config.Faults) {
	p.warn = func(w config.Warning) {
		if !slices.Contains(warnings, w) {
			warnings = append(warnings, w)
		}
	}
	if !cfg.Sound("") {
		faults = partFaults(cfg, p)
		return warnings, faults
	}
	c, err := newConnector(cfg, p)
	if err == nil {
		return slices.Concat(warnings, c.lintAssets(cfg.Accounts)), nil
	}
	if faults = partFaults(cfg, p); faults == nil {
		faults = partFault(cfg, "", err)
	}
	return warnings, faults
}

// partFaults returns why the backend, a middleware or the link of an account could not be made, or which
// npm module is not there.
func partFaults(cfg *config.Config, p parts) (faults config.Faults) {
	quiet := slog.New(slog.DiscardHandler)
	_, faults = findModules(cfg, p)
	if backend, ok := p.backends[cfg.Backend]; ok && cfg.Sound("backend") {
		if trial, some := soundBackend(cfg); some {
			if _, err := makeBackend(trial, backend, quiet, p.warn, nil); err != nil {
				faults = append(faults, faultsOfBackend(cfg, err)...)
			}
		}
	}
	for _, m := range cfg.Middlewares {
		path := "middlewares." + m.Name
		made, ok := p.middlewares[m.Type]
		if !ok || !cfg.Sound(path) {
			continue
		}
		if _, err := made(m.Options); err != nil {
			faults = append(faults, partFault(cfg, path, err)...)
		}
	}
	for _, a := range cfg.Accounts {
		path := strings.TrimSuffix(a.Path("options"), ".options")
		plugin, ok := p.plugins[a.Plugin]
		if !ok || !cfg.Sound(path) {
			continue
		}
		if _, err := plugin(a, quiet); err != nil {
			faults = append(faults, partFault(cfg, path, err)...)
		}
	}
	return faults
}

// soundBackend returns a configuration without the keys of backendConfig that have a fault already. It
// returns false if none is left.
func soundBackend(cfg *config.Config) (trial *config.Config, some bool) {
	if cfg.Sound("backendConfig") {
		return cfg, true
	}
	sound := *cfg
	sound.BackendConfig = maps.Clone(cfg.BackendConfig)
	maps.DeleteFunc(sound.BackendConfig, func(key string, _ any) bool { return !cfg.Sound("backendConfig." + key) })
	return &sound, len(sound.BackendConfig) > 0
}

// partFault returns the error of a part as a fault. The text begins with the path of a setting
// inside path, if it is about one, and ends with a hint behind a semicolon, if it has one.
func partFault(cfg *config.Config, path string, err error) config.Faults {
	var own config.Faults
	if errors.As(err, &own) {
		return own
	}
	problem, hint, _ := strings.Cut(err.Error(), "; ")
	if setting, rest, ok := strings.Cut(problem, ": "); ok && isSetting(setting) {
		path, problem = strings.TrimPrefix(path+"."+setting, "."), rest
	}
	return config.Faults{located(cfg, config.Fault{Path: path, Problem: problem, Hint: cmp.Or(hint, "correct it in the configuration")})}
}

// isSetting reports whether a text is the path of a setting that a part reads.
func isSetting(text string) bool {
	top, _, _ := strings.Cut(text, ".")
	return top == "options" || top == "backendConfig" || top == "listen"
}

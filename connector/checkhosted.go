package connector

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/config"
)

// checkHostedPorts warns of hosted plugins that seem to listen on one port, or on one that is taken. Only
// the module knows what its options mean, so these are no faults.
func checkHostedPorts(cfg *config.Config, p parts) (warnings []config.Warning) {
	warn := func(path, problem, hint string) {
		warnings = append(warnings, config.Warning(located(cfg, config.Fault{Path: path, Problem: problem, Hint: hint})))
	}
	owners := make(map[int]string)
	for _, s := range cfg.Sockets() {
		owners[s.Port] = s.Path
	}
	for i := range cfg.Accounts {
		a := &cfg.Accounts[i]
		if _, hosted := p.known().Module(config.PluginModule, a.Plugin); !hosted {
			continue
		}
		name, port := listenPort(a.Options)
		if port == 0 {
			continue
		}
		path := a.Path("options") + "." + name
		if owner := owners[port]; owner != "" {
			warn(path, fmt.Sprintf("is %d, as %s is: if the plugin listens on it, only one of them can", port, owner), "set another port")
			continue
		}
		owners[port] = path
		if s := (config.Socket{Path: path, Port: port}); tryPort(s) != nil {
			warn(path, fmt.Sprintf("is %d, which is taken, perhaps by the running connector: if the plugin listens on it, its process ends", port), "set another port")
		}
	}
	return warnings
}

// listenPort returns the port that a hosted plugin seems to listen on, and the option that says so. It
// returns 0 if there is none, or if it seems to be that of a server.
func listenPort(options map[string]any) (name string, port int) {
	if listener, ok := options["listener"].(map[string]any); ok {
		return "listener.port", portOf(listener["port"])
	}
	for key := range options {
		for _, part := range []string{"host", "server", "url", "uri"} {
			if strings.Contains(strings.ToLower(key), part) {
				return "", 0
			}
		}
	}
	return "port", portOf(options["port"])
}

func portOf(value any) int {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(port)
}

// checkEnv warns of variables that nodeHost.env names and that are not set where the check runs.
func checkEnv(cfg *config.Config, p parts) (warnings []config.Warning) {
	if len(cfg.Hosted(p.known())) == 0 {
		return nil
	}
	for _, name := range unsetVariables(cfg) {
		warnings = append(warnings, config.Warning(located(cfg, config.Fault{
			Path: "nodeHost.env", Problem: "names " + name + ", which is not set here, so modules do not get it", Hint: "set it, or remove the name",
		})))
	}
	return warnings
}

// unsetVariables returns the names of nodeHost.env that our environment does not have.
func unsetVariables(cfg *config.Config) (names []string) {
	for _, name := range cfg.NodeHost.Env {
		if _, there := os.LookupEnv(name); !there {
			names = append(names, name)
		}
	}
	return names
}

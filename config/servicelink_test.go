package config

import (
	"slices"
	"testing"
)

// links are the variables that Kubernetes sets for a service of one port.
func links(prefix, port string) []string {
	return []string{
		prefix + "_SERVICE_HOST=10.0.0.1", prefix + "_SERVICE_PORT=" + port, prefix + "_SERVICE_PORT_HTTP=" + port,
		prefix + "_PORT=tcp://10.0.0.1:" + port, prefix + "_PORT_" + port + "_TCP=tcp://10.0.0.1:" + port,
		prefix + "_PORT_" + port + "_TCP_PROTO=tcp", prefix + "_PORT_" + port + "_TCP_PORT=" + port, prefix + "_PORT_" + port + "_TCP_ADDR=10.0.0.1",
	}
}

func TestServiceLinkIsNamedAsTheCause(t *testing.T) {
	for variable, service := range map[string]string{
		"CONNECTOR_ADMIN_API_PORT=tcp://10.0.0.1:7780":         "connector-admin-api",
		"CONNECTOR_SETTLEMENT_API_PORT=udp://[fd00::1]:7771":   "connector-settlement-api",
		"CONNECTOR_MAX_HOLD_TIME=tcp://10.0.0.1:80":            "connector...",
		"CONNECTOR_ADMIN_API=tcp://10.0.0.1:80":                "connector...",
		"CONNECTOR_ADMIN_API_HOST=tcp://10.0.0.1:80":           "connector...",
		"CONNECTOR_STORE_PATH=tcp://10.0.0.1:80":               "connector...",
		"CONNECTOR_BACKEND=sctp://10.0.0.1:80":                 "connector...",
		"CONNECTOR_ROUTES=tcp://10.0.0.1:80":                   "connector...",
		"CONNECTOR_ACCOUNTS=tcp://10.0.0.1:80":                 "connector...",
		"CONNECTOR_SPREAD=tcp://10.0.0.1:80":                   "connector...",
		"CONNECTOR_ILP_ADDRESS_INHERIT_FROM=tcp://10.0.0.1:80": "connector...",
	} {
		_, _, faults := parse(t, one, variable)
		if len(faults) != 1 || !hasLine(faultLines(faults), "://", "Kubernetes", "service named "+service, "enableServiceLinks: false") {
			t.Errorf("%s:\n%v", variable, faults)
		}
	}
	for _, variable := range []string{"CONNECTOR_ADMIN_API_PORT=tcp://u:planted@h:1", "CONNECTOR_ADMIN_API_PORT=tcp://planted"} {
		_, _, faults := parse(t, one, variable)
		if len(faults) != 1 || hasLine(faultLines(faults), "Kubernetes") || hasLine(faultLines(faults), "planted") {
			t.Errorf("%s:\n%v", variable, faults)
		}
	}
}

// A service has seven variables or more, and they are of no use to us.
func TestServiceLinksThatAreIgnoredAreOneWarning(t *testing.T) {
	environ := slices.Concat(links("CONNECTOR", "7780"), links("CONNECTOR_STORE", "80"),
		[]string{"CONNECTOR_PORTS=1", "CONNECTOR_FOO_PORT=5"})
	_, warnings := mustParse(t, one, environ...)
	lines := warningLines(warnings)
	if len(lines) != 4 ||
		!hasLine(lines, "CONNECTOR_SERVICE_HOST: ", "Kubernetes", "a service named connector;", "enableServiceLinks: false") ||
		!hasLine(lines, "CONNECTOR_STORE_SERVICE_HOST: ", "a service named connector-store;") ||
		!hasLine(lines, "CONNECTOR_PORTS: ", "is not a variable") || !hasLine(lines, "CONNECTOR_FOO_PORT: ", "is not a variable") {
		t.Errorf("%q", lines)
	}
	// Where one of them is a setting, the others are still one warning.
	_, warnings, faults := parse(t, one, links("CONNECTOR_ADMIN_API", "7780")...)
	if len(faults) != 1 || len(warnings) != 1 {
		t.Errorf("%v %v", faults, warnings)
	}
}

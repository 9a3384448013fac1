package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// Images of containers have such variables by convention.
func TestVariablesMayNameTheFileOfASecret(t *testing.T) {
	file := secretFile(t, "secret", "c2VjcmV0c2VjcmV0c2VjcmV0\n")
	c, warnings := mustParse(t, one+"adminApiToken: other\nroutingSecret: {env: NOTHING}",
		"CONNECTOR_ROUTING_SECRET_FILE="+file, "CONNECTOR_ADMIN_API_TOKEN_FILE="+file, "CONNECTOR_SETTLEMENT_API_TOKEN_FILE="+file)
	if len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	for name, got := range map[string]string{
		"routingSecret": c.RoutingSecret, "adminApiToken": c.AdminAPIToken, "settlementApiToken": c.SettlementAPIToken,
	} {
		if got != "c2VjcmV0c2VjcmV0c2VjcmV0" || c.Origin(name) != "file "+file {
			t.Errorf("%s is %q, from %s", name, got, c.Origin(name))
		}
	}
}

func TestFaultsOfVariablesWithFilesNameTheVariable(t *testing.T) {
	file := secretFile(t, "secret", planted)
	for _, test := range []struct {
		environ []string
		want    string
	}{
		{[]string{"CONNECTOR_ADMIN_API_TOKEN_FILE=" + file, "CONNECTOR_ADMIN_API_TOKEN=hunter2"}, "is set, and so is CONNECTOR_ADMIN_API_TOKEN; keep one of the two"},
		{[]string{"CONNECTOR_ADMIN_API_TOKEN=", "CONNECTOR_ADMIN_API_TOKEN_FILE=" + file}, "is set, and so is CONNECTOR_ADMIN_API_TOKEN; keep one of the two"},
		{[]string{"CONNECTOR_ADMIN_API_TOKEN_FILE="}, "names no file"},
		{[]string{"CONNECTOR_ADMIN_API_TOKEN_FILE=hunter2"}, "names a file without its whole path"},
		{[]string{"CONNECTOR_ADMIN_API_TOKEN_FILE=" + filepath.Dir(file)}, "which is a directory"},
	} {
		_, _, faults := parse(t, one, test.environ...)
		if len(faults) != 1 || !strings.HasPrefix(faults.Error(), "adminApiToken (CONNECTOR_ADMIN_API_TOKEN_FILE): ") || !strings.Contains(faults.Error(), test.want) {
			t.Errorf("%q: %v", test.environ, faults)
		}
		if strings.Contains(faults.Error(), planted) {
			t.Errorf("%q shows the secret: %v", test.environ, faults)
		}
	}
}

// Of other settings the file would be a mistake.
func TestOnlySecretsHaveAVariableForAFile(t *testing.T) {
	_, warnings := mustParse(t, one, "CONNECTOR_STORE_PATH_FILE=/a", "CONNECTOR_ADMIN_API_TOKEN_FIEL=/a")
	lines := warningLines(warnings)
	if len(lines) != 2 || !hasLine(lines, "CONNECTOR_STORE_PATH_FILE: is not a variable") || !hasLine(lines, "did you mean CONNECTOR_ADMIN_API_TOKEN_FILE?") {
		t.Errorf("got %q", lines)
	}
}

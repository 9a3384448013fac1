package config

import (
	"testing"
	"time"
)

func TestVariablesAreReadByType(t *testing.T) {
	spread := func(c *Config) any { return c.Spread }
	hold := func(c *Config) any { return c.MaxHoldTime }
	reflect := func(c *Config) any { return c.ReflectPayments }
	admin := func(c *Config) any { return c.AdminAPI }
	for _, test := range []struct {
		variable string
		read     func(*Config) any
		want     any
	}{
		{"CONNECTOR_SPREAD=", spread, "0"},
		{"CONNECTOR_SPREAD= 2e-3 ", spread, "0.002"},
		{"CONNECTOR_SPREAD=-0.5", spread, "-0.5"},
		{"CONNECTOR_SPREAD=0.1234567890123456789", spread, "0.1234567890123456789"},
		{"CONNECTOR_MAX_HOLD_TIME=", hold, Milliseconds(0)},
		{"CONNECTOR_MAX_HOLD_TIME=1e3", hold, Milliseconds(1000)},
		{"CONNECTOR_MAX_HOLD_TIME=0x10", hold, Milliseconds(16)},
		{"CONNECTOR_MAX_HOLD_TIME=5.0", hold, Milliseconds(5)},
		{"CONNECTOR_ADMIN_API=1", admin, true},
		{"CONNECTOR_ADMIN_API=true", admin, true},
		{"CONNECTOR_ADMIN_API=TRUE", admin, false},
		{"CONNECTOR_ADMIN_API=yes", admin, false},
		{"CONNECTOR_REFLECT_PAYMENTS=0", reflect, false},
		{"CONNECTOR_REFLECT_PAYMENTS=", reflect, false},
		{"CONNECTOR_DEFAULT_ROUTE=", func(c *Config) any { return c.DefaultRoute }, ""},
		{"CONNECTOR_ROUTES=[]", func(c *Config) any { return len(c.Routes) }, 0},
		{"CONNECTOR_STORE_PATH=/a b=c", func(c *Config) any { return c.StorePath }, "/a b=c"},
		{"CONNECTOR_STORE_PATH=/a", func(c *Config) any { return c.StoreName() }, "bolt"},
		{"CONNECTOR_STORE=memory", func(c *Config) any { return c.StoreName() }, "memory"},
		{`CONNECTOR_STORE_CONFIG={"path":"/a","durability":1e3}`, func(c *Config) any { return c.StoreDurability() }, time.Second},
	} {
		if c, _ := mustParse(t, one, test.variable); test.read(c) != test.want {
			t.Errorf("%s: got %v, want %v", test.variable, test.read(c), test.want)
		}
	}
}

func TestUnreadableVariableIsNamed(t *testing.T) {
	for _, test := range []struct {
		variable string
		words    []string
	}{
		{"CONNECTOR_SPREAD=0,5", []string{"spread (CONNECTOR_SPREAD)", `"0,5"`, "not a number"}},
		{"CONNECTOR_SPREAD=Infinity", []string{"CONNECTOR_SPREAD", "not a number"}},
		{"CONNECTOR_MAX_HOLD_TIME=30s", []string{"CONNECTOR_MAX_HOLD_TIME", `"30s"`, "not a whole number"}},
		{"CONNECTOR_MAX_HOLD_TIME=1.5", []string{"CONNECTOR_MAX_HOLD_TIME", "not a whole number"}},
		{"CONNECTOR_ADMIN_API_PORT=65536", []string{"CONNECTOR_ADMIN_API_PORT", "65536", "from 0 to 65535"}},
		{"CONNECTOR_ACCOUNTS={\"a\":\n{,}}", []string{"accounts (CONNECTOR_ACCOUNTS)", "not valid JSON", "line 2, column 2"}},
		{"CONNECTOR_ACCOUNTS=", []string{"CONNECTOR_ACCOUNTS", "not valid JSON", "unexpected end"}},
		{"CONNECTOR_ACCOUNTS=[]", []string{"CONNECTOR_ACCOUNTS", "is a list, not an object"}},
		{"CONNECTOR_ACCOUNTS=null", []string{"CONNECTOR_ACCOUNTS", "is null, not an object"}},
		{`CONNECTOR_ACCOUNTS={"a":{},"a":{}}`, []string{"accounts.a (CONNECTOR_ACCOUNTS)", "given twice"}},
		{"CONNECTOR_ROUTES={}", []string{"CONNECTOR_ROUTES", "is an object, not a list"}},
		{"CONNECTOR_ILP_ADDRESS=", []string{"CONNECTOR_ILP_ADDRESS", "is empty"}},
		{"CONNECTOR_ENV=staging", []string{"CONNECTOR_ENV", `"staging"`, "production or test"}},
		{"CONNECTOR_BACKEND_CONFIG={\"a\":\"\xff\"}", []string{"CONNECTOR_BACKEND_CONFIG", "UTF-8"}},
		{`CONNECTOR_BACKEND_CONFIG={"a":1e999}`, []string{"backendConfig.a (CONNECTOR_BACKEND_CONFIG)", "too large"}},
	} {
		_, _, faults := parse(t, one, test.variable)
		if len(faults) != 1 && test.variable[:18] != "CONNECTOR_ACCOUNTS" || !hasLine(faultLines(faults), test.words...) {
			t.Errorf("%s:\n%v\nwant one with %q", test.variable, faults, test.words)
		}
	}
}

func TestUnreadableAccountsAreOneFault(t *testing.T) {
	_, _, faults := parse(t, "defaultRoute: bob\nilpAddressInheritFrom: bob\n", "CONNECTOR_ACCOUNTS={")
	if len(faults) != 1 {
		t.Errorf("%d faults follow from one:\n%v", len(faults), faults)
	}
}

func TestMissingAccountsNameTheVariable(t *testing.T) {
	_, _, faults := parse(t, "ilpAddress: test.me\n")
	if len(faults) != 1 || faults[0].Path != "accounts" || faults[0].Variable != "CONNECTOR_ACCOUNTS" {
		t.Errorf("got %v", faults)
	}
}

func TestUnknownVariableIsAWarning(t *testing.T) {
	_, warnings := mustParse(t, one, "CONNECTOR_ILPADDRESS=x", "CONNECTOR_PAIRS=x", "CONNECTOR_CONFIG=x", "CONNECTOR_REFLECT_PAYMENTS=on",
		"PATH=/bin", "CONNECTOR_STORE_PATH=/a", "=C:=x", "CONNECTOR_NOTHING")
	lines := warningLines(warnings)
	if len(lines) != 3 ||
		!hasLine(lines, "CONNECTOR_ILPADDRESS: ", "did you mean CONNECTOR_ILP_ADDRESS?") ||
		!hasLine(lines, "CONNECTOR_PAIRS: ", "ignored") ||
		!hasLine(lines, "CONNECTOR_REFLECT_PAYMENTS", `"on"`, "counts as false") {
		t.Errorf("got %q", lines)
	}
}

func TestFirstOfTwoEqualVariablesCounts(t *testing.T) {
	if c, _ := mustParse(t, one, "CONNECTOR_STORE_PATH=/a", "CONNECTOR_STORE_PATH=/b"); c.StorePath != "/a" {
		t.Errorf("got %s", c.StorePath)
	}
}

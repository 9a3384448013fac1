package subject

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
)

func TestSettingsAreAConfigurationWithoutFaults(t *testing.T) {
	setup := Setup{Senders: 2, Receivers: 3, Neighbors: 1, Routes: 10}
	env, fit, err := newSettings(setup, 12000, "").variables()
	if err != nil || !fit {
		t.Fatalf("fit %v, %v", fit, err)
	}
	c, warnings, err := config.Load("", env, connector.Known())
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %v, %v", warnings, err)
	}
	if got := len(c.Accounts); got != 6 {
		t.Errorf("%d accounts", got)
	}
}

func TestFileHoldsTheSameAsTheVariables(t *testing.T) {
	c := newSettings(Setup{Senders: 1, Receivers: 1, Routes: 2, Store: "bolt"}, 12000, "where")
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	env, _, err := c.variables()
	if err != nil || len(env) != len(file) {
		t.Fatalf("%d variables, %d settings, %v", len(env), len(file), err)
	}
	for name, value := range file {
		text := strings.Trim(string(value), `"`)
		if v := "CONNECTOR_" + upperSnake(name) + "=" + text; !slices.Contains(env, v) {
			t.Errorf("the variables lack %s", v)
		}
	}
}

func TestLargeSettingsDoNotFitIntoVariables(t *testing.T) {
	for _, c := range []struct {
		setup Setup
		fit   bool
	}{
		{Setup{Senders: 50, Receivers: 50}, true},
		{Setup{Senders: 500, Receivers: 500}, false},
		{Setup{Senders: 1, Receivers: 1, Routes: 10}, true},
		{Setup{Senders: 1, Receivers: 1, Routes: 20_000}, false},
	} {
		if _, fit, err := newSettings(c.setup, 12000, "").variables(); err != nil || fit != c.fit {
			t.Errorf("%+v: fit %v, %v", c.setup, fit, err)
		}
	}
}

func TestUpperSnake(t *testing.T) {
	for name, want := range map[string]string{"ilpAddress": "ILP_ADDRESS", "accounts": "ACCOUNTS", "storePath": "STORE_PATH"} {
		if got := upperSnake(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestFreePortsAreFreeAndInARow(t *testing.T) {
	first, err := freePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	if !areFree(first, 20) || first < portMin || first+20 > portMax {
		t.Errorf("ports from %d on are not free, or out of range", first)
	}
	if _, err := freePorts(portMax); err == nil {
		t.Error("more ports than there are")
	}
}

func TestSettingsForOurConnectorHaveNoFaults(t *testing.T) {
	setup := Setup{Senders: 1, Receivers: 1, Store: "bolt", Admin: true, Clients: true, Listen: true, Shared: 2, Spare: 2, Remember: time.Second}
	b, err := json.Marshal(newSettings(setup, 12000, "where"))
	if err != nil {
		t.Fatal(err)
	}
	c, warnings, err := config.Parse("c.json", b, nil, connector.Known())
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %v, %v", warnings, err)
	}
	if a, there := c.Accounts.Find(ClientsID); !there || a.Children == nil || !setup.ours() || setup.ports() != 2+otherPorts+2 {
		t.Errorf("the accounts are %v", c.Accounts)
	}
	for id, account := range map[string]any{"spare": newAccount(12000), "loopback": LoopbackAccount()} {
		text, err := json.Marshal(account)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := config.ParseAccount(id, text, connector.Known()); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestSettingsOverHTTPHaveNoFaults(t *testing.T) {
	for name, c := range map[string]struct {
		setup Setup
		ports int
	}{
		"in and out": {Setup{Senders: 2, Receivers: 1, HTTPSenders: true, HTTPReceivers: true, Connections: 4}, 4},
		"in alone":   {Setup{Senders: 1, Receivers: 2, HTTPSenders: true, Connections: 4}, 3},
	} {
		env, _, err := newSettings(c.setup, 12000, "").variables()
		if err != nil {
			t.Fatal(err)
		}
		loaded, warnings, err := config.Load("", env, connector.Known())
		if err != nil || len(warnings) > 0 {
			t.Errorf("%s: warnings %v, %v", name, warnings, err)
		}
		if got := c.setup.ports(); got != c.ports || len(loaded.Accounts) != 3 {
			t.Errorf("%s: %d ports, accounts %v", name, got, loaded.Accounts)
		}
	}
}

package test

import "testing"

// TestCredentialsTwice gives an account its token in the URI and in an option. It does not matter which would
// win: the connector does not start.
func TestCredentialsTwice(t *testing.T) {
	t.Parallel()
	for _, k := range kinds(t) {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			twice := child("alice", 9)
			twice.server = "btp+ws://:s3cret@127.0.0.1:1"
			twice.options = map[string]any{"btpToken": "s3cret"}
			env, err := config{address: "test.conn", accounts: []account{twice}}.environment(nil, freePort(t))
			if err != nil {
				t.Fatal(err)
			}
			connector := startProcess(t, string(k), "peers", env, nil, k.command(t)...)
			if code := connector.exitCode(t); code == 0 {
				t.Error("it ended as if all were well")
			}
		})
	}
}

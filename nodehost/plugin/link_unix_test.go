//go:build unix

package plugin_test

import "testing"

// An init system that stops the connector may tell all its processes. The plugin must be able to disconnect.
func TestPluginOutlivesTheSignalsOfAStop(t *testing.T) {
	x := run(t, `{}`, answering)
	x.await(true)
	for _, signal := range []string{"SIGTERM", "SIGINT", "SIGHUP"} {
		if _, err := x.do("signal", "key", signal); err != nil {
			t.Errorf("%s: %v", signal, err)
		}
	}
	if got := send(t, x, 5); !got.Fulfilled() {
		t.Errorf("%v", got)
	}
}

package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestItServesAFundedLedger(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0", "-close", "0", "-fund", "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe=7000000"}, in, io.Discard)
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ws://127.0.0.1:") {
		t.Fatalf("it prints %q", lines.Text())
	}
	url := lines.Text()
	lines.Scan()
	socket, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	ask := `{"id":1,"command":"account_info","account":"rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"}`
	if err := socket.Write(ctx, websocket.MessageText, []byte(ask)); err != nil {
		t.Fatal(err)
	}
	if _, text, err := socket.Read(ctx); err != nil || !strings.Contains(string(text), `"Balance":"7000000"`) {
		t.Errorf("it answers %s, %v", text, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestFaultyFlags(t *testing.T) {
	for _, args := range [][]string{{"-fund", "r1"}, {"-fund", "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe=-1"}, {"-fund", "r1=5"},
		{"-listen", "127.0.0.1:0", "-fund", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh=5"},
		{"-listen", "127.0.0.1:0", "-fund", "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe=99000000000000000", "-fund", "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe=9000000000000000"},
		{"-listen", "nowhere"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

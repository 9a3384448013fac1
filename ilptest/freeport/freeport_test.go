package freeport

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNoPortIsGivenTwice takes ports in three processes at once.
func TestNoPortIsGivenTwice(t *testing.T) {
	if os.Getenv("FREEPORT_TEST") != "" {
		for range reservedMax {
			port, err := Take()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println("port", port)
		}
		var buf [1]byte
		_, _ = os.Stdin.Read(buf[:]) // keep the ports until the parent has read them all
		return
	}
	taken := make(map[string]bool)
	for range 3 {
		child := exec.Command(os.Args[0], "-test.run=TestNoPortIsGivenTwice")
		child.Env = append(os.Environ(), "FREEPORT_TEST=1")
		in, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = in.Close()
			if err := child.Wait(); err != nil {
				t.Error(err)
			}
		}()
		for range reservedMax {
			var port string
			if _, err := fmt.Fscanf(out, "port %s\n", &port); err != nil {
				t.Fatal(err)
			}
			if port = strings.TrimSpace(port); taken[port] {
				t.Errorf("%s was given twice", port)
			}
			taken[port] = true
		}
	}
}

func TestAPortCanBeListenedOn(t *testing.T) {
	port, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 1000 {
		if other, err := Take(); err != nil || other == port {
			t.Fatalf("%d is given although something listens there, %v", other, err)
		}
	}
}

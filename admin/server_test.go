package admin_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/admin"
)

// serve serves on a free port until the test ends, or stop is called.
func serve(t *testing.T, n admin.Node, o admin.Options) (address string, stop func() error) {
	t.Helper()
	s, err := admin.Listen(n, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err // for whoever stops it again
		return err
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return s.Address().String(), stop
}

func TestServerAnswersUntilItIsStopped(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	address, stop := serve(t, newNode(t), loopback())
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	response, err := client.Get("http://" + address + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || string(body) != `{"alive":true}` {
		t.Errorf("%s, %v", body, err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get("http://" + address + "/livez"); err == nil {
		t.Error("it still answers")
	}
}

func TestStoppingServerEndsWhatIsUnderWay(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	n := newNode(t)
	pinged := make(chan struct{})
	n.Pong = func(ctx context.Context, _ string) (time.Duration, error) {
		close(pinged)
		<-ctx.Done()
		return 0, ctx.Err()
	}
	address, stop := serve(t, n, loopback())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	status := make(chan int, 1)
	go func() {
		response, err := client.Post("http://"+address+"/ping", "application/json", strings.NewReader(`{"destination":"test.far"}`))
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		response.Body.Close()
		status <- response.StatusCode
	}()
	<-pinged
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if code := <-status; code != 500 {
		t.Errorf("the ping ended with %d", code)
	}
}

func TestTakenPortIsAnErrorThatSaysWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	o := loopback()
	o.Port = taken.Addr().(*net.TCPAddr).Port
	_, err = admin.Listen(newNode(t), o)
	if err == nil || !strings.Contains(err.Error(), "CONNECTOR_ADMIN_API_PORT") {
		t.Errorf("%v", err)
	}
}

func TestLongHeadersAreRefused(t *testing.T) {
	address, _ := serve(t, newNode(t), loopback())
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /status HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if !strings.HasPrefix(line, "HTTP/1.1 431 ") {
		t.Errorf("%q, %v", line, err)
	}
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// startHTTPRelay serves until the test ends, and returns the URL and a client for it.
func startHTTPRelay(t *testing.T, to string) (url string, client *http.Client) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- serveHTTP(listener, to) }()
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		listener.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String(), &http.Client{Transport: transport}
}

// Each of many requests at a time, of all sizes, gets the answer to its own body.
func TestBodiesAndAnswersPassUnchanged(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.ContentLength != int64(len(body)) {
			t.Errorf("%s with a length of %d, %v", r.Method, r.ContentLength, err)
		}
		_, _ = fmt.Fprintf(w, "answer to %s", body)
	}))
	defer receiver.Close()
	url, client := startHTTPRelay(t, receiver.URL)
	var senders sync.WaitGroup
	for sender := range 16 {
		senders.Go(func() {
			for _, size := range []int{1, 300, 4 << 10, 40_000} {
				body := bytes.Repeat([]byte{'a' + byte(sender)}, size)
				response, err := client.Post(url, "application/octet-stream", bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(response.Body)
				response.Body.Close()
				if want := "answer to " + string(body); err != nil || string(got) != want {
					t.Errorf("%d bytes brought %d bytes, %v", size, len(got), err)
				}
			}
		})
	}
	senders.Wait()
}

func TestReceiverThatIsGoneIsABadGateway(t *testing.T) {
	receiver := httptest.NewServer(http.NotFoundHandler())
	receiver.Close()
	url, client := startHTTPRelay(t, receiver.URL)
	response, err := client.Post(url, "application/octet-stream", bytes.NewReader([]byte("body")))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusBadGateway {
		t.Errorf("status %d", response.StatusCode)
	}
}

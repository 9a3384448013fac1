package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/ilp-go/connector/config"
)

// The bounds of what a client takes of our time and memory.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = time.Minute
	idleTimeout    = time.Minute
	headerBytesMax = 16 << 10
	stopTimeout    = 2 * time.Second
)

// Server is an API with a socket.
type Server struct {
	api      *API
	listener net.Listener
}

// Listen opens the socket that the options name. Serve answers requests on it.
func Listen(node Node, o Options) (*Server, error) {
	api, err := New(node, o)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(config.BareHost(o.Host), strconv.Itoa(o.Port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("admin API: %w; set CONNECTOR_ADMIN_API_PORT to a port that is free and CONNECTOR_ADMIN_API_HOST to an address of this machine", err)
	}
	return &Server{api, listener}, nil
}

// API returns what answers the requests, to serve it elsewhere too.
func (s *Server) API() *API { return s.api }

// Address returns the address of the socket.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// Serve answers requests until ctx ends. Then it closes the socket, and waits up to
// stopTimeout for the requests under way. Call it once. It returns an error only if the
// socket fails.
func (s *Server) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler:           s.api,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(s.api.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if server.Shutdown(deadline) != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(s.listener)
	if !stop() { // ctx has ended
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("admin API: %w", err)
}

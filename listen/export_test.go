package listen

import (
	"context"
	"net"
)

// Serve serves a listener of a test until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) { _ = s.serve(ctx, l) }

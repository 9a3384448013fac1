package cli

import (
	"log"
	"log/slog"
	"strings"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/clock"
)

// standardLog takes the lines of Go's standard log. net/http writes to it when a peer breaks HTTP,
// as often as the peer likes and with what the peer has sent.
type standardLog struct {
	log   *slog.Logger
	lines clock.Limiter
}

// standardMax bounds a line of the standard log in bytes.
const standardMax = 200

// takeStandardLog makes the standard log a part of ours, with at most one line a second, until
// restore is called.
func takeStandardLog(to *slog.Logger) (restore func()) {
	before, flags := log.Writer(), log.Flags()
	log.SetFlags(0)
	log.SetOutput(&standardLog{log: to})
	return func() {
		log.SetOutput(before)
		log.SetFlags(flags)
	}
}

// Write logs a line without what a peer has sent.
func (s *standardLog) Write(line []byte) (int, error) {
	if pass, held := s.lines.Pass(1); pass {
		text, _, _ := strings.Cut(strings.TrimSpace(string(line)), " starting with ")
		s.log.Info("library complains", "error", clip.UTF8(text, standardMax), "notLogged", held)
	}
	return len(line), nil
}

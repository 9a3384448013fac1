package btplink

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilptest"
)

// A connection that comes when the link of its client has ended is ended at once, since nothing
// would end it later.
func TestConnectionOfAnEndedLinkIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := pipe(t, time.Hour)
		l := s.link
		l.Begin(ilptest.Fulfilling(), nil, nil)
		l.End()
		if l.install(&l.accepted, s); l.Connected() || s.reason.Load() == nil || *s.reason.Load() != errStopped {
			t.Errorf("connected %v, ended because of %v", l.Connected(), s.reason.Load())
		}
		s.close(errDone)
	})
}

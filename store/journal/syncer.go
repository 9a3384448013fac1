package journal

import (
	"fmt"
	"time"
)

// syncer syncs what was applied, once per interval, in a goroutine of its own.
type syncer struct {
	store *Store
	stop  chan struct{}
	ended chan struct{}
}

func (s *Store) startSyncer(interval time.Duration) *syncer {
	y := &syncer{store: s, stop: make(chan struct{}), ended: make(chan struct{})}
	go y.run(interval)
	return y
}

func (y *syncer) run(interval time.Duration) {
	defer close(y.ended)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-y.stop:
			return
		case <-ticker.C:
			y.store.syncDue()
		}
	}
}

// syncDue syncs while others write. It never syncs again once a write or a sync has
// failed: the kernel reports an error once and forgets the pages it could not write,
// so that the next sync would succeed.
func (s *Store) syncDue() {
	s.writing.Lock()
	written, due := s.sequence, s.synced < s.sequence && s.failed() == nil
	s.writing.Unlock()
	if !due {
		return
	}
	if err := s.file.Sync(); err != nil {
		_ = s.fail(fmt.Errorf("sync: %w", err))
		return
	}
	s.writing.Lock()
	s.synced = max(s.synced, written)
	s.writing.Unlock()
}

func (y *syncer) end() {
	close(y.stop)
	<-y.ended
}

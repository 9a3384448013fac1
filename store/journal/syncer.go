package journal

import (
	"fmt"
	"time"
)

// syncer syncs the journal once per interval, on its own goroutine.
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

// syncDue syncs while writes go on. It never syncs again after a failed write or sync: the
// kernel reports an error once and drops the pages that it could not write, so that the
// next sync would succeed.
func (s *Store) syncDue() {
	s.writing.Lock()
	written, due := s.sequence, s.synced < s.sequence && s.failure.Err() == nil
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

package settle

import "time"

// setTimer has the till settle every so often. The first time is one period after the
// last settlement, or after now if there is none to remember: restarts do not put it
// off for ever.
func (t *payWorker) setTimer() {
	if t.every <= 0 {
		return
	}
	first := t.every
	if last := t.last(); !last.IsZero() {
		first = min(max(time.Until(last.Add(t.every)), 0), t.every)
	}
	t.desk.mu.Lock()
	defer t.desk.mu.Unlock()
	if t.timer == nil && t.desk.ctx != nil && !t.gone {
		t.timer = time.AfterFunc(first, t.tick)
	}
}

// tick settles what is owed.
func (t *payWorker) tick() {
	t.force()
	t.desk.mu.Lock()
	defer t.desk.mu.Unlock()
	if t.desk.ctx != nil && !t.gone {
		t.timer.Reset(t.every)
	}
}

// last is when the latest settlement was decided on.
func (t *payWorker) last() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.history) == 0 {
		return time.Time{}
	}
	return t.history[len(t.history)-1].Created
}

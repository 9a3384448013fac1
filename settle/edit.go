package settle

import "errors"

// Edit calls do, which changes posted balances of the accounts for an operator. Entries
// that are only in memory are recorded first, and none is made until do returns. So what do
// finds in memory is what the store has, and a crash after do leaves what do has set.
// Packets do not wait meanwhile. Then Edit settles out of band what has become due.
//
// ErrBroken says that the entries cannot be recorded. Then Edit has not called do.
func (p *Payer) Edit(do func() error, accountIDs ...string) error {
	for _, id := range accountIDs {
		w := p.find(id)
		if w == nil || !w.outOfBand {
			continue
		}
		w.settlements.locked(func() { w.settlements.edits++ })
		defer w.endEdit()
		if err := w.recordOutOfBand(); err != nil && !errors.Is(err, errIdle) {
			return err
		}
	}
	return do()
}

// endEdit makes the entries that had to wait for an edit.
func (w *payWorker) endEdit() {
	w.settlements.locked(func() { w.settlements.edits-- })
	w.settleOutOfBand()
}

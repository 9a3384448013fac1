package test

import (
	"fmt"
	"math/big"
	"time"
)

// audit is what came of a comparison of the ledger with what the peers hold.
type audit struct {
	fulfilled int           // Fulfills that senders have got since the last one
	doubtful  int           // packets that the receiver has fulfilled, and of which the sender has not heard
	booked    int           // those of them that are in the ledger
	lost      int           // Fulfills that a sender holds, and that are not in the ledger
	lostOld   int           // those of them that the sender had before the time given
	age       time.Duration // how long before the crash the sender had the first of those that are lost
	drift     big.Int       // between what receivers are owed and what the packets in the ledger delivered
	wrong     []string      // whatever else there must not be
}

// audit compares the balances after a start with what the peers have in their hands, and takes the ledger for the
// truth from then on. What came before synced must be there in any case.
//
//   - What a sender owes is made of whole packets, and of each slot it has those that it had, each one whose Fulfill
//     the sender got since, and nothing else but, perhaps, the one that was on its way, if its receiver fulfilled
//     it.
//   - What we owe a receiver is what those very packets delivered: their amount at the rate, rounded down.
func (w *crashWorld) audit(balances map[string]string, synced, crashed time.Time) *audit {
	a := new(audit)
	owed := make(map[string]*big.Int)
	for _, s := range w.senders {
		counts, err := digitsOf(amountOf(balances[s.id]), s.unit, len(s.slots))
		if err != nil {
			a.wrong = append(a.wrong, fmt.Sprintf("%s: %v", s.id, err))
			continue
		}
		for j, count := range counts {
			a.slot(s, j, count, synced, crashed)
			if owed[s.to.id] == nil {
				owed[s.to.id] = new(big.Int)
			}
			delivered := new(big.Int).SetUint64(s.to.want(s.index, j))
			owed[s.to.id].Sub(owed[s.to.id], delivered.Mul(delivered, big.NewInt(int64(count-s.slots[j].copies))))
		}
	}
	for _, r := range w.receivers {
		got, want := amountOf(balances[r.id]), owed[r.id]
		if want == nil {
			continue // its senders' balances are wrong
		}
		if off := new(big.Int).Sub(got, want); off.Sign() != 0 {
			a.drift.Add(&a.drift, off.Abs(off))
			a.wrong = append(a.wrong, fmt.Sprintf("%s: the balance is %s, and the packets in the ledger make it %s", r.id, got, want))
		}
	}
	return a
}

// slot compares a slot with its count in the ledger.
func (a *audit) slot(s *crashSender, j, count int, synced, crashed time.Time) {
	slot := &s.slots[j]
	held, most := len(slot.held), len(slot.held)
	if slot.waits && s.to.hasAnswered(stamp{s.index, j, slot.number}) {
		a.doubtful++
		most++
	}
	a.fulfilled += held
	switch since := count - slot.booked; {
	case since < 0:
		a.wrong = append(a.wrong, fmt.Sprintf("%s: %d packets of slot %d are in the ledger, where %d were", s.id, count, j, slot.booked))
	case since > most:
		a.wrong = append(a.wrong, fmt.Sprintf("%s: %d packets of slot %d are new in the ledger, and there were only %d", s.id, since, j, most))
	case since < held:
		a.lost += held - since
		for _, at := range slot.held[since:] {
			if at.Before(synced) {
				a.lostOld++
			}
			a.age = max(a.age, crashed.Sub(at))
		}
	case since > held:
		a.booked++
	}
	slot.booked, slot.held, slot.waits = count, nil, false
}

// add adds what another audit has found.
func (a *audit) add(b *audit) {
	a.fulfilled += b.fulfilled
	a.doubtful += b.doubtful
	a.booked += b.booked
	a.lost += b.lost
	a.lostOld += b.lostOld
	a.age = max(a.age, b.age)
	a.drift.Add(&a.drift, &b.drift)
	a.wrong = append(a.wrong, b.wrong...)
}

// amountOf reads a balance. What is none is not made of any packets.
func amountOf(text string) *big.Int {
	amount, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return big.NewInt(-1)
	}
	return amount
}

// deliveredOf is what arrives of an amount: at one to one, less the spread in thousandths, in the other scale,
// rounded down once.
func deliveredOf(amount uint64, from, to int, spread int64) uint64 {
	n := new(big.Int).SetUint64(amount)
	n.Mul(n, big.NewInt(1000-spread))
	n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(to)), nil))
	n.Quo(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(from)), nil))
	return n.Quo(n, big.NewInt(1000)).Uint64()
}

package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/settle/xrp"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// xrpSteps are the steps that operators take with the channels of an account, one at a time. A step goes on
// when the request for it has ended, until the link ends.
type xrpSteps struct {
	mu      sync.Mutex
	life    context.Context // of the link that runs, nil while none does
	busy    admin.ChannelStep
	running sync.WaitGroup
}

// begin lets steps begin until the returned function is called. That waits for those under way, which end with
// ctx.
func (x *xrpSteps) begin(ctx context.Context) (end func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.life = ctx
	return func() {
		x.mu.Lock()
		x.life = nil
		x.mu.Unlock()
		x.running.Wait()
	}
}

// run runs f on a goroutine of its own, with a context that ends with the link. It reports whether the link
// runs.
func (x *xrpSteps) run(f func(life context.Context)) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	life := x.life
	if life == nil {
		return false
	}
	x.running.Go(func() { f(life) })
	return true
}

// take begins a step, and returns the one that is under way if there is one.
func (x *xrpSteps) take(step admin.ChannelStep) (other admin.ChannelStep) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.busy == "" {
		x.busy = step
		return ""
	}
	return x.busy
}

func (x *xrpSteps) free() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.busy = ""
}

// now returns the step that is under way, empty if there is none.
func (x *xrpSteps) now() admin.ChannelStep {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.busy
}

// ChangeChannel takes a step with the channels of an account.
func (n node) ChangeChannel(ctx context.Context, c admin.ChannelChange) (admin.ChannelChanged, error) {
	log, err := n.Audit()
	if err != nil {
		return admin.ChannelChanged{}, err
	}
	l := n.xrpLinkOf(c.Account)
	if l == nil {
		return admin.ChannelChanged{}, admin.Conflict("account " + c.Account + " has another plugin now")
	}
	type result struct {
		done admin.ChannelChanged
		err  error
	}
	ended := make(chan result, 1)
	if !l.steps.run(func(life context.Context) {
		var r result
		r.err = log.DoNoted(c.Change, func(note *audit.Note) error {
			var err error
			r.done.Transactions, err = l.takeStep(life, c, note)
			return err
		})
		r.done.Step, r.done.Channels = c.Step, l.channels()
		ended <- r
	}) {
		return admin.ChannelChanged{}, admin.Unavailable("account " + c.Account + " cannot settle now: 'ilp-connector alerts' shows why, unless it is just being started or ended")
	}
	select {
	case r := <-ended:
		return r.done, r.err
	case <-ctx.Done():
		return admin.ChannelChanged{}, admin.ErrChannelWait
	}
}

// takeStep takes a step, and notes its transactions.
func (l *xrpLink) takeStep(life context.Context, c admin.ChannelChange, note *audit.Note) ([]admin.ChannelTransaction, error) {
	s := l.settler.Load()
	if s == nil {
		return nil, admin.Unavailable("account " + c.Account + " cannot settle now")
	}
	if other := l.steps.take(c.Step); other != "" {
		return nil, admin.Conflict(fmt.Sprintf("a step of an operator is under way, %s: wait for its end, which 'ilp-connector channels %s' and the audit log show", other, c.Account))
	}
	defer l.steps.free()
	if c.Capacity != nil {
		if err := checkCapacity(life, s, *c.Capacity); err != nil {
			return nil, err
		}
	}
	var made []xrp.Transaction
	var err error
	switch c.Step {
	case admin.FundChannel:
		made, err = s.Fund(life, xrpl.Drops(c.Drops))
	case admin.ClaimChannel:
		made, err = s.Claim(life)
	case admin.CloseChannel:
		made, err = s.Close(life)
	case admin.OpenChannel:
		made, err = s.Open(life)
	default:
		return nil, admin.Invalid(fmt.Sprintf("there is no step %q", c.Step))
	}
	shown := make([]admin.ChannelTransaction, len(made))
	for i, t := range made {
		shown[i] = admin.ChannelTransaction{Step: t.Step, ID: t.ID.String(), Result: t.Result}
		suffix := ""
		if i > 0 {
			suffix = strconv.Itoa(i + 1)
		}
		note.Detail("transaction"+suffix, t.ID.String()+" "+t.Result)
	}
	return shown, stepError(c, made, err)
}

// capacityTimeout is how long the ledger is asked what a channel holds.
const capacityTimeout = 10 * time.Second

// checkCapacity returns an error unless our channel holds as much on the ledger as an operator has seen.
func checkCapacity(ctx context.Context, s *xrp.Settler, want uint64) error {
	ours := s.Status().Ours
	if ours == nil {
		return admin.Conflict("there is no channel to the peer")
	}
	ctx, cancel := context.WithTimeout(ctx, capacityTimeout)
	defer cancel()
	now, err := s.Ledger.Channel(ctx, ours.ID)
	if err != nil {
		return admin.Unavailable(fmt.Sprintf("nothing was done: the channel %v cannot be read from the ledger now: %v", ours.ID, err))
	}
	if uint64(now.Amount) != want {
		return admin.Conflict(fmt.Sprintf("nothing was done: the channel %v holds %v drops, and not %d: it was funded meanwhile; look again", ours.ID, now.Amount, want))
	}
	return nil
}

// stepError returns the error of a step in words for operators, and for the audit log whether the step may have
// been taken all the same.
func stepError(c admin.ChannelChange, made []xrp.Transaction, err error) error {
	switch { // Close and Open note what is wanted before they ask the ledger
	case err == nil:
		return nil
	case errors.Is(err, xrp.ErrBusy):
		return admin.Conflict(fmt.Sprintf("nothing was done: %v", xrp.ErrBusy)) // also if the link has just ended
	case len(made) > 0 && made[len(made)-1].Done():
		return unknownStep("the transaction " + made[len(made)-1].ID.String() + " is on the ledger, and then: " + err.Error())
	case c.Step == admin.CloseChannel:
		return unknownStep("the channel is to be closed, and that is tried again until it is done: " + err.Error())
	case c.Step == admin.OpenChannel:
		return unknownStep("no channel is closed any more, and one that closes already is not kept open yet; that is tried again until it is done: " + err.Error())
	case xrp.Definite(err):
		return admin.Conflict("nothing was done: " + err.Error())
	case errors.Is(err, xrp.ErrNotAsked):
		return admin.Unavailable("nothing was done: " + err.Error())
	}
	return unknownStep("it is not known yet whether the transaction was made; 'ilp-connector channels " + c.Account + "' shows what the ledger has: " + err.Error())
}

// unknownStep returns the error of a step that may have been taken, or was taken in part.
func unknownStep(text string) error {
	return fmt.Errorf("%w: %w", audit.ErrUnknown, admin.Unavailable(text))
}

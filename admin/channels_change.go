package admin

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/ilp-go/connector/audit"
)

// ChannelStep is what an operator does with the channels of an account.
type ChannelStep string

// The steps.
const (
	FundChannel  ChannelStep = "fund"
	ClaimChannel ChannelStep = "claim"
	CloseChannel ChannelStep = "close"
	OpenChannel  ChannelStep = "open"
)

// ChannelChange is a step that an operator asks for.
type ChannelChange struct {
	audit.Change // of the account
	Step         ChannelStep
	// Drops are put into our channel, which is not negative, by FundChannel.
	Drops uint64
	// Capacity is what our channel must hold before, if it is not nil. So a request that is sent twice funds once.
	Capacity *uint64
}

// ChannelChanged is the answer to a step.
type ChannelChanged struct {
	Step ChannelStep `json:"step"`
	// Transactions are those that the step has made, none if there was nothing to do on the ledger.
	Transactions []ChannelTransaction `json:"transactions"`
	// Channels are the channels of the account after it.
	Channels AccountChannels `json:"channels"`
}

// ChannelTransaction is a transaction in a validated ledger.
type ChannelTransaction struct {
	Step   string `json:"step"`
	ID     string `json:"id"`
	Result string `json:"result"`
}

// channelTimeout is how long a step is waited for. A transaction takes about 4 seconds as a rule.
const channelTimeout = 30 * time.Second

// ErrChannelWait means that a step was still under way when the wait for it ended. It goes on.
var ErrChannelWait = errors.New("the step is under way")

var dropsText = regexp.MustCompile(`\A[1-9][0-9]{0,17}\z`)

// postChannel takes a step with the channels of an account, and waits until that is in a validated ledger.
func (api *API) postChannel(w http.ResponseWriter, r *request, step ChannelStep, what audit.What) error {
	id := r.account
	if err := api.checkChannels(id); err != nil {
		return err
	}
	fields := r.object()
	if fields == nil && !r.hasNoBody() {
		return errorf(http.StatusBadRequest, "the body is not a JSON object, or has a member twice")
	}
	reason, err := reasonOf(fields)
	if err == nil {
		err = api.checkLoaded()
	}
	if err != nil {
		return err
	}
	c := ChannelChange{Change: api.newChange(r, what, id), Step: step}
	c.Reason = reason
	if step == FundChannel {
		if err := c.readAmounts(r); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), channelTimeout)
	defer cancel()
	done, err := api.node.ChangeChannel(ctx, c)
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	if errors.Is(err, ErrChannelWait) {
		return errorf(http.StatusGatewayTimeout, "the ledger has not answered for %v, and the step goes on: GET /channels/%s and the audit log show how it ends; "+
			"until then no other is begun", channelTimeout, id)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, done)
}

// readAmounts reads what is to be put into a channel, and what it must hold before.
func (c *ChannelChange) readAmounts(r *request) error {
	fields := r.object()
	var err error
	if c.Drops, err = dropsOf(fields["amount"]); err != nil {
		return errorf(http.StatusBadRequest, `the body needs the "amount": drops as text, such as "1000000" for one XRP`)
	}
	c.Details["drops"] = strconv.FormatUint(c.Drops, 10)
	if _, there := fields["capacity"]; there {
		before, err := dropsOf(fields["capacity"])
		if err != nil {
			return errorf(http.StatusBadRequest, `the "capacity" is not what the channel holds now: drops as text, as GET /channels/%s shows it`, c.Account)
		}
		c.Capacity = &before
		c.Details["capacityBefore"] = strconv.FormatUint(before, 10)
	}
	return nil
}

var errDrops = errors.New("it is no number of drops above 0")

// dropsOf returns the drops in a field that is text.
func dropsOf(field []byte) (uint64, error) {
	text, ok := stringOf(field)
	if !ok || !dropsText.MatchString(text) {
		return 0, errDrops
	}
	return strconv.ParseUint(text, 10, 64)
}

func (api *API) postFundChannel(w http.ResponseWriter, r *request) error {
	return api.postChannel(w, r, FundChannel, audit.FundChannel)
}

func (api *API) postClaimChannel(w http.ResponseWriter, r *request) error {
	return api.postChannel(w, r, ClaimChannel, audit.ClaimChannel)
}

func (api *API) postCloseChannel(w http.ResponseWriter, r *request) error {
	return api.postChannel(w, r, CloseChannel, audit.CloseChannel)
}

func (api *API) postOpenChannel(w http.ResponseWriter, r *request) error {
	return api.postChannel(w, r, OpenChannel, audit.OpenChannel)
}

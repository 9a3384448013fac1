package connector

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
)

// What the store keeps of rates:
//
//	rates/last            a keptTable: the prices that are traded at, and what makes others doubtful
//	rates/pin/FROM/TO     a keptPair: the price that an operator has set
//	rates/pause/FROM/TO   a keptPair: a pair without a rate
//	rates/price/CURRENCY  a keptPair: a price that an operator has posted or taken away
const (
	keptLastTable  = "rates/last"
	keptPins       = "rates/pin/"
	keptPairPauses = "rates/pause/"
	keptPrices     = "rates/price/"
)

// keptPair is a pair that an operator has pinned or paused.
type keptPair struct {
	From   string    `json:"from"` // the base of a price
	To     string    `json:"to"`
	Price  string    `json:"price,omitempty"` // of a pin, or posted; empty for one that is taken away
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"` // as the audit log has it, empty for the program
}

func (k keptPair) pair() rate.Pair { return rate.Pair{From: k.From, To: k.To} }

func (k keptPair) override() rate.Override {
	return rate.Override{At: k.At, Reason: k.Reason, By: k.By}
}

// overrideBy returns what is known of an edit of the rates that is being made.
func (n node) overrideBy(e admin.Edit) rate.Override {
	return rate.Override{At: time.Now().UTC(), Reason: e.Reason, By: e.By.Remote, Ephemeral: e.Ephemeral || !n.durable}
}

func keyOfPair(prefix string, p rate.Pair) string {
	return prefix + url.PathEscape(p.From) + "/" + url.PathEscape(p.To)
}

// offerRates hands the prices of the backend to c.pricing.
func (c *Connector) offerRates(t *rate.Table) {
	held, late := c.pricing.Offer(t)
	for _, h := range c.heldInUse(held) {
		c.log.Warn("a price has jumped and is held back", "currency", h.Currency, "used", h.Used.Value.FloatString(9),
			"came", h.Came.Value.FloatString(9), "source", h.Came.Source)
	}
	c.tellLate(c.heldInUse(late))
	c.checkHeld()
	c.life.reach(rated)
	c.keepTable()
}

// publishRates makes packets be converted at the rates of a table.
func (c *Connector) publishRates(t *rate.Table) {
	c.engine.SetRates(t)
	c.checkPrices(t, "")
}

// restoreRates takes over the prices, pins and pauses of the last run. It comes before the first
// prices of this one.
func (c *Connector) restoreRates() error {
	if !c.durable {
		return nil
	}
	if err := c.restoreTable(); err != nil {
		return err
	}
	if err := c.restorePosted(); err != nil {
		return err
	}
	pins, err := readKept[keptPair](c.store, keptPins)
	if err != nil {
		return err
	}
	for _, p := range pins {
		price, ok := new(big.Rat).SetString(p.Price)
		if !ok {
			return fmt.Errorf("the pin of %s/%s in the store has no price: restore the store from a backup", p.From, p.To)
		}
		if err := c.pricing.Pin(rate.Pin{Pair: p.pair(), Price: price, Override: p.override()}); err != nil {
			return err
		}
		c.log.Warn("the rate of a pair is pinned", "from", p.From, "to", p.To, "price", p.Price, "since", p.At)
	}
	paused, err := readKept[keptPair](c.store, keptPairPauses)
	for _, p := range paused {
		c.pricing.Pause(rate.Pause{Pair: p.pair(), Override: p.override()})
		c.log.Warn("the rate of a pair is paused", "from", p.From, "to", p.To, "since", p.At)
	}
	return err
}

// restorePosted takes over the prices that operators have posted. Each that does not fit costs itself
// alone.
func (c *Connector) restorePosted() error {
	posted, err := readKept[keptPair](c.store, keptPrices)
	if err != nil || c.setter == nil {
		return err
	}
	for _, p := range posted {
		var price *big.Rat
		if ok := true; p.Price != "" {
			if price, ok = new(big.Rat).SetString(p.Price); !ok {
				return fmt.Errorf("the price of %s in the store is no number: restore the store from a backup", p.To)
			}
		}
		err := fmt.Errorf("it is in %s, and the prices of the backend are in %s: post it again", p.From, c.setter.PriceBase())
		if p.From == c.setter.PriceBase() || price == nil {
			err = c.setter.SetPrices(map[string]*big.Rat{p.To: price}, p.At)
		}
		if err != nil {
			c.log.Error("a price that an operator has posted does not fit the configuration, and is not used", "currency", p.To, "error", err)
			continue
		}
		c.log.Warn("a price is as an operator has set it, whatever the configuration says", "currency", p.To, "price", cmp.Or(p.Price, "none"), "since", p.At)
	}
	return nil
}

// Pricing returns the prices that are traded at, and what operators have overridden.
func (n node) Pricing() rate.PricingState { return n.pricing.State() }

// PinRate sets the price of a pair.
func (n node) PinRate(e admin.Edit, pair rate.Pair, price *big.Rat) (p rate.Pin, err error) {
	if err := n.lasts(e); err != nil {
		return p, err
	}
	n.repricing.Lock()
	defer n.repricing.Unlock()
	p = rate.Pin{Pair: pair, Price: price, Override: n.overrideBy(e)}
	err = n.edit(e, func(commit func(...store.Change) error) error {
		return commit(store.Change{Key: keyOfPair(keptPins, rate.Pair{From: p.To, To: p.From})},
			keptChange(keyOfPair(keptPins, p.Pair), keptPair{p.From, p.To, p.Price.RatString(), p.At, p.Reason, p.By}))
	})
	if err != nil {
		return p, err
	}
	return p, n.pricing.Pin(p)
}

// UnpinRate ends a pin.
func (n node) UnpinRate(e admin.Edit, pair rate.Pair) error {
	n.repricing.Lock()
	defer n.repricing.Unlock()
	if !slices.ContainsFunc(n.pricing.State().Pins, func(p rate.Pin) bool { return p.Same(pair) }) {
		return admin.ErrNoPin
	}
	return n.endKept(e, keptPins, pair, func() { n.pricing.Unpin(pair) })
}

// PauseRate makes a pair have no rate. That comes first: it may be an emergency.
func (n node) PauseRate(e admin.Edit, pair rate.Pair) (p rate.Pause, err error) {
	p = rate.Pause{Pair: pair, Override: n.overrideBy(e)}
	begun := p
	begun.Ephemeral = true // until it is kept
	n.pricing.Pause(begun)
	n.repricing.Lock()
	defer n.repricing.Unlock()
	err = n.edit(e, func(commit func(...store.Change) error) error {
		holds := n.pricing.Pause(begun) // another operator may have resumed it meanwhile
		kept := keptPair{From: holds.From, To: holds.To, At: holds.At, Reason: holds.Reason, By: holds.By}
		return commit(keptChange(keyOfPair(keptPairPauses, holds.Pair), kept))
	})
	if err != nil {
		return p, fmt.Errorf("it is paused, but a restart may forget that: %w", err)
	}
	return n.pricing.Pause(p), nil
}

// ResumeRate ends such a pause.
func (n node) ResumeRate(e admin.Edit, pair rate.Pair) error {
	n.repricing.Lock()
	defer n.repricing.Unlock()
	if !slices.ContainsFunc(n.pricing.State().Paused, func(p rate.Pause) bool { return p.Same(pair) }) {
		return admin.ErrNoPin
	}
	return n.endKept(e, keptPairPauses, pair, func() { n.pricing.Resume(pair) })
}

// endKept ends what holds of a pair and of the way back.
func (n node) endKept(e admin.Edit, prefix string, pair rate.Pair, end func()) error {
	err := n.edit(e, func(commit func(...store.Change) error) error {
		return commit(store.Change{Key: keyOfPair(prefix, pair)}, store.Change{Key: keyOfPair(prefix, rate.Pair{From: pair.To, To: pair.From})})
	})
	if err == nil {
		end()
	}
	return err
}

// ConfirmPrice uses a price that is held back: the one that the operator has seen, if there is one. The
// audit entry has the price that is used.
func (n node) ConfirmPrice(e admin.Edit, currency string, seen *big.Rat) (h rate.Held, err error) {
	n.repricing.Lock()
	defer n.repricing.Unlock()
	held := n.pricing.State().Held
	i := slices.IndexFunc(held, func(h rate.Held) bool { return h.Currency == currency })
	switch {
	case i < 0:
		return h, admin.Conflict(rate.ErrNotHeld.Error())
	case seen == nil:
		seen = held[i].Came.Value
	}
	e.Details = maps.Clone(e.Details)
	if e.Details == nil {
		e.Details = make(map[string]string)
	}
	e.Details["used"], e.Details["came"] = held[i].Used.Value.RatString(), seen.RatString()
	err = n.edit(e, func(commit func(...store.Change) error) error {
		err := commit()
		if err == nil {
			h, err = n.pricing.Confirm(currency, seen)
		}
		return err
	})
	if err != nil {
		return h, err
	}
	n.checkHeld()
	n.keepTable()
	return h, err
}

// SetPrices sets prices of a backend that takes them.
func (n node) SetPrices(e admin.Edit, prices map[string]*big.Rat) error {
	if n.setter == nil {
		return admin.Conflict(fmt.Sprintf("the backend %s takes no prices: static does, alone or in combined; or pin the rate of a pair", n.cfg().Backend))
	}
	if err := n.lasts(e); err != nil {
		return err
	}
	n.repricing.Lock()
	defer n.repricing.Unlock()
	err := n.edit(e, func(commit func(...store.Change) error) error {
		now := time.Now().UTC()
		if err := n.setter.SetPrices(prices, now); err != nil {
			return admin.Invalid(err.Error())
		}
		var kept []store.Change
		for currency, price := range prices {
			p := keptPair{From: n.setter.PriceBase(), To: currency, At: now, Reason: e.Reason, By: e.By.Remote}
			if price != nil { // else that of the configuration must not come back
				p.Price = price.RatString()
			}
			kept = append(kept, keptChange(keptPrices+url.PathEscape(currency), p))
		}
		if err := commit(kept...); err != nil {
			return fmt.Errorf("the prices are in force, but a restart may forget them: %w", err)
		}
		return nil
	})
	n.poller.Refresh()
	return err
}

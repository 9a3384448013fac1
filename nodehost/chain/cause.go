package chain

import (
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// The causes of packets that are refused here.
const (
	causeBusy    = cause("middleware_busy")    // too much waits for the process
	causeTimeout = cause("middleware_timeout") // the method did not return before the packet expired
	causeAmount  = cause("amount_reserved")    // the method changed an amount that was reserved
)

type cause = engine.Reason

// absent is the cause of packets that are refused because a module is not there, by its name.
type absent string

// Name returns the cause.
func (a absent) Name() string { return "middleware " + string(a) + " is not there" }

// Room returns nothing: it is no limit.
func (absent) Room() (limit, headroom string) { return "", "" }

// What peers read. It does not say which modules there are.
var (
	notThere = ilp.Failure{Code: ilp.T01, Message: "middleware is not available."}
	busy     = ilp.Failure{Code: ilp.T03, Message: "connector is busy."}
	tooSlow  = ilp.Failure{Code: ilp.R00, Message: "packet expired."}
)

var _ engine.Cause = absent("")

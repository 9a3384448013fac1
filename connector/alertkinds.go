package connector

// Kinds of alerts. The store keeps them, so they stay the same over versions.
const (
	kindLateReceived  = "late fulfill received"
	kindLateSent      = "late fulfill sent"
	kindUnmatched     = "unmatched fulfill"
	kindKept          = "fulfill kept"
	kindPanic         = "panic"
	kindLedgerFailed  = "ledger failed"
	kindLedgerStalled = "ledger stalled"
	kindSettlementAPI = "settlement API"
)

// What alerts say. docs/operations.md lists them all, with what ends each.
const (
	alertLateReceived = "the account has fulfilled packets after they had expired and may hold us to them: %d since the start, worth %s"
	alertLateSent     = "fulfills were passed to the account after their packets had expired, and it need not honour them: %d since the start, worth %s"
	alertUnmatched    = "the account has sent fulfills that belong to no packet that we wait for: %d since the start"
	alertKept         = "a middleware wanted to reject packets that the next account had fulfilled; the fulfills were passed on: %d since the start"

	alertPanic        = "code has panicked: %.200v; the account takes no packets until it is added anew or the connector restarts"
	alertPanicUnknown = "code of no known account has panicked: %.200v"

	alertLedgerFailed  = "balances cannot be written down any more, and packets are refused until a restart: %v"
	alertLedgerStalled = "balances wait for the store for more than %v: packets that move money are refused until it keeps up"
	alertSettlementAPI = "settlement API has stopped: engines cannot credit payments until a restart"
)

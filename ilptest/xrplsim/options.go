package xrplsim

import (
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Options says how a Ledger begins. The zero Options are fine.
type Options struct {
	Listen string // the TCP address; empty: a free port of 127.0.0.1

	First     uint32    // index of the first ledger that is there; 0: 1
	Time      time.Time // the ledger's clock at the start; zero: now
	NetworkID uint32    // transactions must name it if it is above 1024

	BaseFee     xrpl.Drops // 0: 10
	ReserveBase xrpl.Drops // of each account; 0: 1 XRP
	ReserveEach xrpl.Drops // of each channel of an owner; 0: 0.2 XRP

	// CloseEvery closes a ledger whenever it has passed, and lets the ledger's clock run. If it
	// is 0, only CloseLedger and the command ledger_accept close ledgers.
	CloseEvery time.Duration
	// CloseOnSubmit closes a ledger right after the answer to each transaction that applied.
	CloseOnSubmit bool
	// Clio makes the command tx answer as Clio does, which stands before most public servers: it
	// knows validated ledgers, and nothing else. rippled keeps a transaction that was submitted to
	// it, and answers that it is not validated, also when it can never be. And to rippled a ledger
	// without transactions is one that it has not searched.
	Clio bool
	// PageSize is the most that account_channels and account_tx list at once; 0: 200.
	PageSize int
}

// Genesis is the account that begins with all money. Its secret is GenesisSecret.
var Genesis = mustParse("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")

// GenesisSecret is the secret of Genesis, which everybody knows.
const GenesisSecret = "snoPBrXtMeMyMHUVTgbuqAfg1SUTb"

func mustParse(address string) xrpl.AccountID {
	id, err := xrpl.ParseAddress(address)
	if err != nil {
		panic(err)
	}
	return id
}

// withDefaults returns o with its defaults in place of zeros.
func (o Options) withDefaults() Options {
	if o.First == 0 {
		o.First = 1
	}
	if o.Time.IsZero() {
		o.Time = time.Now()
	}
	if o.BaseFee == 0 {
		o.BaseFee = 10
	}
	if o.ReserveBase == 0 {
		o.ReserveBase = 1_000_000
	}
	if o.ReserveEach == 0 {
		o.ReserveEach = 200_000
	}
	if o.PageSize == 0 {
		o.PageSize = 200
	}
	return o
}

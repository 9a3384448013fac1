package connector

import (
	"fmt"
	"reflect"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/settle"
)

// verdict is what becomes of an answer of the parent.
type verdict int

const (
	answerAgrees verdict = iota // it is enough
	answerWanted                // the parent is asked again, after a pause
	answerFormer                // it came over a former connection, and is dropped
)

// Bounds of what a parent says in a line of the log, in bytes.
const (
	addressShownMax = 100
	refusalShownMax = 300
)

// parentAnswer is the last answer of the parent that gives us our address. It outlives the
// account: operators remove accounts and add them again to change their settings.
type parentAnswer struct {
	from  config.Account // as it was
	code  string
	scale uint8
}

// of returns the answer if it is of the counterparty of an account: one with the same id,
// plugin and options, and so the same server and token. Otherwise it returns nil. said may be
// nil.
func (said *parentAnswer) of(a *config.Account) *parentAnswer {
	if said == nil || said.from.ID != a.ID || said.from.Plugin != a.Plugin || !reflect.DeepEqual(said.from.Options, a.Options) {
		return nil
	}
	return said
}

// answered takes what the parent has answered over the connection that began then. The answer
// is dropped if the link has told of a change since isDue returned changes: the connection
// may have ended, and the next one may be of another parent.
func (k *parentCheck) answered(changes uint64, began time.Time, r *ildcp.Response, err error, wait time.Duration) verdict {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != changes {
		return answerFormer
	}
	if err != nil {
		k.refusedLocked(began, err, wait)
		return answerWanted
	}
	c, id := k.connector, k.member.id
	said := &parentAnswer{*k.member.now().config, r.AssetCode, r.AssetScale}
	c.parentSaid.Store(said)
	if k.differs(said) {
		if !k.allows() {
			k.mismatchLocked(said)
			return answerWanted
		}
		a := k.member.now().config
		c.log.Warn("the parent says another asset than our account, which is allowed", "account", id,
			"theirs", assetText(said.code, said.scale), "ours", assetText(a.AssetCode, a.AssetScale))
	}
	if problem := c.addressFault(r.ClientAddress); problem != "" {
		text := fmt.Sprintf(alertAddressUnusable, settle.Printable(r.ClientAddress, addressShownMax), problem)
		if k.problemLocked(text) {
			c.log.Error("the parent gives us an address that we cannot have", "account", id,
				"address", settle.Printable(r.ClientAddress, addressShownMax), "problem", problem)
		}
		return answerWanted
	}
	k.logged, k.asked, k.due = "", began, false
	c.adopt(id, r.ClientAddress)
	k.agreedLocked()
	return answerAgrees
}

// differs reports whether the asset of an answer is another than that of our account.
func (k *parentCheck) differs(said *parentAnswer) bool {
	a := k.member.now().config
	return said.code != a.AssetCode || said.scale != a.AssetScale
}

// allows reports whether the account takes packets whatever the parent says.
func (k *parentCheck) allows() bool {
	return k.member.now().config.AssetMismatch == config.MismatchAllow
}

// refusedLocked goes on with the last answer. Without an answer that agrees with the account
// as it is now, the account takes no packets.
func (k *parentCheck) refusedLocked(began time.Time, err error, wait time.Duration) {
	c, id := k.connector, k.member.id
	k.asked = began
	said := c.parentSaid.Load().of(k.member.now().config)
	switch {
	case said != nil && k.differs(said) && !k.allows():
		k.logRefusal("parent does not tell us our address and its asset again, and its last answer does not agree with the account", err, wait)
		k.mismatchLocked(said)
	case c.Address() == "":
		c.log.Warn("parent has not told us our address", "account", id, "error", settle.Printable(err.Error(), refusalShownMax), "retryIn", wait)
	case said == nil && !k.allows():
		k.logRefusal("parent does not tell us the asset of its account, which takes no packets until it does", err, wait)
		k.problemLocked(alertAssetUnknown)
	default:
		k.logRefusal("parent does not tell us our address and its asset again; its last answer counts", err, wait)
		k.agreedLocked()
	}
}

// logRefusal logs that the parent does not answer, unless it was logged before.
func (k *parentCheck) logRefusal(message string, err error, wait time.Duration) {
	text := settle.Printable(err.Error(), refusalShownMax)
	if k.logged == text {
		return
	}
	k.logged = text
	k.connector.log.Warn(message, "account", k.member.id, "error", text, "retryIn", wait)
}

// agreedLocked lets the account take packets.
func (k *parentCheck) agreedLocked() {
	k.mismatch = ""
	k.connector.alerts.Resolve(time.Now(), k.member.id, kindAssetMismatch)
	k.resumeLocked()
}

// mismatchLocked suspends the account because the parent has another asset.
func (k *parentCheck) mismatchLocked(said *parentAnswer) {
	a := k.member.now().config
	theirs, ours := assetText(said.code, said.scale), assetText(a.AssetCode, a.AssetScale)
	if k.problemLocked(fmt.Sprintf(alertAssetMismatch, theirs, ours)) {
		k.connector.log.Error("the parent says another asset than our account, which takes no packets until they agree", "account", a.ID,
			"theirs", theirs, "ours", ours)
	}
}

// problemLocked suspends the account, and tells operators what to mend. It reports whether
// that is news.
func (k *parentCheck) problemLocked(text string) bool {
	k.suspendLocked()
	k.tellLocked()
	if text == k.mismatch {
		return false
	}
	if k.mismatch == "" {
		k.since = time.Now().UTC()
	}
	k.mismatch = text
	k.connector.alerts.RaiseKind(time.Now(), k.member.id, kindAssetMismatch, text)
	return true
}

package connector

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// verdict is what becomes of an answer of the parent.
type verdict int

const (
	answerAgrees verdict = iota // it is enough
	answerWanted                // the parent is asked again, after a pause
	answerFormer                // it came over a former connection, and is dropped
)

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
	if k.differs(r) {
		k.mismatchLocked(r)
		return answerWanted
	}
	c, id := k.connector, k.member.account.ID
	k.mismatch, k.logged, k.asked, k.due = "", "", began, false
	c.alerts.Resolve(time.Now(), id, kindAssetMismatch)
	c.adopt(id, r.ClientAddress)
	k.resumeLocked()
	select {
	case <-k.known:
	default:
		close(k.known)
	}
	return answerAgrees
}

// differs reports whether the asset of an answer is another than that of our account, and
// that is not allowed.
func (k *parentCheck) differs(r *ildcp.Response) bool {
	a := &k.member.config
	if r.AssetCode == a.AssetCode && r.AssetScale == a.AssetScale {
		return false
	}
	if a.AssetMismatch != config.MismatchAllow {
		return true
	}
	k.connector.log.Warn("the parent says another asset than our account, which is allowed", "account", a.ID,
		"theirs", assetText(r.AssetCode, r.AssetScale), "ours", assetText(a.AssetCode, a.AssetScale))
	return false
}

// refusedLocked goes on with the last answer, if there was one.
func (k *parentCheck) refusedLocked(began time.Time, err error, wait time.Duration) {
	c, id := k.connector, k.member.account.ID
	if c.Address() == "" {
		c.log.Warn("parent has not told us our address", "account", id, "error", err, "retryIn", wait)
		return
	}
	k.asked = began
	if k.logged != err.Error() {
		k.logged = err.Error()
		c.log.Warn("parent does not tell us our address and its asset again; its last answer counts", "account", id, "error", err, "retryIn", wait)
	}
	if k.mismatch == "" {
		k.resumeLocked()
	}
}

// mismatchLocked suspends the account because the parent has another asset.
func (k *parentCheck) mismatchLocked(r *ildcp.Response) {
	k.suspendLocked()
	k.tellLocked()
	a := &k.member.config
	theirs, ours := assetText(r.AssetCode, r.AssetScale), assetText(a.AssetCode, a.AssetScale)
	text := fmt.Sprintf(alertAssetMismatch, theirs, ours)
	if text == k.mismatch {
		return
	}
	if k.mismatch == "" {
		k.since = time.Now().UTC()
	}
	k.mismatch = text
	k.connector.log.Error("the parent says another asset than our account, which takes no packets until they agree", "account", a.ID,
		"theirs", theirs, "ours", ours)
	k.connector.alerts.RaiseKind(time.Now(), a.ID, kindAssetMismatch, text)
}

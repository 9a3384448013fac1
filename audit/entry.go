package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/store"
)

// Entry is a change that was made or attempted.
type Entry struct {
	// Seq is the number of the entry. No number is used twice, and some may be missing.
	Seq  uint64
	Time time.Time
	Change
	Outcome Outcome
	// Error says why the change was refused, or why its outcome is unknown.
	Error string
}

// Change describes a change that an operator or a program asks for.
type Change struct {
	What    What
	Account string // empty if the change is about no account
	By      By
	Reason  string // in the words of the author
	Details map[string]string
}

// What is a kind of change.
type What string

// The kinds of changes.
const (
	EditBalance       What = "edit balance"
	MoveBalance       What = "move balance"
	ImportBalance     What = "import balance"
	AddAccount        What = "add account"
	RemoveAccount     What = "remove account"
	ChangeAccount     What = "change account"
	RotateSecret      What = "rotate secret" // of an account; RotateToken is of a client
	PauseAccount      What = "pause account"
	ResumeAccount     What = "resume account"
	Pause             What = "pause" // the node, an asset or a prefix
	Resume            What = "resume"
	Reload            What = "reload configuration"
	PutConfig         What = "put configuration"
	ExportConfig      What = "export configuration"
	DiscardChange     What = "discard change"
	Settle            What = "settle"
	WriteOff          What = "write off"
	TakeBackFulfill   What = "take back fulfill" // that the peer has not counted
	ResolveSettlement What = "resolve settlement"
	DismissAlert      What = "dismiss alert"
	BackUpStore       What = "back up store"
	ImportStore       What = "import store" // of the reference
	ResumeRoutes      What = "resume routes"
	SendAdminInfo     What = "send admin info" // to a plugin

	FundChannel  What = "fund channel" // a payment channel of ours
	ClaimChannel What = "claim channel"
	CloseChannel What = "close channel"
	OpenChannel  What = "open channel"

	PinRate      What = "pin rate" // of a pair of currencies
	UnpinRate    What = "unpin rate"
	PauseRate    What = "pause rate"
	ResumeRate   What = "resume rate"
	ConfirmPrice What = "confirm price" // of a currency, which was held back
	SetPrices    What = "set prices"

	InvitePeer         What = "invite peer"
	AcceptInvitation   What = "accept invitation"   // of another connector
	InvitationAccepted What = "invitation accepted" // by the first login with its token
	RevokeInvitation   What = "revoke invitation"
	InvitationExpired  What = "invitation expired"

	AddChild     What = "add child" // of a client that is an account
	AddChildren  What = "add children"
	RotateToken  What = "rotate token"
	BlockChild   What = "block child"
	UnblockChild What = "unblock child"
	RemoveChild  What = "remove child"
)

// Names of details that more than one place uses.
const (
	AmountDiff   = "amountDiff"   // added to a balance
	PostedBefore = "postedBefore" // the posted balance just before and after
	PostedAfter  = "postedAfter"
)

// By identifies the author of a change, as far as that is known. The zero value is the
// program that embeds the connector.
type By struct {
	Remote string // address of the client that sent the request
	Token  bool   // the request carried the token
}

// Outcome is how a change ended.
type Outcome string

// The outcomes.
const (
	Begun   Outcome = "begun"   // unknown: the change is being made, or its outcome was never written
	Done    Outcome = "done"    // the change was made
	Refused Outcome = "refused" // nothing has changed
)

// Bounds of an entry, in bytes.
const (
	ReasonMax = 500
	detailMax = 1023 // of each detail, and of the error
)

// version is the version of the entries in the store.
const version = 1

// written is an Entry in the store.
type written struct {
	Version int               `json:"version"`
	Time    time.Time         `json:"time"`
	What    What              `json:"what"`
	Account string            `json:"account,omitempty"`
	Remote  string            `json:"remote,omitempty"`
	Token   bool              `json:"token,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Details map[string]string `json:"details,omitempty"`
	Outcome Outcome           `json:"outcome"`
	Error   string            `json:"error,omitempty"`
}

// keyPrefix begins the keys of entries. The number of the entry follows with 20 digits,
// so that keys and numbers have the same order.
const keyPrefix = "audit/"

func keyOf(seq uint64) string { return fmt.Sprintf("%s%020d", keyPrefix, seq) }

// change returns the entry as a change of the store.
func (e *Entry) change() store.Change {
	value, err := json.Marshal(written{
		version, e.Time, e.What, e.Account, e.By.Remote, e.By.Token, e.Reason, e.Details, e.Outcome, e.Error,
	})
	if err != nil {
		panic("audit: an entry is not JSON: " + err.Error())
	}
	return store.Change{Key: keyOf(e.Seq), Value: value}
}

// errVersion is returned for an entry that another version or another program wrote.
var errVersion = errors.New("the entry is of another version")

// readEntry reads an entry that change has written.
func readEntry(key string, value []byte) (Entry, error) {
	seq, err := seqOf(key)
	if err != nil {
		return Entry{}, err
	}
	var w written
	if err = json.Unmarshal(value, &w); err == nil && w.Version != version {
		err = errVersion
	}
	if err != nil {
		return Entry{}, fmt.Errorf("read %s: %w", key, err)
	}
	c := Change{w.What, w.Account, By{w.Remote, w.Token}, w.Reason, w.Details}
	return Entry{seq, w.Time, c, w.Outcome, w.Error}, nil
}

func seqOf(key string) (uint64, error) {
	seq, err := strconv.ParseUint(strings.TrimPrefix(key, keyPrefix), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not the key of an entry", key)
	}
	return seq, nil
}

// bounded returns a copy of the change, clipped to the bounds of an entry.
func (c Change) bounded() Change {
	c.Reason = clip.UTF8(c.Reason, ReasonMax)
	c.Details = maps.Clone(c.Details)
	for name, value := range c.Details {
		c.Details[name] = clip.UTF8(value, detailMax)
	}
	return c
}

package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/store"
)

// Entry is a change that was made, or that somebody tried to make.
type Entry struct {
	// Seq counts the entries; none comes twice, and some may be missing.
	Seq  uint64
	Time time.Time
	Change
	Outcome Outcome
	// Error is why it was refused, or why nobody knows how it ended.
	Error string
}

// Change is what somebody wants to change.
type Change struct {
	What    What
	Account string // empty if it is about none
	By      By
	Reason  string // in the words of who wanted it
	Details map[string]string
}

// What is a kind of change.
type What string

// The kinds of changes.
const (
	EditBalance       What = "edit balance"
	AddAccount        What = "add account"
	RemoveAccount     What = "remove account"
	Settle            What = "settle"
	ResolveSettlement What = "resolve settlement"
	DismissAlert      What = "dismiss alert"
	BackUpStore       What = "back up store"
)

// Names of details that more than one place uses.
const (
	AmountDiff   = "amountDiff"   // of a balance
	PostedBefore = "postedBefore" // what was posted, just before and after
	PostedAfter  = "postedAfter"
)

// By is who wanted a change, as far as that can be known. The zero value is the program
// that embeds the connector.
type By struct {
	Remote string // where the request came from
	Token  bool   // it showed the token
}

// Outcome is how a change ended.
type Outcome string

// The outcomes.
const (
	Begun   Outcome = "begun"   // nobody knows: it is being made, or its end was never noted
	Done    Outcome = "done"    // it is made
	Refused Outcome = "refused" // nothing has changed
)

// Bounds of an entry, in bytes.
const (
	ReasonMax = 500
	detailMax = 1023 // of each detail, and of the error
)

// version is that of the entries in the store.
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

// keyPrefix begins the keys of entries. Their number follows, with as many digits as it
// can have, so that the order of the keys is that of the numbers.
const keyPrefix = "audit/"

func keyOf(seq uint64) string { return fmt.Sprintf("%s%020d", keyPrefix, seq) }

// change is the entry as a change of the store.
func (e *Entry) change() store.Change {
	value, err := json.Marshal(written{
		version, e.Time, e.What, e.Account, e.By.Remote, e.By.Token, e.Reason, e.Details, e.Outcome, e.Error,
	})
	if err != nil {
		panic("audit: an entry is not JSON: " + err.Error())
	}
	return store.Change{Key: keyOf(e.Seq), Value: value}
}

// errVersion says that an entry was written by another version, or not by us.
var errVersion = errors.New("the entry is of another version")

// readEntry reads what change wrote.
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
		return 0, fmt.Errorf("%s is no key of an entry", key)
	}
	return seq, nil
}

// bounded is a copy of the change that is no longer than an entry may be.
func (c Change) bounded() Change {
	c.Reason = clip(c.Reason, ReasonMax)
	c.Details = maps.Clone(c.Details)
	for name, value := range c.Details {
		c.Details[name] = clip(value, detailMax)
	}
	return c
}

// clip cuts text, and what is left of a character at the end.
func clip(text string, bytesMax int) string {
	if len(text) <= bytesMax {
		return text
	}
	return strings.ToValidUTF8(text[:bytesMax], "")
}

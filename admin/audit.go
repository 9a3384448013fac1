package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/audit"
)

// AuditLog is GET /audit: the changes that were made, latest first.
type AuditLog struct {
	Entries []AuditEntry `json:"entries"`
}

// AuditEntry is a change that was made or refused.
type AuditEntry struct {
	// Seq is the number of the entry. Numbers may be missing.
	Seq  uint64 `json:"seq"`
	Time Time   `json:"time"`
	What string `json:"what"`
	// AccountID is empty if the change was not about an account.
	AccountID string `json:"accountId,omitempty"`
	// Remote is the address of the client. It is empty if the program that embeds the
	// connector made the change. Token reports whether the request had the token.
	Remote  string            `json:"remote,omitempty"`
	Token   bool              `json:"token"`
	Reason  string            `json:"reason,omitempty"`
	Details map[string]string `json:"details,omitempty"`
	// Outcome is done, refused or begun. Begun means that the end is not known.
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

// AuditMax is the largest limit of GET /audit.
const AuditMax = audit.EntriesMax

// auditDefault is the number of entries that GET /audit shows without ?limit.
const auditDefault = 100

// getAudit shows the latest entries, at most ?limit=N. With ?account=ID it shows those of
// one account, which may have been removed.
func (api *API) getAudit(w http.ResponseWriter, r *request) error {
	limit, err := r.count("limit", auditDefault, AuditMax)
	if err != nil {
		return err
	}
	log, err := api.node.Audit()
	if err != nil {
		return err
	}
	entries, err := log.Latest(limit, r.URL.Query().Get("account"))
	if err != nil {
		return err
	}
	shown := AuditLog{[]AuditEntry{}}
	for _, e := range entries {
		shown.Entries = append(shown.Entries, AuditEntry{
			e.Seq, Time{e.Time}, string(e.What), e.Account, e.By.Remote, e.By.Token, e.Reason, e.Details,
			string(e.Outcome), e.Error,
		})
	}
	return writeJSON(w, http.StatusOK, shown)
}

// newChange returns the change that a request asks for.
func (api *API) newChange(r *request, what audit.What, account string) audit.Change {
	return audit.Change{
		What: what, Account: account,
		By:      audit.By{Remote: r.RemoteAddr, Token: !api.guard.open}, // the guard has checked it
		Details: make(map[string]string),
	}
}

// makeChange writes the change of a request to the audit log, and then calls do. If the log
// cannot be written, it does not call do.
func (api *API) makeChange(r *request, c audit.Change, do func() error) error {
	return api.makeNoted(r, c, func(*audit.Note) error { return do() })
}

// makeNoted makes a change as makeChange does, if more is known of it at its end.
func (api *API) makeNoted(r *request, c audit.Change, do func(*audit.Note) error) error {
	log, err := api.node.Audit()
	if err != nil {
		return err
	}
	err = log.DoNoted(c, do)
	r.audited = !errors.Is(err, audit.ErrUnwritable)
	return err
}

// reasonOf returns the operator's reason for a change. It is empty if the request gives
// none.
func reasonOf(fields map[string]json.RawMessage) (string, error) {
	field, there := fields["reason"]
	if !there {
		return "", nil
	}
	reason, ok := stringOf(field)
	if !ok || len(reason) > audit.ReasonMax {
		return "", errorf(http.StatusBadRequest, `the "reason" is not a string of at most %d bytes`, audit.ReasonMax)
	}
	return strings.TrimSpace(reason), nil
}

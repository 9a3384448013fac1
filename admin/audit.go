package admin

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/audit"
)

// AuditLog is GET /audit: who changed what, latest first.
type AuditLog struct {
	Entries []AuditEntry `json:"entries"`
}

// AuditEntry is a change that was made, or that somebody tried to make.
type AuditEntry struct {
	// Seq counts the entries; some may be missing.
	Seq  uint64 `json:"seq"`
	Time Time   `json:"time"`
	What string `json:"what"`
	// AccountID is empty if the change was about none.
	AccountID string `json:"accountId,omitempty"`
	// Remote is where the request came from, empty if it was the program that embeds
	// the connector; Token is whether it showed the token.
	Remote  string            `json:"remote,omitempty"`
	Token   bool              `json:"token"`
	Reason  string            `json:"reason,omitempty"`
	Details map[string]string `json:"details,omitempty"`
	// Outcome is done, refused, or begun: nobody knows how it ended.
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

// How many entries are shown if nobody says.
const auditDefault = 100

// getAudit shows the latest entries: ?limit=N at most, and ?account=ID alone. An account
// need not be there any more.
func (api *API) getAudit(w http.ResponseWriter, r *request) error {
	limit, err := r.count("limit", auditDefault, audit.EntriesMax)
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

// asked is a change that a request asks for.
func (api *API) asked(r *request, what audit.What, account string) audit.Change {
	return audit.Change{
		What: what, Account: account,
		By:      audit.By{Remote: r.RemoteAddr, Token: !api.guard.open}, // else it would not be here
		Details: make(map[string]string),
	}
}

// change makes a change, and notes it. What cannot be noted is not done.
func (api *API) change(c audit.Change, do func() error) error {
	log, err := api.node.Audit()
	if err != nil {
		return err
	}
	return log.Do(c, do)
}

// reasonOf is why an operator wants a change, empty if that is not said.
func reasonOf(fields map[string]json.RawMessage) (string, error) {
	field, there := fields["reason"]
	if !there {
		return "", nil
	}
	reason, ok := text(field)
	if !ok || len(reason) > audit.ReasonMax {
		return "", refusal(http.StatusBadRequest, `the "reason" is not a string of at most %d bytes`, audit.ReasonMax)
	}
	return strings.TrimSpace(reason), nil
}

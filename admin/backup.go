package admin

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ilp-go/connector/audit"
)

// stallTimeout bounds the time that a client takes to receive one part of a backup.
const stallTimeout = time.Minute

// errCutOff means that an answer failed after it began. ServeHTTP then closes the
// connection, so the client sees that the answer is not complete.
var errCutOff = errors.New("the answer is cut off")

// postBackup sends a copy of the store. The copy holds secrets, so the request is a POST
// and has an entry in the audit log, as a change has.
func (api *API) postBackup(w http.ResponseWriter, r *request) error {
	if err := api.checkLoaded(); err != nil {
		return err
	}
	body := &backupWriter{w: w, deadline: http.NewResponseController(w).SetWriteDeadline}
	err := api.makeChange(r, api.newChange(r, audit.BackUpStore, ""), func() error { return api.node.Backup(body) })
	if err != nil && body.begun {
		return errors.Join(errCutOff, err)
	}
	return err
}

// backupWriter sends an answer of any length. It writes the header with the first part, so
// a failure before that becomes an error answer.
type backupWriter struct {
	w        http.ResponseWriter
	deadline func(time.Time) error
	begun    bool
}

// Write sends one part, with a deadline of its own.
func (p *backupWriter) Write(b []byte) (int, error) {
	if !p.begun {
		p.begun = true
		p.w.Header().Set("Content-Type", "application/octet-stream")
	}
	if err := p.deadline(time.Now().Add(stallTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.w.Write(b)
}

var _ io.Writer = (*backupWriter)(nil)

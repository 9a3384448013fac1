package admin

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ilp-go/connector/audit"
)

// stallTimeout is how long a client may take over a part of a backup.
const stallTimeout = time.Minute

// errCutOff says that an answer has begun and cannot be ended. ServeHTTP then cuts the
// connection, by which the client knows that it has not got all.
var errCutOff = errors.New("the answer is cut off")

// postBackup sends the store as it is now. It is a POST, and noted, like a change: what
// it gives away is all that a connector keeps, its secrets among it.
func (api *API) postBackup(w http.ResponseWriter, r *request) error {
	if err := api.loaded(); err != nil {
		return err
	}
	body := &parts{w: w, deadline: http.NewResponseController(w).SetWriteDeadline}
	err := api.change(api.asked(r, audit.BackUpStore, ""), func() error { return api.node.Backup(body) })
	if err != nil && body.begun {
		return errors.Join(errCutOff, err)
	}
	return err
}

// parts is an answer of any length. Its header is written with the first part, so that
// what fails before is answered as an error.
type parts struct {
	w        http.ResponseWriter
	deadline func(time.Time) error
	begun    bool
}

// Write writes a part, for which the client has time of its own.
func (p *parts) Write(b []byte) (int, error) {
	if !p.begun {
		p.begun = true
		p.w.Header().Set("Content-Type", "application/octet-stream")
	}
	if err := p.deadline(time.Now().Add(stallTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.w.Write(b)
}

var _ io.Writer = (*parts)(nil)

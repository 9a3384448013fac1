package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
)

// RunningConfig is GET /config: the configuration that runs, or the declared one.
type RunningConfig struct {
	// ETag stands for what is declared, kept and running. PUT /config wants it back.
	ETag string `json:"etag"`
	// Address is our ILP address, which a parent may have given us. It is empty until it is known.
	Address string `json:"address,omitempty"`
	// File is the whole name of the file that the configuration was read from, empty without one.
	File string `json:"file,omitempty"`
	// Listeners are the addresses that the connector listens on.
	Listeners []Listener `json:"listeners"`
	// Config is the whole configuration with its defaults, without secrets.
	Config json.RawMessage `json:"config"`
	// Origins says where each value of Config is from, by its path.
	Origins map[string]Origin `json:"origins"`
}

// Listener is an address that the connector listens on.
type Listener struct {
	Owner   string `json:"owner"`
	Setting string `json:"setting"`
	Host    string `json:"host,omitempty"` // empty for every address
	Port    int    `json:"port"`           // 0 for any free port
}

// Origin says where a value is from.
type Origin struct {
	// From is default, file, variable NAME, or one of the words below.
	From string `json:"from"`
	At   Time   `json:"at,omitzero"` // when it was changed, if that is kept
	By   string `json:"by,omitempty"`
}

// The words of Origin.From for a value that is not as declared.
const (
	KeptOrigin      = "kept change"
	EphemeralOrigin = "ephemeral change"
	RestartOrigin   = "until a restart"
)

// ConfigDiff is GET /config/diff: what the file says now, what was declared at the start or the
// last reload, and what runs.
type ConfigDiff struct {
	ETag        string             `json:"etag"`
	File        string             `json:"file,omitempty"`
	Differences []ConfigDifference `json:"differences"`
	// Faults say why the file cannot be used as it is now. Then no difference has a file.
	Faults []string `json:"faults,omitempty"`
}

// ConfigDifference is a value that is not the same in all three. A value that is left out is null.
type ConfigDifference struct {
	Path     string          `json:"path"`
	File     json.RawMessage `json:"file,omitempty"`
	Declared json.RawMessage `json:"declared"`
	Running  json.RawMessage `json:"running"`
	// Edited says what the edit of the file takes, reload or restart, empty if there is none.
	Edited string `json:"edited,omitempty"`
	// Dropped says that a reload or a restart drops the change by an operator that made the running
	// value, since its account or setting was edited.
	Dropped bool `json:"dropped,omitempty"`
	// From says where the running value is from, if it is not the declared one.
	From string `json:"from,omitempty"`
	At   Time   `json:"at,omitzero"`
	By   string `json:"by,omitempty"`
}

// ConfigExport is the answer to POST /config/export: a file that declares what runs.
type ConfigExport struct {
	// Text is the file, with secrets.
	Text string `json:"text"`
	// File is the whole name of the file that the connector reads, and Digest the SHA-256 of its
	// text, on which Text builds. Both are empty if there is none.
	File   string `json:"file,omitempty"`
	Digest string `json:"digest,omitempty"`
	// Declares are the accounts and settings that are declared otherwise than before, by path.
	Declares []string `json:"declares"`
	// Ephemeral are those among them that a restart would have forgotten.
	Ephemeral []string `json:"ephemeral,omitempty"`
	// Variables are those that win over the file as long as they are set.
	Variables []string `json:"variables,omitempty"`
	// Bare reports whether comments of the former file are lost.
	Bare bool `json:"bare,omitempty"`
}

// ErrStale means that the configuration has changed since its ETag was asked for.
var ErrStale = errors.New("the configuration is another one than that of If-Match: read it again with GET /config, and put your change into that")

func (api *API) getConfig(w http.ResponseWriter, r *request) error {
	declared := false
	if text := r.URL.Query().Get("declared"); text != "" {
		var err error
		if declared, err = strconv.ParseBool(text); err != nil {
			return errorf(http.StatusBadRequest, "declared in the query is %.20q, not true or false", text)
		}
	}
	c, err := api.node.RunningConfig(declared)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", c.ETag)
	return writeJSON(w, http.StatusOK, c)
}

func (api *API) getConfigDiff(w http.ResponseWriter, _ *request) error {
	d, err := api.node.ConfigDiff()
	if err != nil {
		return err
	}
	w.Header().Set("ETag", d.ETag)
	return writeJSON(w, http.StatusOK, d)
}

// postConfigExport answers with a file that declares what runs. It holds secrets, so the request
// is a POST with an entry in the audit log, as a backup is.
func (api *API) postConfigExport(w http.ResponseWriter, r *request) error {
	e, err := api.newEdit(r, audit.ExportConfig, "")
	if err != nil {
		return err
	}
	var out ConfigExport
	err = api.makeChange(r, e.Change, func() (err error) {
		out, err = api.node.ExportConfig(e.Force)
		return err
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, out)
}

// putConfig replaces the configuration that runs, or changes nothing.
func (api *API) putConfig(w http.ResponseWriter, r *request) error {
	tags := r.Header.Values("If-Match")
	if len(tags) == 0 {
		return errorf(http.StatusPreconditionRequired, "the configuration is not replaced: send If-Match with the ETag of GET /config, so that no other change is lost")
	}
	e, err := api.newEdit(r, audit.PutConfig, "")
	if err != nil {
		return err
	}
	done, err := api.node.PutConfig(e, r.body, func(tag string) bool { return matches(tags, tag) })
	r.audited = !errors.Is(err, audit.ErrUnwritable) && !errors.Is(err, ErrNotOpen)
	var faults config.Faults
	switch {
	case errors.Is(err, ErrStale):
		return errorf(http.StatusPreconditionFailed, "the configuration is not replaced: %v", err)
	case errors.As(err, &faults):
		return errorf(http.StatusUnprocessableEntity, "the configuration is not replaced; the one from before holds: %v", faults)
	case err != nil:
		return fmt.Errorf("the configuration is not replaced; the one from before holds: %w", err)
	}
	w.Header().Set("ETag", done.ETag)
	return writeJSON(w, http.StatusOK, done)
}

// matches reports whether the values of If-Match have a tag. Weak tags never match.
func matches(values []string, tag string) bool {
	for _, value := range values {
		for _, one := range strings.Split(value, ",") {
			if one = strings.TrimSpace(one); one == tag || one == "*" {
				return true
			}
		}
	}
	return false
}

// configTypes are the types of the body of PUT /config beside JSON.
var configTypes = []string{"application/yaml", "application/x-yaml", "text/yaml"}

// isConfig reports whether a request has a configuration as its body, which may be YAML.
func isConfig(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.EscapedPath() == "/config"
}

// isConfigType reports whether a type is one of configTypes.
func isConfigType(media string) bool { return slices.Contains(configTypes, media) }

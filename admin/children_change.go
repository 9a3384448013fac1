package admin

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
)

// AddedChild is the answer to POST /accounts/PARENT/children.
type AddedChild struct {
	Name    string `json:"name"`
	ID      string `json:"id"`
	Address string `json:"address,omitempty"`
	// Created is false if the client had this token before.
	Created bool `json:"created"`
	// Token is the token that we have made, which is never shown again. It is empty if the
	// request has one.
	Token string `json:"token,omitempty"`
}

// RotatedChild is the answer to PATCH /accounts/PARENT/children/NAME if we have made the token.
type RotatedChild struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Token string `json:"token"`
}

// postChildren adds clients: one, or as many as there are lines of JSON.
func (api *API) postChildren(w http.ResponseWriter, r *request) error {
	children, err := api.childrenOf(r.account)
	if err != nil {
		return err
	}
	if r.lines {
		return api.postChildLines(w, r, children)
	}
	fields, err := r.onlyFields("name", "token", "reason")
	if err != nil {
		return err
	}
	n, made, err := newChildOf(fields)
	if err != nil {
		return err
	}
	reason, err := reasonOf(fields)
	if err != nil {
		return err
	}
	c := api.newChange(r, audit.AddChild, config.ChildID(r.account, n.Name))
	c.Reason = reason
	if n.Name == "" { // its token gives it
		c.Account = r.account
	}
	var answer NewChildAnswer
	err = api.makeNoted(r, c, func(note *audit.Note) error {
		answer = children.Add([]NewChild{n})[0]
		note.Detail("created", strconv.FormatBool(answer.Created))
		if n.Name == "" {
			note.Detail("name", answer.Name)
		}
		return answer.Err
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, api.addedChild(r.account, answer, made))
}

func (api *API) addedChild(parent string, answer NewChildAnswer, made string) AddedChild {
	id := config.ChildID(parent, answer.Name)
	added := AddedChild{Name: answer.Name, ID: id, Created: answer.Created, Token: made}
	if a := api.node.Accounts().Find(id); a != nil {
		added.Address = api.addressOf(a)
	}
	return added
}

// childName matches the names that a client may have.
var childName = regexp.MustCompile(`\A[A-Za-z0-9_~-]{1,128}\z`)

// newChildOf returns the client that a request is to add. Without a token there, it makes one.
func newChildOf(fields map[string]json.RawMessage) (n NewChild, made string, err error) {
	_, named := fields["name"]
	var ok bool
	if n.Name, ok = stringOf(fields["name"]); named && !ok {
		return n, "", errorf(http.StatusBadRequest, `the "name" is not a string`)
	}
	if named && !childName.MatchString(n.Name) {
		return n, "", errorf(http.StatusBadRequest, "the name %.80q must be one segment of an ILP address: 1 to 128 letters, digits, _, ~ and -", n.Name)
	}
	n.Token, made, err = tokenOf(fields)
	return n, made, err
}

// tokenOf returns the token in a request, or else one that it makes, twice.
func tokenOf(fields map[string]json.RawMessage) (token, made string, err error) {
	if _, there := fields["token"]; !there {
		made = rand.Text()
		return made, made, nil
	}
	token, ok := stringOf(fields["token"])
	if !ok {
		return "", "", errorf(http.StatusBadRequest, `the "token" is not a string`)
	}
	return token, "", nil
}

// onlyFields returns the body as an object without any other members: a misspelt "token" must not
// count as none.
func (r *request) onlyFields(names ...string) (map[string]json.RawMessage, error) {
	fields := r.object()
	if fields == nil {
		return nil, errorf(http.StatusBadRequest, "the body is not an object with each member once")
	}
	for name := range fields {
		if !slices.Contains(names, name) {
			return nil, errorf(http.StatusBadRequest, "the body has the unknown member %.40q", name)
		}
	}
	return fields, nil
}

// oldValidMax bounds how long a token stays valid that was rotated.
const oldValidMax = 30 * 24 * time.Hour

// patchChild blocks a client, lets it in again, or gives it another token.
func (api *API) patchChild(w http.ResponseWriter, r *request) error {
	children, name, err := api.childNamed(r)
	if err != nil {
		return err
	}
	fields, err := r.onlyFields("blocked", "token", "rotate", "oldValidFor", "reason")
	if err != nil {
		return err
	}
	reason, err := reasonOf(fields)
	if err != nil {
		return err
	}
	_, blocks := fields["blocked"]
	_, sets := fields["token"]
	rotates, err := boolOf(fields, "rotate")
	switch {
	case err != nil:
		return err
	case blocks && (sets || rotates), sets && rotates, !blocks && !sets && !rotates:
		return errorf(http.StatusBadRequest, `the body needs one of "blocked", "token" and "rotate"`)
	case blocks:
		blocked, err := boolOf(fields, "blocked")
		if err != nil {
			return err
		}
		return api.blockChild(w, r, children, name, blocked, reason)
	}
	return api.rotateChild(w, r, children, name, fields, reason)
}

func (api *API) blockChild(w http.ResponseWriter, r *request, children Children, name string, blocked bool, reason string) error {
	what := audit.UnblockChild
	if blocked {
		what = audit.BlockChild
	}
	c := api.newChange(r, what, config.ChildID(r.account, name))
	c.Reason = reason
	if err := api.makeChange(r, c, func() error { return children.Block(name, blocked) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (api *API) rotateChild(w http.ResponseWriter, r *request, children Children, name string, fields map[string]json.RawMessage, reason string) error {
	n := NewChild{Name: name}
	token, made, err := tokenOf(fields)
	if err != nil {
		return err
	}
	n.Token = token
	var oldValidFor time.Duration
	if field, there := fields["oldValidFor"]; there {
		text, _ := stringOf(field)
		if oldValidFor, err = time.ParseDuration(text); err != nil || oldValidFor < 0 || oldValidFor > oldValidMax {
			return errorf(http.StatusBadRequest, `"oldValidFor" is not a time from "0s" to "720h", such as "1h"`)
		}
	}
	c := api.newChange(r, audit.RotateToken, config.ChildID(r.account, name))
	c.Reason, c.Details["oldValidFor"] = reason, oldValidFor.String()
	if err := api.makeChange(r, c, func() error { return children.Rotate(n, oldValidFor) }); err != nil {
		return err
	}
	if made == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return writeJSON(w, http.StatusOK, RotatedChild{name, c.Account, made})
}

// deleteChild removes a client. With ?force=true it does so whatever its balance is.
func (api *API) deleteChild(w http.ResponseWriter, r *request) error {
	children, name, err := api.childNamed(r)
	if err != nil {
		return err
	}
	query, force := r.URL.Query(), false
	if query.Has("force") {
		if force, err = strconv.ParseBool(query.Get("force")); err != nil {
			return errorf(http.StatusBadRequest, "force is not true or false")
		}
	}
	var reason string
	if !r.hasNoBody() {
		fields, err := r.onlyFields("reason")
		if err == nil {
			reason, err = reasonOf(fields)
		}
		if err != nil {
			return err
		}
	}
	c := api.newChange(r, audit.RemoveChild, config.ChildID(r.account, name))
	c.Reason, c.Details["force"] = reason, strconv.FormatBool(force)
	if a := api.node.Accounts().Find(c.Account); a != nil && a.Balance != nil {
		c.Details["posted"] = a.Balance.Snapshot().Posted.String()
	}
	if err := api.makeChange(r, c, func() error { return children.Remove(name, force) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// childNamed returns the clients of the account in the path, and the name of the one that the
// path ends with.
func (api *API) childNamed(r *request) (Children, string, error) {
	children, err := api.childrenOf(r.account)
	if err != nil {
		return nil, "", err
	}
	name, err := url.PathUnescape(r.rest)
	if err == nil {
		if _, there := children.Find(name); there {
			return children, name, nil
		}
	}
	return nil, "", errorf(http.StatusNotFound, "account %s has no client %.140q", r.account, name)
}

package admin

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
)

// RotatedAccount is the answer to POST /accounts/ID/rotate.
type RotatedAccount struct {
	Account string `json:"account"`
	// Side says which secret it is: that of the server or the listener over BTP, or that of
	// outgoing or incoming requests over HTTP.
	Side      config.Side `json:"side"`
	Ephemeral bool        `json:"ephemeral,omitempty"` // a restart forgets it
	// OldSecretUntil is until when the secret from before is good too.
	OldSecretUntil Time `json:"oldSecretUntil,omitzero"`
	// Secret is the secret that we have made, which is never shown again. It is empty if the
	// request has one.
	Secret string `json:"secret,omitempty"`
}

// overlapDefault is how long the old secret of an account stays good, unless the request says
// another time.
const overlapDefault = time.Hour

// postRotation gives an account another secret, or ends the old one.
func (api *API) postRotation(w http.ResponseWriter, r *request, id string) error {
	if r.hasNoBody() {
		r.body = []byte("{}")
	}
	fields, err := r.onlyFields("side", "secret", "overlap", "endOverlap", "reason")
	if err != nil {
		return err
	}
	rotation, made, err := rotationOf(fields, time.Now())
	if err != nil {
		return err
	}
	reason, err := reasonOf(fields)
	if err != nil {
		return err
	}
	answer := RotatedAccount{Account: id, Secret: made}
	e, err := api.editAccount(r, audit.RotateSecret, id, func(e *Edit) error {
		e.Reason = reason
		e.Details["overlap"] = rotation.Until.Sub(rotation.Now).String()
		if rotation.Secret == "" {
			e.Details["overlap"] = "ended"
		}
		if rotation.Side != "" {
			e.Details["side"] = string(rotation.Side)
		}
		done, err := api.node.RotateAccount(*e, rotation)
		answer.Side, answer.OldSecretUntil = done.Side, Time{done.OldUntil}
		return err
	})
	if err != nil {
		return err
	}
	answer.Ephemeral = e.Ephemeral
	return writeJSON(w, http.StatusOK, answer)
}

// rotationOf returns the rotation that a request asks for, as of now. made is the new secret if we
// have made it.
func rotationOf(fields map[string]json.RawMessage, now time.Time) (r config.Rotation, made string, err error) {
	r = config.Rotation{Now: now, Until: now}
	ends, err := boolOf(fields, "endOverlap")
	if err != nil {
		return r, "", err
	}
	if field, there := fields["side"]; there {
		side, _ := stringOf(field)
		if r.Side = config.Side(side); !slices.Contains(config.Sides(), r.Side) {
			return r, "", errorf(http.StatusBadRequest, `"side" is none of "server", "listener", "outgoing" and "incoming"`)
		}
	}
	secret, given := fields["secret"]
	overlap, timed := fields["overlap"]
	switch {
	case ends && (given || timed):
		return r, "", errorf(http.StatusBadRequest, `the body has "endOverlap", and a "secret" or an "overlap" too: when the overlap ends, the new secret stays`)
	case ends:
		return r, "", nil
	case !given:
		made = rand.Text()
		r.Secret = made
	default:
		var ok bool
		if r.Secret, ok = stringOf(secret); !ok || r.Secret == "" {
			return r, "", errorf(http.StatusBadRequest, `the "secret" is empty, or no string`)
		}
	}
	length := overlapDefault
	if timed {
		text, _ := stringOf(overlap)
		if length, err = time.ParseDuration(text); err != nil || length < 0 || length > oldValidMax {
			return r, "", errorf(http.StatusBadRequest, `"overlap" is not a time from "0s" to "720h", such as "1h"`)
		}
	}
	r.Until = now.Add(length)
	return r, made, nil
}

package xrpl

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The ways in which a request ends without an answer.
var (
	// ErrNotSent says that the server never saw the request.
	ErrNotSent = errors.New("request was not sent")
	// ErrLost says that the server may have executed the request: its answer did not come, or
	// cannot be read.
	ErrLost = errors.New("answer is lost: the request may have been executed")
	// ErrNotFound says that the server does not have what was asked for: an account, an entry
	// or a transaction. A transaction may still come, except with ErrAbsent.
	ErrNotFound = errors.New("not found")
)

// apiVersion is the version of the API that we speak. In version 2, transactions are in
// tx_json with their hash beside them.
const apiVersion = 2

// Error is the answer of a server that refuses a request.
type Error struct {
	Code    string // such as actNotFound
	Number  int
	Message string
	// SearchedAll says of tx that each ledger of the range was searched.
	SearchedAll bool
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return "server answers " + e.Code
	}
	return fmt.Sprintf("server answers %s: %s", e.Code, e.Message)
}

// Is reports whether the error is ErrNotFound.
func (e *Error) Is(target error) bool {
	switch e.Code {
	case "actNotFound", "entryNotFound", "objectNotFound", "txnNotFound":
		return target == ErrNotFound
	default:
		return false
	}
}

// ends returns the reason to leave a server that answers so, or "".
func (e *Error) ends() Reason {
	switch e.Code {
	case "slowDown", "tooBusy":
		return ReasonSlowDown
	case "noNetwork", "noCurrent", "noClosed", "notSynced", "notReady":
		return ReasonNotSynced
	case "amendmentBlocked":
		return ReasonBlocked
	default:
		return ""
	}
}

// encodeRequest returns the message of a request.
func encodeRequest(id uint64, command string, params any) ([]byte, error) {
	object := make(map[string]any)
	if params != nil {
		text, err := json.Marshal(params)
		if err != nil {
			return nil, err
		}
		var given map[string]json.RawMessage
		if err := json.Unmarshal(text, &given); err != nil {
			return nil, fmt.Errorf("params are no JSON object: %w", err)
		}
		for name, value := range given {
			object[name] = value
		}
	}
	object["id"], object["command"], object["api_version"] = id, command, apiVersion
	return json.Marshal(object)
}

// message is what a server sends: an answer if it has an id, else an event or a complaint.
type message struct {
	ID          *uint64         `json:"id"`
	Type        string          `json:"type"`
	Status      string          `json:"status"`
	Result      json.RawMessage `json:"result"`
	Code        string          `json:"error"`
	Number      int             `json:"error_code"`
	Message     string          `json:"error_message"`
	SearchedAll bool            `json:"searched_all"`
}

// answer returns the result of an answer, or the server's error.
func (m *message) answer() answer {
	if m.Code != "" || m.Status == "error" {
		code := m.Code
		if code == "" {
			code = "an error without a code"
		}
		return answer{err: &Error{printable(code), m.Number, printable(m.Message), m.SearchedAll}}
	}
	return answer{result: m.Result}
}

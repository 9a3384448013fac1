package admin

import (
	"encoding/json"
	"time"
)

// Time is a moment. In JSON it has the form of JavaScript: UTC, with milliseconds.
type Time struct{ time.Time }

// timeLayout is the layout of Date.prototype.toISOString.
const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON returns the moment as a JSON string.
func (t Time) MarshalJSON() ([]byte, error) { return appendText(nil, t.UTC().Format(timeLayout)), nil }

var _ json.Marshaler = Time{}

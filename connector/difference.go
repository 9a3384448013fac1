package connector

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ilp-go/connector/admin"
)

// differenceOf describes in what an account differs from its entry of the configuration. Each is
// nil if there is none.
func differenceOf(id string, entry, now []byte) admin.ConfigChange {
	c := admin.ConfigChange{Account: id}
	switch {
	case entry == nil:
		c.What = admin.AddedAccountChange
	case now == nil:
		c.What = admin.RemovedAccountChange
	default:
		c.What, c.Settings = admin.ChangedAccountChange, changedSettings(entry, now)
	}
	return c
}

// changedSettings returns the names of the settings in which two accounts differ, as Text has
// them. The options of a plugin are one name, because their names may tell what they hold.
func changedSettings(old, now []byte) []string {
	before, after := make(map[string]string), make(map[string]string)
	flatten("", old, before)
	flatten("", now, after)
	var names []string
	for name, value := range before {
		if other, there := after[name]; !there || other != value {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, there := before[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// flatten enters the values of a JSON document, each under its path.
func flatten(path string, document []byte, into map[string]string) {
	var members map[string]json.RawMessage
	if path != "options" && json.Unmarshal(document, &members) == nil && members != nil {
		for name, value := range members {
			flatten(strings.TrimPrefix(path+"."+name, "."), value, into)
		}
		return
	}
	if document == nil {
		return
	}
	var value any // whose text is the same however it is written
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	_ = decoder.Decode(&value)
	text, _ := json.Marshal(value)
	into[path] = string(text)
}

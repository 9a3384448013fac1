package config

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// NodeHost says how hosted modules run: npm modules that a setting names and that are not built in.
type NodeHost struct {
	// Refused reports whether hosted modules are refused. Then nothing else of it counts.
	Refused bool `json:"-"`
	// Command is the path of Node.js, or a name to look for in PATH.
	Command string `json:"command,omitempty"`
	// Cwd is the working directory of the node host, empty for ours.
	Cwd string `json:"cwd,omitempty"`
	// Paths are the folders in which modules are looked for. None stand for the usual ones.
	Paths []string `json:"paths,omitempty"`
	// Env has the names of the variables that the node host gets from our environment.
	Env []string `json:"env,omitempty"`
	// Isolate reports whether each module has a process of its own.
	Isolate bool `json:"isolate,omitempty"`
	// MemoryMax is how many megabytes a process may use.
	MemoryMax int64 `json:"memoryMax,omitempty"`
	// RestartsMax is how often a process may be started again within an hour.
	RestartsMax int64 `json:"restartsMax,omitempty"`
	// HangTimeout is how long a process may give no sign of life.
	HangTimeout Milliseconds `json:"hangTimeout,omitempty"`
}

// nodeHostFields is NodeHost without its methods.
type nodeHostFields NodeHost

// MarshalJSON writes false if hosted modules are refused, and an object otherwise.
func (n NodeHost) MarshalJSON() ([]byte, error) {
	if n.Refused {
		return []byte("false"), nil
	}
	return json.Marshal(nodeHostFields(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *NodeHost) UnmarshalJSON(text []byte) error {
	*n = NodeHost{}
	if bytes.Equal(bytes.TrimSpace(text), []byte("false")) {
		n.Refused = true
		return nil
	}
	return unmarshal(text, (*nodeHostFields)(n))
}

// checkNodeHost wants names of files and folders that can be meant.
func checkNodeHost(c *Config, r *report) {
	n := c.NodeHost
	checkHostPath(at("nodeHost", "command"), n.Command, r)
	checkHostPath(at("nodeHost", "cwd"), n.Cwd, r)
	for i, folder := range n.Paths {
		checkHostPath(atIndex(at("nodeHost", "paths"), i), folder, r)
	}
}

// checkHostPath wants no path that is blank, has a blank at an end or holds a line break, as
// checkStorePath does.
func checkHostPath(path, text string, r *report) {
	switch {
	case strings.ContainsFunc(text, unicode.IsControl):
		r.fault(path, "holds a line break or another control character", "write the name alone")
	case strings.TrimSpace(text) != text:
		r.fault(path, "begins or ends with a blank, which makes it another name", "remove the blank")
	}
}

// lintNodeHost warns of variables for the node host that hold our own secrets.
func lintNodeHost(c *Config, r *report) {
	for i, name := range c.NodeHost.Env {
		for _, s := range settings().properties {
			if s.secret && s.variable() == name {
				r.warn(atIndex(at("nodeHost", "env"), i), "gives "+name+" to each npm module, with the secrets in it", "remove it")
			}
		}
		if name == settings().property("accounts").variable() {
			r.warn(atIndex(at("nodeHost", "env"), i), "gives "+name+" to each npm module, with the secrets of all accounts", "remove it")
		}
	}
}

var (
	_ json.Marshaler   = NodeHost{}
	_ json.Unmarshaler = (*NodeHost)(nil)
)

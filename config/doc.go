// Package config reads, checks and describes the configuration of a connector.
//
// A [Config] is a value: it is read once by [Load], never changed behind
// anyone's back, and compared with its successor by [Diff] when the connector
// reloads. Settings come from a file, JSON or YAML, and from CONNECTOR_*
// variables; a variable replaces the whole setting of the file.
//
// One JSON Schema, schema.json, is the source of everything that can be said
// about a single setting: its type, its default, what is allowed, what its
// variable is called and what docs/configuration.md says about it. Rules that
// involve several settings are in validate.go (faults, which stop the start)
// and lint.go (warnings, which do not).
//
// A check never stops at the first fault: [Faults] holds all of them, each
// with the path of the setting and the variable it came from. No message ever
// contains a value of a plugin's options, a token or a secret.
//
// The package only reads. It opens no TLS file, resolves no plugin name (the
// names there are come as [Known]) and holds no current configuration.
package config

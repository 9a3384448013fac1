// Package config reads, checks and describes the configuration of a connector.
//
// A [Config] is a value. [Load] reads it once, at the start, and no package changes
// it after that. [Diff] lists what differs between two of them. Settings come from a
// file, JSON or YAML, and from CONNECTOR_* variables. A variable replaces the whole
// setting of the file.
//
// A secret may be elsewhere: in a file, a variable or a credential of systemd. Then the
// configuration holds a reference. Load puts the secret in its place before it checks
// anything else, and remembers the reference, which is what the configuration shows.
//
// A JSON Schema, schema.json, describes each setting: its type, its default and its
// allowed values. The names of the variables and docs/configuration.md come from it
// too. Rules between several settings are in validate.go (faults, which stop the
// start) and lint.go (warnings, which do not).
//
// A check does not stop at the first fault: [Faults] holds all of them, each with the
// path of the setting and the variable that it came from. No message contains a value
// of a plugin's options, a token or a secret.
//
// The package only reads. It opens no TLS file, and the caller lists the names of plugins
// as [Known].
package config

package config

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The stores that this package knows. auto stands for one of the others.
const (
	storeAuto   = "auto"
	storeBolt   = "bolt"
	storeMemory = "memory"
)

// durabilityMax is the longest interval between two syncs, in milliseconds.
const durabilityMax = 60_000

// StoreName returns the store to use. Auto is bolt if there is a path, and memory
// otherwise. So are our own books beside a hosted store.
func (c *Config) StoreName() string {
	switch {
	case c.Store != storeAuto && !c.hostsStore:
		return c.Store
	case c.StoreFile() != "":
		return storeBolt
	}
	return storeMemory
}

// StoreFile returns the path for the store: the one in StoreConfig if there is one,
// otherwise StorePath. Beside a hosted store it is LedgerPath.
func (c *Config) StoreFile() string {
	if c.hostsStore {
		return c.LedgerPath
	}
	if path, ok := c.StoreConfig["path"].(string); ok {
		return path
	}
	return c.StorePath
}

// StoreDurability returns the longest time between an answer and the moment at which
// bolt has its changes on the disk. 0 means before the answer. It returns 0 for any
// other store.
func (c *Config) StoreDurability() time.Duration {
	if c.StoreName() != storeBolt || c.hostsStore {
		return 0
	}
	return readBolt(c.StoreConfig, newReport(nil))
}

// checkStore wants a store that is built in. If it is bolt, or auto may become bolt, its
// settings must be valid. Other stores check their own.
func checkStore(c *Config, schema *setting, known Known, r *report) {
	checkStorePath("ledgerPath", c.LedgerPath, r)
	if !c.hostsStore { // to a module it may mean something else
		checkStorePath("storePath", c.StorePath, r)
	}
	if r.void["store"] {
		return // the store is unknown
	}
	if c.hostsStore { // whose settings are those of the module
		checkModule("store", c.Store, StoreModule, known, r)
		return
	}
	checkModule("store", c.StoreName(), StoreModule, known, r)
	if own, ok := c.StoreConfig["path"].(string); ok && (c.StoreName() == storeBolt || c.StoreName() == storeMemory) {
		checkStorePath(at("storeConfig", "path"), own, r)
	}
	switch {
	case c.StoreName() == storeBolt:
		readBolt(c.StoreConfig, r)
		checkBoltPath(c, schema, r)
	case c.Store == storeAuto:
		storeReader(c.StoreConfig, r).text("path") // it decides between bolt and memory
	}
}

// checkStorePath wants no path that is blank, has a blank at an end or holds a line break, which
// is probably left of a script or a file of variables. It would name another directory than the
// operator means: in a container, one that no volume keeps.
func checkStorePath(path, text string, r *report) {
	const hint = "set it to a directory, such as /var/lib/ilp-connector"
	switch {
	case text == "":
	case strings.TrimSpace(text) == "":
		r.fault(path, "is blank", hint)
	case strings.ContainsFunc(text, unicode.IsControl):
		r.fault(path, "holds a line break or another control character", hint)
	case strings.TrimSpace(text) != text:
		r.fault(path, "begins or ends with a blank, which makes it another directory", "remove the blank")
	}
}

// checkBoltPath wants a path, and reports a fault of the setting that would win.
func checkBoltPath(c *Config, schema *setting, r *report) {
	switch own, given := c.StoreConfig["path"]; {
	case c.StoreFile() != "" || r.void["storeConfig"]:
	case given && own != nil:
		r.fault(at("storeConfig", "path"), "is empty, and bolt needs a path", "set it to a directory, or remove it and set storePath")
	default:
		s := schema.property("storePath")
		r.add(Fault{
			Path: s.name, Variable: s.variable(), Problem: "is not set, and bolt needs a path",
			Hint: "set it to a directory, or use memory as the store",
		})
	}
}

func storeReader(values map[string]any, r *report) *optionReader {
	return &optionReader{path: "storeConfig", values: values, out: r}
}

// readBolt reads the storeConfig of bolt. StoreFile returns its path.
func readBolt(values map[string]any, r *report) (durability time.Duration) {
	in := storeReader(values, r)
	in.text("path")
	durability = in.durability("durability")
	for _, key := range in.unknown() {
		in.fault(key, "is not a setting of bolt", unknownHint(key, in.asked))
	}
	return durability
}

// durability reads "sync", which is 0, or milliseconds as a number or in digits.
func (in *optionReader) durability(key string) time.Duration {
	const word, hint = "sync", `use "sync", or a whole number of milliseconds from 1 to 60000`
	v := in.value(key)
	text, quoted := v.(string)
	switch {
	case v == nil || text == word:
		return 0
	case quoted && text != "" && digitsOnly(text):
		v = json.Number(text)
	case quoted:
		in.fault(key, "is neither sync nor a number", nameHint(text, []string{word}, hint))
		return 0
	}
	switch n, ok := wholeNumber(v); {
	case typeName(v) != "a number":
		in.fault(key, "is "+typeName(v)+", neither a string nor a number", hint)
	case !ok:
		in.fault(key, "is not a whole number of milliseconds", hint)
	case n == 0:
		in.fault(key, "is 0, which is not an interval", hint)
	case n > durabilityMax:
		in.fault(key, "is longer than a minute, and a loss of power loses all changes since the last sync", hint)
	default:
		return time.Duration(n) * time.Millisecond
	}
	return 0
}

// lintStore warns of a path and of settings that have no effect.
func lintStore(c *Config, r *report) {
	if c.hostsStore {
		return
	}
	if c.LedgerPath != "" {
		r.warn("ledgerPath", "has no effect: our books are in the store", "set storePath, or name an npm module as the store")
	}
	if path, ok := c.StoreConfig["path"].(string); ok && c.StorePath != "" && path != c.StorePath {
		r.warn("storePath", "is not used: storeConfig.path wins", "remove one of the two")
	}
	if c.StoreName() != storeMemory {
		return
	}
	if c.StoreFile() != "" {
		r.warn("store", "is memory, which keeps nothing under the path: all balances are lost at the end of the process", "use bolt, or remove the path")
	}
	if c.Store != storeAuto || r.void["storePath"] || r.faulty[at("storeConfig", "path")] {
		return
	}
	keys := []string{"path", "durability"}
	in := storeReader(c.StoreConfig, r)
	in.ignore("path")
	for _, key := range in.unknown() {
		hint := "set storePath, or remove it"
		if !slices.Contains(keys, key) {
			hint = nameHint(key, keys, hint)
		}
		in.warn(key, "has no effect: there is no path, so nothing is kept", hint)
	}
}

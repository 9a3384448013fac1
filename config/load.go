package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ilp-go/connector/smallfile"
)

// Known lists the names that the connector has built in. A nil list allows any name.
type Known struct {
	Plugins     []string
	Backends    []string
	Stores      []string
	Middlewares []string // types to add, without the built-in ones
	// Hosting says that the caller runs npm modules. Then a name that is not built in is no fault,
	// unless the configuration refuses modules: see [Known.Module].
	Hosting bool
	// Variables are CONNECTOR_* variables that are not settings, but that the
	// caller reads. They cause no warning.
	Variables []string

	refused bool // the configuration refuses npm modules
}

// Load reads the configuration from a file and from environ, which has the form of
// os.Environ. A variable of environ replaces the whole setting of the file. An empty
// file name is no file. Secrets may be references to files and to variables of environ,
// which Load reads. The error is a [Faults] with all faults. Load returns the warnings with
// and without an error.
func Load(file string, environ []string, known Known) (*Config, []Warning, error) {
	return onlySound(Draft(file, environ, known))
}

// Draft reads the configuration as [Load] does, for a check that goes on after a fault. It
// always returns a configuration: a setting with a fault may have any value, see Sound.
func Draft(file string, environ []string, known Known) (*Config, []Warning, error) {
	if file == "" {
		return draft("", nil, nil, environ, known)
	}
	text, err := smallfile.Read(file, fileBytesMax)
	if err != nil {
		// Keep only the reason: the error of os repeats the name.
		var reason *fs.PathError
		if errors.As(err, &reason) {
			err = reason.Err
		}
		unread := Faults{{Problem: "read " + printable(file) + ": " + err.Error(), Hint: readHint(err)}}
		return draft(file, nil, unread, environ, known)
	}
	c, warnings, err := draft(file, text, nil, environ, known)
	if c.file, c.digest = file, digestOf(text); !filepath.IsAbs(file) {
		if whole, unknown := filepath.Abs(file); unknown == nil {
			c.file = whole
		}
	}
	return c, warnings, err
}

// digestOf returns the digest of a text.
func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// onlySound returns no configuration if there is an error.
func onlySound(c *Config, warnings []Warning, err error) (*Config, []Warning, error) {
	if err != nil {
		c = nil
	}
	return c, warnings, err
}

// readHint returns what to do about a file that cannot be read.
func readHint(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "check the name: a relative one counts from the working directory"
	case errors.Is(err, fs.ErrPermission):
		return "let the user of the connector read the file"
	}
	return "name a JSON or YAML file"
}

// fileBytesMax bounds a configuration file, at many times the size of any real one.
const fileBytesMax = 64 << 20

// Parse works like [Load], with the text of the file. The name decides whether text is
// JSON (.json) or YAML (.yaml, .yml). With any other name, text that begins with a
// brace is JSON. A nil text is no file.
func Parse(name string, text []byte, environ []string, known Known) (*Config, []Warning, error) {
	return onlySound(draft(name, text, nil, environ, known))
}

// draft reads a configuration. unread are the faults of a file that could not be read. Then
// the settings that environ leaves out are unknown, and have neither faults nor warnings.
func draft(name string, text []byte, unread Faults, environ []string, known Known) (*Config, []Warning, error) {
	schema := settings()
	r := newReport(map[string]string{})
	document := newObject()
	given := map[string]string{}
	if text != nil {
		read, faults := parseFile(name, text)
		if read == nil {
			unread = faults
		} else {
			document = read
			for _, fault := range faults {
				r.add(fault)
			}
		}
		for _, key := range document.keys {
			given[key] = "file"
		}
	}
	overlay(document, schema, environ, known.Variables, r)
	for setting, variable := range r.origin {
		given[setting] = variable
	}
	from := newSource(environ)
	resolve(document, schema, known, from, r)
	if unread != nil {
		for _, name := range schema.names() {
			if r.origin[name] == "" {
				r.leaveOut(name)
			}
		}
	}
	c, warnings, err := check(document, schema, known, r, unread)
	c.given, c.environ = given, environ
	c.keep(r.resolved)
	return c, warnings, err
}

// Validate checks a configuration that a program has made or changed, as Load does, and
// refuses references to secrets. It returns a copy in which each account has its defaults.
func (c *Config) Validate(known Known) (*Config, []Warning, error) {
	r := newReport(map[string]string{})
	for i, a := range c.Accounts {
		if _, twice := c.Accounts[:i].Find(a.ID); twice {
			r.fault(at("accounts", a.ID), "is given twice", "remove one of the two")
		}
	}
	if _, ok := number(c.Spread); !ok {
		r.fault("spread", "is not a number", "use a number such as 0.002")
		return nil, nil, r.faults
	}
	document, faults := c.document()
	if document == nil {
		return nil, nil, faults
	}
	for _, fault := range faults {
		r.add(fault)
	}
	schema := settings()
	resolve(document, schema, known, nil, r)
	next, warnings, err := check(document, schema, known, r, nil)
	next.given, next.resolved, next.environ = c.given, c.resolved, c.environ
	next.file, next.digest = c.file, c.digest
	for i := range next.Accounts {
		from, _ := c.Accounts.Find(next.Accounts[i].ID)
		next.Accounts[i].written, next.Accounts[i].resolved = from.written, from.resolved
	}
	return onlySound(next, warnings, err)
}

// ValidateAccount checks an account that a program has made or changed, as Validate does of c
// together with it and with others. c.Accounts does not count, nor does one of others with the
// account's id. The others, and the settings of c, were checked before. So they are not read again,
// and all warnings are about the account.
func (c *Config) ValidateAccount(a Account, others *Index, known Known) ([]Warning, error) {
	own := a
	own.resolved = nil
	document, faults := documentOf(map[string]Accounts{"accounts": {own}})
	if document == nil {
		return nil, faults
	}
	r := newReport(map[string]string{})
	for _, fault := range faults {
		r.add(fault)
	}
	schema := settings()
	resolve(document, schema, known, nil, r)
	return c.validateAmong(readAccount(a.ID, document, schema, r), others, known, r)
}

// ValidateParsed does what ValidateAccount does for an account that ParseAccount, Patch, Rotate or Kept
// has returned. What those have checked by the schema is not checked again.
func (c *Config) ValidateParsed(a Account, others *Index, known Known) ([]Warning, error) {
	r := newReport(map[string]string{})
	r.warnings = slices.Clone(a.odd)
	return c.validateAmong(a, others, known, r)
}

// validateAmong checks an account that the schema has passed.
func (c *Config) validateAmong(a Account, others *Index, known Known, r *report) ([]Warning, error) {
	whole := *c
	whole.Accounts = Accounts{a}
	if former, there := others.take(a.ID); there {
		defer others.put(a.ID, former)
	}
	beside := among{&whole, others}
	checkConfig(beside, settings(), known, r)
	lintAccounts(beside, r)
	if faults := r.sorted(settings()); len(faults) > 0 {
		return r.warnings, faults
	}
	return r.warnings, nil
}

// document returns the configuration as a document, with its secrets. It is nil if there is none;
// then the faults say why.
func (c *Config) document() (*object, Faults) { return documentOf(c.reveal()) }

// documentOf returns a value as a document, as Config.document does.
func documentOf(value any) (*object, Faults) {
	text, err := json.Marshal(value)
	if err != nil {
		// The error may quote an option, and options are secret.
		return nil, Faults{{Problem: "holds a value that JSON cannot express", Hint: "use texts, numbers, booleans, lists and maps in options"}}
	}
	read, faults := parseJSON("", text)
	document, isObject := read.(*object)
	if !isObject { // the options of an account can be too deep inside the whole
		return nil, faults
	}
	return document, faults
}

// ParseAccount reads one account from JSON, fills in its defaults, and checks it on its
// own. To check it together with other accounts, append it to a copy of the
// configuration and call Validate. It refuses references to secrets: the account may come
// from a client of the admin API, who is not to read files of this machine.
func ParseAccount(id string, text []byte, known Known) (Account, []Warning, error) {
	path := at("accounts", id)
	value, faults := parseJSON(path, text)
	if value == nil && faults != nil {
		return Account{}, nil, faults
	}
	r := newReport(map[string]string{})
	for _, fault := range faults {
		r.add(fault)
	}
	if entry, ok := value.(*object); ok {
		refuseModuleFile(id, entry, "", known, r)
	}
	return parseAccount(id, value, nil, known, r)
}

// parseAccount reads one account of a document. Its secrets may be in from, unless that is nil.
func parseAccount(id string, value any, from *source, known Known, r *report) (Account, []Warning, error) {
	schema := settings()
	document, accounts := newObject(), newObject()
	accounts.set(id, value)
	document.set("accounts", accounts)
	resolve(document, schema, known, from, r)
	a := readAccount(id, document, schema, r)
	a.resolved = r.resolved
	checkAccount(a, known, r)
	lintAccount(a, r)
	if faults := r.sorted(schema); len(faults) > 0 {
		return Account{}, r.warnings, faults
	}
	return a, r.warnings, nil
}

// readAccount is read for a document that has one account alone.
func readAccount(id string, document *object, schema *setting, r *report) Account {
	validate(document, schema, r)
	before := len(r.warnings)
	lintTexts("", document, r)
	a := Account{ID: id, written: written(document)[id], odd: slices.Clone(r.warnings[before:])}
	accounts, _ := document.values["accounts"].(*object)
	if accounts == nil {
		return a
	}
	entry := accounts.values[id]
	schema.property("accounts").each.fillInside(entry)
	decodeInto(entry, &a)
	return a
}

// check makes a configuration of a document: first it applies the schema, then the
// defaults, then the rules between settings. unread are the faults of a file without which
// the document is not whole.
func check(document *object, schema *setting, known Known, r *report, unread Faults) (*Config, []Warning, error) {
	c := read(document, schema, r)
	_, c.hostsStore = known.Module(StoreModule, c.Store)
	whole := among{c, NewIndex()}
	checkConfig(whole, schema, known, r)
	if unread == nil {
		lintConfig(whole, r)
	}
	faults := append(unread, r.sorted(schema)...)
	if len(faults) > 0 {
		c.unsound = r.unsound()
		return c, r.warnings, faults
	}
	return c, r.warnings, nil
}

// read applies the schema to a document, and then the defaults.
func read(document *object, schema *setting, r *report) *Config {
	validate(document, schema, r)
	lintTexts("", document, r)
	asWritten := written(document)
	schema.fill(document)
	c := decode(document)
	for i := range c.Accounts {
		c.Accounts[i].written = asWritten[c.Accounts[i].ID]
	}
	return c
}

// parseFile reads the text of a configuration file. The document is nil if the text
// cannot be read at all.
func parseFile(name string, text []byte) (*object, Faults) {
	if fault, other := otherFormat(name, text); other {
		return nil, Faults{fault}
	}
	parse := parseYAML
	if isJSON(name, text) {
		parse = func(text []byte) (any, Faults) { return parseJSON("", text) }
	}
	value, faults := parse(text)
	if value == nil && faults != nil {
		for i := range faults {
			faults[i].Problem = strings.TrimSpace(name + " " + faults[i].Problem)
		}
		return nil, faults
	}
	document, ok := value.(*object)
	if !ok {
		return nil, Faults{{Problem: strings.TrimSpace(name + " does not hold an object"),
			Hint: "write settings as keys with values, such as ilpAddress: test.alice"}}
	}
	if fault, other := forPM2(name, document); other {
		return nil, Faults{fault}
	}
	return document, faults
}

func isJSON(name string, text []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	return inBraces(text)
}

// inBraces reports whether a text begins as an object in JSON does.
func inBraces(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n"), []byte("{"))
}

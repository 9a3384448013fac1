package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/connector"
)

func (p *program) storeImportCommand() *cobra.Command {
	var ask connector.StoreImport
	var options, keys string
	var owners ownersFlag
	var asJSON bool
	command := &cobra.Command{
		Use:   "import",
		Short: "Take over what plugins keep in a store module from npm",
		Long: "Take over what plugins keep in a store module from npm, into the store of a connector that is stopped.\n" +
			"The module runs in Node.js. It is the store of the configuration, unless --npm names another one.\n" +
			"What our store has already stays. The same import changes nothing the second time.\n" +
			"The exit status is 1 if a value differs from ours or cannot be read.",
		Example: p.example("store import --config connector.yaml --dry-run") + "\n" +
			p.example(`store import --npm ilp-store-redis --options redis.json`),
		Args: noArgs,
		RunE: func(command *cobra.Command, _ []string) (err error) {
			if ask.Config, err = readConstructorOptions(command.InOrStdin(), options); err != nil {
				return err
			}
			if ask.Keys, err = readKeys(command.InOrStdin(), keys); err != nil {
				return err
			}
			ask.Owners = owners
			cfg, _, err := p.load()
			if err != nil {
				return err
			}
			done, err := connector.ImportStore(command.Context(), cfg, ask, p.options...)
			if err != nil {
				return explainImport(err, done)
			}
			if asJSON {
				err = p.printJSON(done)
			} else {
				err = p.printStoreImport(done)
			}
			if err == nil && !done.Complete() {
				err = errReported
			}
			return err
		},
	}
	flags := command.Flags()
	flags.StringVar(&ask.Module, "npm", "", "`name` of the store module (default the store of the configuration)")
	flags.StringVar(&options, "options", "", "`file` with what the constructor of the module gets, or a JSON object (default as a connector would)")
	flags.StringVar(&keys, "keys", "", "`file` with the keys, one in a line, if the store cannot list them, or - for standard input")
	flags.Var(&owners, "account", "keys that begin with PREFIX are of the account ID: `PREFIX=ID`, any number of times")
	flags.BoolVar(&ask.DryRun, "dry-run", false, "show what the import would do, and change nothing")
	flags.BoolVar(&ask.Overwrite, "overwrite", false, "replace values of our store that differ; what plugins have stored since is lost")
	flags.StringVar(&ask.Reason, "reason", "", "the reason: `text` for the audit log")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	p.addConfig(flags)
	return command
}

// explainImport says what an import has done that failed.
func explainImport(err error, done connector.Imported) error {
	if done.Written == 0 {
		return err
	}
	return fmt.Errorf("%w; %s written before that, and the same command goes on", err, isWritten(done.Written))
}

// isWritten returns a number of entries as a part of a sentence.
func isWritten(n int) string {
	if n == 1 {
		return "1 entry was"
	}
	return fmt.Sprintf("%d entries were", n)
}

// constructorBytesMax bounds the options of a module.
const constructorBytesMax = 1 << 20

// readConstructorOptions returns the options of a module: a JSON object, or a file with one.
func readConstructorOptions(stdin io.Reader, given string) (json.RawMessage, error) {
	if given == "" {
		return nil, nil
	}
	text, from := []byte(given), "--options"
	if !strings.HasPrefix(strings.TrimSpace(given), "{") {
		var err error
		if text, err = readInput(stdin, given, constructorBytesMax); err != nil {
			return nil, fmt.Errorf("no options: %w", err)
		}
		from = given
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return nil, fmt.Errorf(`no options: %s is no JSON object, such as {"path": "/var/lib/former"}`, from)
	}
	return text, nil
}

// keysBytesMax bounds the file of keys.
const keysBytesMax = 64 << 20

// readKeys reads a file of keys. They are nil without a name.
func readKeys(stdin io.Reader, name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	text, err := readInput(stdin, name, keysBytesMax)
	if err != nil {
		return nil, fmt.Errorf("no keys: %w", err)
	}
	keys := []string{}
	for line := range bytes.Lines(text) {
		if key := strings.TrimRight(string(line), "\r\n"); key != "" {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// ownersFlag is a flag that says whose keys are, any number of times. What follows a slash in the id begins
// the key of the plugin.
type ownersFlag []connector.KeyOwner

// Set adds an owner.
func (f *ownersFlag) Set(text string) error {
	prefix, owner, found := strings.Cut(text, "=")
	id, rest, _ := strings.Cut(owner, "/")
	if !found || prefix == "" || id == "" {
		return fmt.Errorf("%q is not PREFIX=ID, such as old-alice=alice", text)
	}
	*f = append(*f, connector.KeyOwner{Prefix: prefix, Account: id, Rest: rest})
	return nil
}

// String returns the empty text, which is the default.
func (f *ownersFlag) String() string { return "" }

// Type returns the name of the value in the help.
func (f *ownersFlag) Type() string { return "PREFIX=ID" }

// printStoreImport prints what an import has done, or would do.
func (p *program) printStoreImport(d connector.Imported) error {
	p.printf("%s has %s, known from %s\n", client.Printable(strings.TrimSpace(d.Module+" "+d.Version)), count(d.Keys, "key"), client.Printable(d.ListedBy))
	rows := make([][]string, len(d.Accounts))
	var fresh, equal, overwritten int
	for i, a := range d.Accounts {
		rows[i] = []string{a.ID, strconv.Itoa(a.New), strconv.Itoa(a.Equal), strconv.Itoa(a.Overwritten), strconv.Itoa(a.Different)}
		fresh, equal, overwritten = fresh+a.New, equal+a.Equal, overwritten+a.Overwritten
	}
	if len(rows) > 0 {
		if err := printTable(p.stdout, []string{"ACCOUNT", "NEW", "EQUAL", "OVERWRITTEN", "DIFFERENT"}, rows); err != nil {
			return err
		}
	}
	for _, k := range d.Doubts {
		p.printf("warning: %s taken for %s, and could be of %s: %s; --account decides\n", keysAre(k.Count),
			client.Printable(k.Taken), client.Printable(k.Other), client.Printable(k.First))
	}
	p.printKeys(d.NoAccount, "of no account", "--account assigns them")
	p.printKeys(d.LeftOut, "that no plugin uses here", "")
	p.printKeys(d.Missing, "without a value in the module", "")
	p.printKeys(d.Different, "with another value here, which stays", "--overwrite replaces it")
	p.printKeys(d.Unreadable, "that cannot be taken", "")
	verb := isWritten(d.Written) + " written to "
	if d.DryRun {
		verb = count(fresh+overwritten, "key") + " would be written to "
	}
	p.printf("%s%s; %s there already\n", verb, client.Printable(d.Store), keysAre(equal))
	return nil
}

// keysAre returns a number of keys as the beginning of a sentence.
func keysAre(n int) string {
	if n == 1 {
		return "1 key is"
	}
	return fmt.Sprintf("%d keys are", n)
}

// printKeys prints the first keys of a list, if there are any.
func (p *program) printKeys(l connector.KeyList, what, advice string) {
	if l.Count == 0 {
		return
	}
	p.printf("%s %s", count(l.Count, "key"), what)
	if advice != "" {
		p.printf("; %s", advice)
	}
	p.printf(":\n")
	for _, k := range l.First {
		p.printf("  %s", client.Printable(k.Key))
		if k.Why != "" {
			p.printf(": %s", client.Printable(k.Why))
		}
		p.printf("\n")
	}
	if more := l.Count - len(l.First); more > 0 {
		p.printf("  and %d more\n", more)
	}
}

var _ pflag.Value = (*ownersFlag)(nil)

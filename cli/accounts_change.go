package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/smallfile"
)

// untilRestart adds the flag --ephemeral to a command.
func untilRestart(command *cobra.Command) *bool {
	return command.Flags().Bool("ephemeral", false, "let a restart forget the change")
}

// done returns what follows the text of a change: how long it holds, if a restart forgets it.
func done(ephemeral bool) string {
	if ephemeral {
		return ", until the next start"
	}
	return ""
}

func (r *remote) addAccountCommand() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "add account",
		Short: "Add an account while the connector runs",
		Long: "Add an account while the connector runs. The file has its settings, in JSON or YAML, as under its id in accounts.\n" +
			"The connector keeps the account in its store, so that it is there after a restart.",
		Example: r.example("accounts add dave --options dave.yaml"),
		Args: func(command *cobra.Command, args []string) error {
			err := wantArgs(1, 1, "the id of the new account")(command, args)
			if err == nil && !command.Flags().Changed("options") {
				err = fmt.Errorf("%s needs --options: the file with the settings of the account, or - for standard input", commandPath(command))
			}
			return err
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&file, "options", "", "`file` with the settings of the account, or - for standard input")
	ephemeral := untilRestart(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		entry, err := readEntry(command.InOrStdin(), file)
		if err != nil {
			return err
		}
		added, err := c.AddAccount(ctx, args[0], entry, *ephemeral)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(added)
		}
		r.printf("account %s is added%s\n", args[0], done(*ephemeral))
		return nil
	})
	return command
}

// entryBytesMax bounds the file of an account, as the admin API bounds the body of a request.
const entryBytesMax = 1 << 20

// readEntry reads settings of an account from a file, or from stdin if the name is -, and
// returns them as JSON.
func readEntry(stdin io.Reader, name string) (entry json.RawMessage, err error) {
	var text []byte
	if name == "-" {
		name = "standard input"
		text, err = io.ReadAll(io.LimitReader(stdin, entryBytesMax+1))
	} else {
		text, err = smallfile.Read(name, entryBytesMax)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("no settings: %w", err)
	case len(text) > entryBytesMax:
		return nil, fmt.Errorf("no settings: %s is larger than %d bytes", name, entryBytesMax)
	}
	if entry, err = config.AccountJSON(name, text); err != nil {
		return nil, fmt.Errorf("no settings: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return entry, nil
}

func (r *remote) setAccountCommand() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "set account [change...]",
		Short: "Change settings of an account while the connector runs",
		Long: "Change settings of an account while the connector runs: pairs such as balance.maximum=1000, or one JSON object,\n" +
			"or a file in JSON or YAML. null removes a setting. A setting that is not named stays as it is.\n" +
			"Give secrets in a file: other users may see a command line in the list of processes.",
		Example: r.example("accounts set alice balance.maximum=1000 maxPacketAmount=null") + "\n" +
			r.example(`accounts set alice '{"rateLimit":{"refillCount":500}}'`),
		Args: func(command *cobra.Command, args []string) error {
			err := wantArgs(1, len(args), "an account and what to change")(command, args)
			if err == nil {
				_, err = patchOf(command, args[1:])
			}
			return err
		},
		ValidArgsFunction: r.completeAccounts(1),
	}
	command.Flags().StringVar(&file, "file", "", "`file` with the settings to change, or - for standard input")
	ephemeral := untilRestart(command)
	force := command.Flags().Bool("force", false, "send the secret of the account to another server, if the change means that")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		patch, err := patchOf(command, args[1:])
		if err == nil && patch == nil {
			patch, err = readEntry(command.InOrStdin(), file)
		}
		if err != nil {
			return err
		}
		changed, err := c.ChangeAccount(ctx, args[0], patch, *force, *ephemeral)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(changed)
		}
		r.printf("account %s has %s now%s\n", args[0], settingsNow(patch, changed.Info), done(*ephemeral))
		for _, w := range changed.Warnings {
			r.printf("warning: %s\n", client.Printable(w))
		}
		return nil
	})
	return command
}

// patchOf returns the patch of a command line, nil if it is in a file.
func patchOf(command *cobra.Command, changes []string) (json.RawMessage, error) {
	inFile := command.Flags().Changed("file")
	switch {
	case inFile && command.Flag("file").Value.String() == "": // begin refuses that
		return nil, nil
	case inFile && len(changes) > 0:
		return nil, fmt.Errorf("%s takes changes or --file, and got both", commandPath(command))
	case inFile:
		return nil, nil
	case len(changes) == 0:
		return nil, fmt.Errorf("%s takes an account and what to change, and the change is missing: give pairs such as balance.maximum=1000, or --file",
			commandPath(command))
	case strings.HasPrefix(changes[0], "{"):
		if len(changes) > 1 {
			return nil, fmt.Errorf("%s takes one JSON object, and %q is too many", commandPath(command), changes[1])
		}
		if !json.Valid([]byte(changes[0])) {
			return nil, fmt.Errorf(`%s: the change is not valid JSON; it should be like {"maxPacketAmount":"1000"}`, commandPath(command))
		}
		return json.RawMessage(changes[0]), nil
	}
	patch, err := config.AccountPatch(changes)
	if err != nil {
		err = fmt.Errorf("%s: %w", commandPath(command), err)
	}
	return patch, err
}

// settingsNow returns the settings that a patch names as an account has them now. It shows no
// options of a plugin, which hold credentials.
func settingsNow(patch, info json.RawMessage) string {
	var now details
	now.addJSON("", info)
	var all []string
	for _, name := range namedIn("", patch) {
		text := "no " + name
		if name == "options" || strings.HasPrefix(name, "options.") {
			text = "other options"
		} else if i := slices.IndexFunc(now, func(d []string) bool { return d[0] == name }); i >= 0 {
			text = name + " " + now[i][1]
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		return "what it had"
	}
	return client.Printable(strings.Join(all, ", "))
}

// namedIn returns the names of the settings in a patch.
func namedIn(path string, patch json.RawMessage) (names []string) {
	var members client.OrderedMap[json.RawMessage]
	if string(patch) == "null" || json.Unmarshal(patch, &members) != nil {
		return []string{path}
	}
	for _, m := range members {
		names = append(names, namedIn(strings.TrimPrefix(path+"."+m.Name, "."), m.Value)...)
	}
	return names
}

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
)

func (r *remote) configShowCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "show [account]",
		Short: "Show the configuration that runs, and where each value is from",
		Long: "Show the configuration that runs, or one account of it, with its defaults. Behind each value stands where it is from:\n" +
			"the file, a variable, a default, or a change that an operator has made meanwhile. Secrets are not shown.\n" +
			"What it prints is a configuration that 'config put' takes back.",
		Example:           r.example("config show") + "\n" + r.example("config show alice"),
		Args:              wantArgs(0, 1, "one account at most"),
		ValidArgsFunction: r.completeAccounts(1),
	}
	declared := command.Flags().Bool("declared", false, "show what the file and the variables said at the start or the last reload")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if r.json && len(args) == 0 {
			return r.printDocument(ctx, c, client.ConfigPath(*declared))
		}
		shown, err := c.RunningConfig(ctx, *declared)
		if err == nil && len(args) > 0 {
			err = onlyAccount(&shown, args[0])
		}
		switch {
		case err != nil:
			return err
		case r.json:
			return r.printJSON(shown)
		}
		return r.printConfig(shown, len(args) == 0)
	})
	return command
}

// onlyAccount leaves one account of a configuration, and its origins.
func onlyAccount(shown *client.RunningConfig, id string) error {
	var document struct {
		Accounts map[string]json.RawMessage `json:"accounts"`
	}
	if err := json.Unmarshal(shown.Config, &document); err != nil {
		return err
	}
	entry, there := document.Accounts[id]
	if !there {
		return fmt.Errorf("the configuration has no account %q; it has: %s", id, strings.Join(slices.Sorted(maps.Keys(document.Accounts)), ", "))
	}
	document.Accounts = map[string]json.RawMessage{id: entry}
	var err error
	shown.Config, err = json.Marshal(document)
	within := config.AccountPath(id) + "."
	for path := range shown.Origins {
		if !strings.HasPrefix(path, within) {
			delete(shown.Origins, path)
		}
	}
	return err
}

// printConfig prints a configuration as YAML, with comments.
func (r *remote) printConfig(shown client.RunningConfig, whole bool) error {
	now := time.Now()
	text, err := config.YAML(shown.Config, func(path string) string {
		o, there := shown.Origins[path]
		if !there {
			return ""
		}
		comment := o.From
		if !o.At.IsZero() {
			comment += " " + ago(o.At, now)
		}
		if o.By != "" {
			comment += " by " + client.Printable(o.By)
		}
		return "# " + comment
	})
	if err != nil {
		return err
	}
	if whole {
		r.printf("%s%s\n", etagMark, shown.ETag)
		if shown.Address != "" {
			r.printf("# address: %s\n", shown.Address)
		}
		if shown.File != "" {
			r.printf("# file: %s\n", client.Printable(shown.File))
		}
		for _, l := range shown.Listeners {
			host, port := l.Host, strconv.Itoa(l.Port)
			if host == "" {
				host = "*"
			}
			if l.Port == 0 {
				port = "any"
			}
			r.printf("# listener: %s, %s\n", net.JoinHostPort(host, port), l.Owner)
		}
	}
	r.printf("%s", text)
	return nil
}

// etagMark begins the line of what 'config show' prints that has the ETag.
const etagMark = "# etag: "

func (r *remote) configDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff",
		Short: "Compare the file, what was declared and what runs",
		Long: "Compare the configuration file as it is now, what it and the variables said at the start or the last reload, and what runs.\n" +
			"WHY says what the edit of the file takes, or what has changed the running value. Secrets are not shown.\n" +
			"The exit status is 1 if the file cannot be used as it is now.",
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
			d, err := c.ConfigDiff(ctx)
			switch {
			case err != nil:
				return err
			case r.json:
				err = r.printJSON(d)
			default:
				err = r.printDiff(d, time.Now())
			}
			if err == nil && len(d.Faults) > 0 {
				err = fmt.Errorf("the file cannot be used as it is now: %s", client.Printable(strings.Join(d.Faults, "; ")))
			}
			return err
		}),
	}
}

func (r *remote) printDiff(d client.ConfigDiff, now time.Time) error {
	if len(d.Differences) == 0 {
		r.printf("no differences: what is declared runs\n")
		return nil
	}
	rows := make([][]string, len(d.Differences))
	for i, one := range d.Differences {
		var why []string
		if one.Edited != "" {
			why = append(why, "takes a "+one.Edited)
		}
		if one.From != "" {
			why = append(why, strings.TrimSpace(one.From+" "+ago(one.At, now)))
		}
		if one.Dropped {
			why = append(why, "dropped by a reload")
		}
		rows[i] = []string{one.Path, r.inBrief(one.File), r.inBrief(one.Declared), r.inBrief(one.Running), strings.Join(why, ", ")}
	}
	return r.printTable([]string{"PATH", "FILE NOW", "DECLARED", "RUNNING", "WHY"}, rows)
}

// inBrief returns a value as a cell of a table, nothing for null.
func (r *remote) inBrief(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	} else if text == "" && string(value) == `""` {
		text = `""`
	}
	if !r.wide {
		text = cut(text)
	}
	return text
}

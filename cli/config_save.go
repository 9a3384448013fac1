package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/connector"
)

// saved is what 'config save --json' prints.
type saved struct {
	File      string   `json:"file"`
	Declares  []string `json:"declares"`
	Ephemeral []string `json:"ephemeral,omitempty"`
	Variables []string `json:"variables,omitempty"`
	Before    string   `json:"before,omitempty"` // where the former file is, if comments are lost
	Reloaded  bool     `json:"reloaded"`
}

func (r *remote) configSaveCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "save",
		Short: "Write a configuration file that declares what runs",
		Long: "Write a configuration file that declares what runs, and let the connector read it again if it is its own.\n" +
			"Then what operators have changed is declared, and a start with the file gives what runs now.\n" +
			"The file holds the secrets that the configuration holds, so only its owner may read it.\n" +
			"A file that was edited since the connector has read it is not replaced.",
		Example: r.example("config save") + "\n" + r.example("config save --file connector.yaml"),
		Args:    noArgs,
	}
	var file string
	command.Flags().StringVar(&file, "file", "", "`file` to write (default the one that the connector reads)")
	force := command.Flags().Bool("force", false, "build on a file that was edited since the connector has read it, or replace another one")
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, _ []string) error {
		out, err := c.ExportConfig(ctx, *force)
		if err != nil {
			return err
		}
		name := file
		if name == "" {
			name = out.File
		}
		if name == "" {
			return errors.New("the connector reads no file, but variables alone: name the file to write with --file")
		}
		if name, err = filepath.Abs(name); err != nil {
			return err
		}
		if _, err := os.Stat(name); name == out.File && err != nil {
			return fmt.Errorf("the file that the connector reads cannot be replaced from here: %w; name a file with --file", err)
		}
		if err := connector.SaveFile(name, []byte(out.Text), out.Digest, *force, out.Bare); err != nil {
			return err
		}
		done := saved{File: name, Declares: out.Declares, Ephemeral: out.Ephemeral, Variables: out.Variables}
		if out.Bare {
			done.Before = name + ".before"
		}
		if name == out.File {
			reloaded, err := c.Reload(ctx, false)
			if err != nil {
				return fmt.Errorf("%s is written, but the connector has not read it: %w", name, err)
			}
			if len(reloaded.Dropped) > 0 {
				return fmt.Errorf("%s is written and read; what was changed meanwhile is as the file says now: %s; make those changes again",
					name, client.Printable(strings.Join(reloaded.Dropped, ", ")))
			}
			done.Reloaded = true
		}
		if r.json {
			return r.printJSON(done)
		}
		return r.printSaved(done)
	})
	return command
}

func (r *remote) printSaved(done saved) error {
	name := client.Printable(done.File)
	if len(done.Declares) == 0 {
		r.printf("%s declares what runs\n", name)
	} else {
		r.printf("%s declares what runs, with %s\n", name, client.Printable(strings.Join(done.Declares, ", ")))
	}
	if len(done.Ephemeral) > 0 {
		r.printf("a restart would have forgotten: %s\n", client.Printable(strings.Join(done.Ephemeral, ", ")))
	}
	if done.Before != "" {
		r.printf("its comments are lost; the former file is %s\n", client.Printable(done.Before))
	}
	if len(done.Variables) > 0 {
		r.printf("unset these variables, which win over the file: %s\n", strings.Join(done.Variables, ", "))
	}
	if !done.Reloaded {
		r.printf("start the connector with it: %s run --config %s\n", r.name, name)
	}
	return nil
}

func (r *remote) configPutCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "put file",
		Short: "Make a whole configuration the one that runs",
		Long: "Make a whole configuration, in YAML or JSON, the one that runs, as it is or not at all. - is standard input.\n" +
			"Get it from 'config show', and edit it: its first line has the ETag, by which a change made meanwhile is noticed.\n" +
			"What it changes is kept as other changes are. A setting that takes a restart may not change.",
		Example: r.example("config show > now.yaml") + "\n" + r.example("config put now.yaml"),
		Args:    wantArgs(1, 1, "a file"),
	}
	etag := command.Flags().String("etag", "", "`ETag` of the configuration that the file builds on (default from its first line)")
	force := command.Flags().Bool("force", false, "remove accounts that have a balance too: it is left behind")
	ephemeral := untilRestart(command)
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		text, err := readInput(command.InOrStdin(), args[0], putBytesMax)
		if err != nil {
			return fmt.Errorf("no configuration: %w", err)
		}
		tag := *etag
		if tag == "" {
			if tag = etagIn(text); tag == "" {
				return errors.New("the file does not say on which configuration it builds: begin with what 'config show' prints, or give --etag")
			}
		}
		done, err := c.PutConfig(ctx, text, tag, *force, *ephemeral)
		switch {
		case err != nil:
			return err
		case r.json:
			return r.printJSON(done)
		}
		return r.printReloaded(done)
	})
	command.ValidArgsFunction = nil // files
	return command
}

// putBytesMax bounds a configuration that is put, as the admin API bounds the body of a request.
const putBytesMax = 1 << 20

// etagIn returns the ETag in the first lines of a file, which are comments.
func etagIn(text []byte) string {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if !bytes.HasPrefix(line, []byte("#")) && len(line) > 0 {
			break
		}
		if tag, found := bytes.CutPrefix(line, []byte(etagMark)); found {
			return string(tag)
		}
	}
	return ""
}

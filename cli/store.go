package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/connector"
)

func (p *program) storeCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "store",
		Short: "Verify, dump, back up or fill the store",
		Args:  noArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(p.storeVerifyCommand(), p.storeDumpCommand(), p.storeBackupCommand(), p.storeImportCommand())
	return command
}

func (p *program) storeVerifyCommand() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "verify [path]",
		Short: "Check a store that is not in use, or a backup",
		Long: "Read every byte of a store that is not in use, or of a backup. Print its contents in brief, or its errors.\n" +
			"The path is a directory or a file. Without it, the storePath of the configuration is read.\n" +
			"The exit status is 1 if there are errors. The store is not changed.",
		Args: pathOrConfig,
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := p.storePath(args)
			if err != nil {
				return err
			}
			s, err := connector.VerifyStore(path)
			if err == nil {
				err = p.printSummary(path, "is in order", s, asJSON)
			}
			return err
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	p.addConfig(command.Flags())
	return command
}

// pathOrConfig refuses more than a path, and a path beside a configuration, which would not be
// read.
func pathOrConfig(command *cobra.Command, args []string) error {
	err := wantArgs(0, 1, "one path at most")(command, args)
	if err == nil && len(args) > 0 && command.Flag("config").Value.String() != "" {
		err = fmt.Errorf("%s takes a path or --config, and got both", commandPath(command))
	}
	return err
}

func (p *program) storeDumpCommand() *cobra.Command {
	var secrets bool
	command := &cobra.Command{
		Use:   "dump [path]",
		Short: "Print all entries of a store that is not in use, or of a backup",
		Long: "Print all entries of a store that is not in use, or of a backup. Each is a line of JSON, in the order of keys.\n" +
			"If the store is damaged, print the entries that can be read. Then the exit status is 1.\n" +
			"The store is not changed.",
		Args: pathOrConfig,
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := p.storePath(args)
			if err != nil {
				return err
			}
			return connector.DumpStore(path, p.stdout, secrets)
		},
	}
	command.Flags().BoolVar(&secrets, "secrets", false, "print secrets, too")
	p.addConfig(command.Flags())
	return command
}

func (p *program) storeBackupCommand() *cobra.Command {
	var from string
	command := &cobra.Command{
		Use:   "backup file",
		Short: "Copy the store to a new file while the connector runs",
		Long: "Copy the store, as it is at one moment, to a new file, and check the copy. Only its owner can read the file.\n" +
			"The connector sends the copy through its admin API and goes on meanwhile.\n" +
			"With --from, copy the store of a connector that is stopped.\n" +
			"The file holds secrets. To restore it, put it into an empty storePath as store.db.",
		Args: func(command *cobra.Command, args []string) error {
			for _, other := range []string{"config", "url", "token", "token-file"} {
				if flags := command.Flags(); flags.Changed("from") && flags.Changed(other) {
					return fmt.Errorf("store backup takes --from or --%s, and got both", other)
				}
			}
			return wantArgs(1, 1, "the name of a file")(command, args)
		},
	}
	r := p.newRemote(command)
	command.Flags().StringVar(&from, "from", "", "storePath `directory` of a connector that is stopped")
	command.RunE = func(command *cobra.Command, args []string) error {
		s, err := r.backup(command, from, args[0])
		if err == nil {
			err = p.printSummary(args[0], "is written", s, r.json)
		}
		return err
	}
	command.ValidArgsFunction = nil // files
	return command
}

func (r *remote) backup(command *cobra.Command, from, name string) (connector.StoreSummary, error) {
	if from != "" {
		return connector.CopyStore(from, name)
	}
	c, at, err := r.client()
	if err != nil {
		return connector.StoreSummary{}, err
	}
	return connector.KeepBackup(name, func(w io.Writer) error { return at.withHint(c.Backup(command.Context(), w)) })
}

// storePath returns the path of the store. If CONNECTOR_STORE_PATH names it, it does not read
// the configuration: the other variables may be known only to a service manager.
func (p *program) storePath(args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	path := os.Getenv("CONNECTOR_STORE_PATH")
	if p.configFile != "" || os.Getenv("CONNECTOR_STORE_CONFIG") != "" {
		cfg, _, err := p.load()
		if err != nil {
			return "", err
		}
		path = cfg.StoreFile()
	}
	if path == "" {
		return "", errors.New("no store is named: give its path, or set CONNECTOR_STORE_PATH, or name the configuration with --config")
	}
	return path, nil
}

// storeSummary is the contents of a store in brief, in JSON.
type storeSummary struct {
	Path            string    `json:"path"`
	Format          int       `json:"format"`
	Version         string    `json:"version"`
	Created         time.Time `json:"created"`
	Bytes           int64     `json:"bytes"`
	Keys            int       `json:"keys"`
	Balances        int       `json:"balances"`
	OpenSettlements int       `json:"openSettlements"`
	Settlements     int       `json:"settlements"`
	Receipts        int       `json:"receipts"`
	Closed          bool      `json:"closed"`
	JournalRecords  int       `json:"journalRecords"`
	LostRecords     int       `json:"lostRecords"`
}

// printSummary prints the contents of a store in brief.
func (p *program) printSummary(path, how string, s connector.StoreSummary, asJSON bool) error {
	j := s.Recovered
	if asJSON {
		return p.printJSON(storeSummary{
			path, s.Format, s.Version, s.Created, s.Bytes, s.Keys, s.Balances, s.Open, s.Open + s.Ended, s.Receipts,
			!j.Unclosed, j.Frames, j.DroppedFrames,
		})
	}
	p.printf("%s %s\n", path, how)
	p.printf("  format       %d, made by %s at %s\n", s.Format, client.Printable(cmp.Or(s.Version, "an unknown version")), s.Created.Format(time.RFC3339))
	p.printf("  keys         %d in %d bytes\n", s.Keys, s.Bytes)
	p.printf("  balances     %d\n", s.Balances)
	p.printf("  settlements  %d, %d of them open\n", s.Open+s.Ended, s.Open)
	p.printf("  receipts     %d\n", s.Receipts)
	switch {
	case j.DroppedFrames > 0:
		p.printf("  journal      %s, and %d that were never synced: some of the last changes are lost\n", count(j.Frames, "record"), j.DroppedFrames)
	case j.Unclosed:
		p.printf("  journal      %s for the next start to recover: the connector was killed\n", count(j.Frames, "record"))
	default:
		p.printf("  journal      empty: the database has all changes\n")
	}
	return nil
}

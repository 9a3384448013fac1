package cli

import (
	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
)

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "version",
		Short: "Show the version and build of this program",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			v := client.OwnVersion()
			if asJSON {
				return p.printJSON(v)
			}
			p.printf("%s\n", p.versionLine(v))
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// versionLine returns the version in a line. A program of another name says what it is.
func (p *program) versionLine(v client.Version) string {
	line := p.name + " " + v.Version
	if p.name != product {
		line = p.name + ", an " + product + " " + v.Version
	}
	if v.Revision != "" {
		line += ", commit " + v.Revision
		if v.Modified {
			line += " and changes"
		}
	}
	return line + ", " + v.Go + ", " + v.Platform
}

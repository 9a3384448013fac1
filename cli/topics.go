package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// addTopics adds the commands help and completion to root. Those of cobra succeed when they
// are asked for what there is not.
func (p *program) addTopics(root *cobra.Command) {
	root.SetHelpCommand(p.helpCommand(root))
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Args, c.RunE = completionArgs, func(command *cobra.Command, _ []string) error { return command.Help() }
		for _, shell := range c.Commands() {
			shell.Args = noArgs
		}
	}
}

// helpCommand makes the command help.
func (p *program) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Show the help of a command",
		Long:  "Show the help of a command, as its flag --help does. Without a name, show all commands.",
		Args: func(_ *cobra.Command, args []string) error {
			command, rest, err := root.Find(args)
			if err != nil || len(rest) == 0 {
				return err
			}
			if !command.HasAvailableSubCommands() {
				return fmt.Errorf("%s has no commands, and %q is none", commandPath(command), rest[0])
			}
			return noArgs(command, rest)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			command, _, _ := root.Find(args) // Args has checked it
			command.InitDefaultHelpFlag()
			command.InitDefaultVersionFlag()
			return command.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			command, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, c := range command.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// completionArgs refuses shells that have no completion.
func completionArgs(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var shells []string
	for _, c := range command.Commands() {
		shells = append(shells, c.Name())
	}
	slices.Sort(shells)
	last := len(shells) - 1
	return fmt.Errorf("completion is for %s and %s, not for %q", strings.Join(shells[:last], ", "), shells[last], args[0])
}

package cli

import (
	"slices"

	"github.com/spf13/cobra"
)

// numbersLast returns a command line in an order in which pflag takes no negative number for
// a flag: the flags, two dashes, and the other arguments. So flags may stand anywhere. A line
// without a negative number is returned as it is.
func numbersLast(root *cobra.Command, args []string) []string {
	if !slices.ContainsFunc(args, isNegative) {
		return args
	}
	command, rest, err := root.Find(args)
	if err != nil || command == root {
		return args // it makes no sense, or is one of cobra's own
	}
	var flags, words []string
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			words, rest = append(words, rest...), nil
		case !isFlag(arg):
			words = append(words, arg)
		default:
			flags = append(flags, arg)
			if len(rest) > 0 && takesNext(command, arg) {
				flags, rest = append(flags, rest[0]), rest[1:]
			}
		}
	}
	var path []string
	for c := command; c.HasParent(); c = c.Parent() {
		path = slices.Insert(path, 0, c.Name())
	}
	return slices.Concat(path, flags, []string{"--"}, words)
}

// isNegative reports whether an argument is a negative number, or was meant as one. No flag
// begins with a digit.
func isNegative(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && (arg[1] >= '0' && arg[1] <= '9' || arg[1] == '.')
}

package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
		case isNegative(arg), !strings.HasPrefix(arg, "-"), arg == "-":
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

// takesNext reports whether pflag takes the argument behind a flag as its value.
func takesNext(command *cobra.Command, arg string) bool {
	if name, long := strings.CutPrefix(arg, "--"); long {
		f := command.Flag(name)
		return f != nil && f.NoOptDefVal == ""
	}
	letters := arg[1:]
	for i := range len(letters) {
		switch f := shorthand(command, letters[i:i+1]); {
		case f == nil:
			return false
		case f.NoOptDefVal == "": // its value is the rest, or else the next argument
			return i == len(letters)-1
		}
	}
	return false
}

// shorthand returns the flag of a command with a letter, or nil.
func shorthand(command *cobra.Command, letter string) *pflag.Flag {
	if f := command.Flags().ShorthandLookup(letter); f != nil {
		return f
	}
	if f := command.PersistentFlags().ShorthandLookup(letter); f != nil {
		return f
	}
	return command.InheritedFlags().ShorthandLookup(letter)
}

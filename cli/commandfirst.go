package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commandFirst returns a command line with the names of the command in front of all flags.
// cobra looks for the command with the flags of root alone, so it takes the name behind any
// other flag for the value of that. The order of all else stays. The last argument of a line
// that is completed stays last.
func commandFirst(root *cobra.Command, args []string) []string {
	if len(args) > 1 && completes(args) {
		last := len(args) - 1
		return slices.Concat(args[:1], commandFirst(root, args[1:last]), args[last:])
	}
	command := root
	var path, others []string
	for len(args) > 0 {
		arg := args[0]
		if isFlag(arg) {
			n := 1
			if len(args) > 1 && takesNext(command, arg) {
				n = 2
			}
			others, args = append(others, args[:n]...), args[n:]
			continue
		}
		below := slices.IndexFunc(command.Commands(), func(c *cobra.Command) bool { return c.Name() == arg })
		if below < 0 {
			break // an argument, or two dashes
		}
		command, path, args = command.Commands()[below], append(path, arg), args[1:]
	}
	return slices.Concat(path, others, args)
}

// isFlag reports whether an argument is a flag.
func isFlag(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && arg != "--" && !isNegative(arg)
}

// takesNext reports whether pflag takes the argument behind a flag as its value. The flag may
// be that of a command below. Flags of one name all take a value, or none does.
func takesNext(command *cobra.Command, arg string) bool {
	if name, long := strings.CutPrefix(arg, "--"); long {
		f := flagOf(command, func(s *pflag.FlagSet) *pflag.Flag { return s.Lookup(name) })
		return f != nil && f.NoOptDefVal == ""
	}
	letters := arg[1:]
	for i := range len(letters) {
		f := flagOf(command, func(s *pflag.FlagSet) *pflag.Flag { return s.ShorthandLookup(letters[i : i+1]) })
		switch {
		case f == nil:
			return false
		case f.NoOptDefVal == "": // its value is the rest, or else the next argument
			return i == len(letters)-1
		}
	}
	return false
}

// flagOf returns the flag that find finds among those of a command, of those above it or of
// those below it, or nil.
func flagOf(command *cobra.Command, find func(*pflag.FlagSet) *pflag.Flag) *pflag.Flag {
	for _, flags := range []*pflag.FlagSet{command.Flags(), command.PersistentFlags(), command.InheritedFlags()} {
		if f := find(flags); f != nil {
			return f
		}
	}
	for _, below := range command.Commands() {
		if f := flagOf(below, find); f != nil {
			return f
		}
	}
	return nil
}

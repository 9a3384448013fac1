package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/smallfile"
)

// addChildCommand lets clients in.
func (r *remote) addChildCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "add account [client]",
		Short: "Let a client in, or all those of a file",
		Long: "Let a client in, with a token that the connector makes and shows only now, or with that of a file.\n" +
			"With --from, let in the client of each line of a file. A client that is there already stays as it is.\n" +
			"A line is {\"name\":\"alice\",\"token\":\"secret\"}. Without a token in it, the connector makes one.",
		Example: r.example("children add mini alice --child-token-file alice.token") + "\n" +
			r.example("children add mini --from clients.jsonl"),
		ValidArgsFunction: r.completeAccounts(1),
	}
	reason := reasonFlag(command)
	file := childTokenFlag(command)
	from := command.Flags().String("from", "", "`file` with a client in each line, or - for standard input")
	command.Args = func(command *cobra.Command, args []string) error {
		err, many := wantArgs(1, 2, "an account and a client")(command, args), command.Flags().Changed("from")
		switch {
		case err != nil:
			return err
		case !many && len(args) == 1:
			return errors.New("children add takes an account and a client, and the client is missing; with --from a file names them")
		case many && len(args) == 2:
			return fmt.Errorf("children add takes a client or --from, and got both: %q", args[1])
		case many && *file != "":
			return errors.New("children add takes --child-token-file or --from, and got both")
		}
		return nil
	}
	command.RunE = r.ask(func(ctx context.Context, c *client.Client, args []string) error {
		if *from != "" {
			return r.addChildren(ctx, c, command.InOrStdin(), args[0], *from, *reason)
		}
		token, err := readChildToken(command.InOrStdin(), *file)
		if err != nil {
			return err
		}
		added, err := c.AddChild(ctx, args[0], args[1], token, *reason)
		if err != nil {
			return err
		}
		if r.json {
			return r.printJSON(added)
		}
		done := "is added"
		if !added.Created {
			done = "is there already"
		}
		r.printf("%s %s", added.ID, done)
		if added.Address != "" {
			r.printf(", with the address %s", added.Address)
		}
		r.printf("\n")
		r.printToken(added.Token)
		return nil
	})
	return command
}

// childTokenFlag adds the flag of the token of a client to a command. The token of the admin API
// has --token-file.
func childTokenFlag(command *cobra.Command) *string {
	return command.Flags().String("child-token-file", "", "`file` with the token of the client, or - for standard input (default the connector makes one)")
}

// readChildToken reads the token of a client from a file, or from stdin if the name is -. It is
// empty without a name.
func readChildToken(stdin io.Reader, name string) (token string, err error) {
	if name == "" {
		return "", nil
	}
	text, err := readInput(stdin, name, client.TokenFileBytesMax)
	if err != nil {
		return "", fmt.Errorf("no token: %w", err)
	}
	token = strings.TrimRight(string(text), "\r\n")
	if token == "" {
		return "", fmt.Errorf("no token: %s is empty", name)
	}
	if err := client.CheckToken(token); err != nil {
		return "", fmt.Errorf("no token in %s: %w", name, err)
	}
	return token, nil
}

// readInput reads a file, or stdin if the name is -.
func readInput(stdin io.Reader, name string, bytesMax int64) ([]byte, error) {
	if name != "-" {
		return smallfile.Read(name, bytesMax)
	}
	text, err := io.ReadAll(io.LimitReader(stdin, bytesMax+1))
	if err == nil && int64(len(text)) > bytesMax {
		err = fmt.Errorf("standard input is larger than %d bytes", bytesMax)
	}
	return text, err
}

// childrenBytesMax bounds the file of clients: a million fit.
const childrenBytesMax = 128 << 20

// addChildren lets the clients of a file in. It sends the lines in parts, each as large as the API
// takes, and prints what is not as asked, and the tokens that were made.
func (r *remote) addChildren(ctx context.Context, c *client.Client, stdin io.Reader, parent, name, reason string) error {
	text, err := readInput(stdin, name, childrenBytesMax)
	if err != nil {
		return fmt.Errorf("no clients: %w", err)
	}
	var all []client.ChildLine
	for lines := 0; len(text) > 0; {
		part := firstLines(text, client.ChildLinesMax)
		answers, err := c.AddChildren(ctx, parent, part, reason)
		for _, l := range answers {
			l.Line += lines
			all = append(all, l)
		}
		if err != nil && len(all) == 0 {
			return err
		}
		if err != nil {
			return errors.Join(r.printAdded(all), fmt.Errorf("from line %d on no client is known to be added: %w", lines+1, err))
		}
		text, lines = text[len(part):], lines+bytes.Count(part, []byte("\n"))
	}
	return r.printAdded(all)
}

// firstLines returns the lines that text begins with and that are bytesMax long at most, or else
// its first line.
func firstLines(text []byte, bytesMax int) []byte {
	if len(text) <= bytesMax {
		return text
	}
	end := bytes.LastIndexByte(text[:bytesMax], '\n')
	if end < 0 {
		if end = bytes.IndexByte(text, '\n'); end < 0 {
			return text
		}
	}
	return text[:end+1]
}

// printAdded prints what became of the clients of a file. It returns an error if any was not
// added.
func (r *remote) printAdded(all []client.ChildLine) error {
	var rows [][]string
	var created, refused int
	for _, l := range all {
		switch {
		case !l.OK:
			refused++
		case l.Created:
			created++
		}
		if !l.OK || l.Token != "" {
			rows = append(rows, []string{strconv.Itoa(l.Line), l.Name, l.Token, l.Error})
		}
	}
	if r.json {
		if err := r.printJSON(map[string]any{"lines": append([]client.ChildLine{}, all...)}); err != nil {
			return err
		}
	} else {
		if len(rows) > 0 {
			if err := r.printTable([]string{"LINE", "CLIENT", "TOKEN", "PROBLEM"}, rows); err != nil {
				return err
			}
		}
		r.printf("%s added, %d there already\n", count(created, "client"), len(all)-created-refused)
	}
	if refused > 0 {
		return fmt.Errorf("not added: %d of %s", refused, count(len(all), "client"))
	}
	return nil
}

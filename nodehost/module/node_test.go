//go:build unix

package module

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// program writes a shell script, and returns its path.
func program(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "node")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFindNode(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLANTED", "1")
	for _, c := range []struct {
		command, want string
		is            error
	}{
		{program(t, "echo v18.0.0"), "", nil},
		{program(t, `test -z "$PLANTED" && echo v24.1.0-rc.1`), "", nil},
		{program(t, "echo v17.9.1"), "is version 17.9.1, older than 18", ErrOldNode},
		{program(t, "echo 1.2.3"), `--version says "1.2.3\n"`, ErrNoNode},
		{program(t, "echo vnone"), "--version says", ErrNoNode},
		{program(t, "echo oh no >&2; echo TypeError: bad >&2; exit 3"), "exit status 3: TypeError: bad", ErrNoNode},
		{program(t, "exec cat /dev/zero"), "writes more than", ErrNoNode},
		{filepath.Join(dir, "gone"), "no such file", ErrNoNode},
		{plain, "permission denied", ErrNoNode},
		{"node-of-nobody", `there is no Node.js: no "node-of-nobody" in PATH`, ErrNoNode},
	} {
		n, err := FindNode(context.Background(), c.command)
		if c.is == nil && (err != nil || n.Path != c.command || n.Version == "") || c.is != nil && (!errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %+v, %v, want %s", c.command, n, err, c.want)
		}
	}
}

// A program that does not end is ended, and one that answers nonsense finds nothing.
func TestResolveOfAnOddProgram(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer stop()
	if _, err := Resolve(ctx, Options{Command: program(t, "echo v20.0.0; exec sleep 60")}, nil); !errors.Is(err, ErrNoNode) || !strings.Contains(err.Error(), "does not end") {
		t.Error(err)
	}
	for answer, want := range map[string]string{
		"no JSON": `answers "no JSON\n"`, "[]": `answers "[]\n"`, `[{}]`: "", `[{"path":"/x","package":"p"}]`: "",
	} {
		text := fmt.Sprintf("if [ $1 = --version ]; then echo v20.0.0; else echo '%s'; fi", answer)
		r, err := Resolve(context.Background(), Options{Command: program(t, text), Getenv: noVariables}, []string{"x"})
		if want == "" && (err != nil || len(r.Modules) != 1 || (r.Modules[0].Err == nil) != (r.Modules[0].Path != "")) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %+v %v", answer, r.Modules, err)
		}
	}
	_, err := Resolve(context.Background(), Options{Command: program(t, "echo v20.0.0"), Dir: "/gone/of/nobody"}, []string{"x"})
	if err == nil || err.Error() != "/gone/of/nobody is no folder" {
		t.Error(err)
	}
}

func noVariables(string) string { return "" }

// The folders that npm installs into globally are beside the program, and beside what it links to.
func TestGlobalFolders(t *testing.T) {
	root := tree(t, map[string]string{"cellar/node/20/bin/node": "", "prefix/lib/node_modules/ilp-connector/package.json": "{}"})
	if err := os.MkdirAll(filepath.Join(root, "prefix/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(root, "prefix/bin/node")
	if err := os.Symlink(filepath.Join(root, "cellar/node/20/bin/node"), link); err != nil {
		t.Fatal(err)
	}
	want := []string{
		filepath.Join(root, "work"), filepath.Join(root, "prefix/lib/node_modules"), filepath.Join(root, "cellar/node/20/lib/node_modules"),
		filepath.Join(root, "prefix/lib/node_modules/ilp-connector"),
	}
	if got := Folders(Options{Dir: filepath.Join(root, "work"), Getenv: noVariables}, Node{Path: link}); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

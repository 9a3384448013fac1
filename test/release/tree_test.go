package release

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// version is what the tests release.
const version = "v0.0.1-test.1"

// root is the folder of the repository, seen from here.
const root = "../.."

// notReleased are folders that belong to no release: built, installed or git's own.
var notReleased = []string{".git", "bin", "node_modules"}

// files calls each with every regular file of the repository, by its path from the root.
func files(t *testing.T, each func(name string, info fs.FileInfo) error) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains(notReleased, d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return each(name, info)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tree is a repository of one commit, tagged with version, that holds what is here.
type tree struct {
	t   *testing.T
	dir string
}

// newTree copies the repository, and says in the copy's CHANGELOG.md that version is released.
func newTree(t *testing.T) *tree {
	t.Helper()
	r := &tree{t, t.TempDir()}
	files(t, func(name string, info fs.FileInfo) error {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if name == "CHANGELOG.md" {
			text = append(text, fmt.Sprintf("\n## %s - 2026-01-02\n", strings.TrimPrefix(version, "v"))...)
		}
		return r.write(name, text, info.Mode())
	})
	r.git("init", "-q")
	r.commit()
	r.git("tag", version)
	return r
}

func (r *tree) write(name string, text []byte, mode fs.FileMode) error {
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, text, mode)
}

func (r *tree) commit() {
	r.t.Helper()
	r.git("add", "--all")
	r.git("-c", "user.name=tests", "-c", "user.email=tests@localhost", "commit", "-q", "--no-gpg-sign", "-m", "test: release")
}

func (r *tree) git(args ...string) {
	r.t.Helper()
	git := exec.Command("git", args...)
	git.Dir, git.Env = r.dir, environ()
	if output, err := git.CombinedOutput(); err != nil {
		r.t.Fatalf("%s\n%s%v", git, output, err)
	}
}

// environ is the environment without settings of git and go that belong to this machine.
func environ(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(s string) bool {
		return strings.HasPrefix(s, "GIT_") || strings.HasPrefix(s, "GOFLAGS=")
	})
	return append(env, append([]string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull}, more...)...)
}

// release runs the script for this system alone, and returns what it prints.
func (r *tree) release(docker string, args ...string) (string, error) {
	script := exec.Command(filepath.Join(r.dir, "scripts", "release.sh"), args...)
	script.Dir = r.dir
	script.Env = environ("PLATFORMS="+runtime.GOOS+"/"+runtime.GOARCH, "DOCKER="+docker)
	output, err := script.CombinedOutput()
	return string(output), err
}

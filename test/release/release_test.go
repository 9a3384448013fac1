package release

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// noDocker is a program that is on no machine.
const noDocker = "no-such-docker"

func TestReleasedBinarySaysItsVersion(t *testing.T) {
	r := newTree(t)
	folder := filepath.Join(t.TempDir(), "out")
	output, err := r.release(noDocker, version, folder)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if !strings.Contains(output, "NO IMAGE was built") {
		t.Errorf("it does not say that the image is missing:\n%s", output)
	}
	binary := "ilp-connector_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	said, err := exec.Command(filepath.Join(folder, binary), "version").CombinedOutput()
	if want := "ilp-connector " + version + ", commit "; err != nil || !strings.HasPrefix(string(said), want) ||
		strings.Contains(string(said), "and changes") {
		t.Errorf("it says %q, %v; want %q and a commit without changes", said, err, want)
	}
	sums := sumsOf(t, folder)
	for _, name := range []string{binary, "LICENSE"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); sums[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("SHA256SUMS has %q for %s, whose sum is %x", sums[name], name, sum)
		}
	}
	if len(sums) != 2 {
		t.Errorf("SHA256SUMS has %v, want 2 files", sums)
	}
}

// sumsOf reads SHA256SUMS: sums by the names of files.
func sumsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			sums[strings.TrimPrefix(fields[1], "*")] = fields[0]
		}
	}
	return sums
}

// A docker of our own writes down what it is asked for.
func TestReleaseBuildsTheImage(t *testing.T) {
	r := newTree(t)
	asked := filepath.Join(t.TempDir(), "asked")
	docker := filepath.Join(t.TempDir(), "docker")
	if err := os.WriteFile(docker, []byte("#!/bin/sh\necho \"$*\" >>'"+asked+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	output, err := r.release(docker, version)
	if err != nil || strings.Contains(output, "NO IMAGE") {
		t.Fatalf("%v\n%s", err, output)
	}
	text, err := os.ReadFile(asked)
	want := "info\nbuild -f deploy/Dockerfile --build-arg VERSION=" + version + " -t ilp-connector:" + version + " .\n"
	if err != nil || string(text) != want {
		t.Errorf("docker was asked for %q, %v; want %q", text, err, want)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "bin", "release", version, "SHA256SUMS")); err != nil {
		t.Error(err)
	}
}

// The image is built from a folder without .git, so nothing but the flag of deploy/Dockerfile tells its binary the
// version. The test runs the command of that file.
func TestBinaryOfTheImageSaysItsVersion(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "deploy", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	run := regexp.MustCompile(`(?s)\nRUN (CGO_ENABLED=0 go build .*? -o) /ilp-connector (\S+)\n`).FindSubmatch(text)
	if run == nil {
		t.Fatal("deploy/Dockerfile has no command that builds the binary")
	}
	binary := filepath.Join(t.TempDir(), "ilp-connector")
	build := exec.Command("bash", "-c", fmt.Sprintf("%s %q %s", run[1], binary, run[2]))
	build.Dir, build.Env = root, environ("GOFLAGS=-buildvcs=false", "VERSION="+version)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%s%v", build, output, err)
	}
	said, err := exec.Command(binary, "version").CombinedOutput()
	if want := "ilp-connector " + version + ", "; err != nil || !strings.HasPrefix(string(said), want) {
		t.Errorf("it says %q, %v; want %q", said, err, want)
	}
}

func TestReleaseRefuses(t *testing.T) {
	r := newTree(t)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, refused := range []struct {
		name   string
		change func()
		args   []string
		says   string
	}{
		{"no version", nil, nil, "give a version"},
		{"a version without v", nil, []string{"1.2.3"}, "'1.2.3' is no version"},
		{"half a version", nil, []string{"v1.2"}, "'v1.2' is no version"},
		{"a full folder", nil, []string{version, full}, "is not empty"},
		{"no tag", nil, []string{"v0.0.2"}, "v0.0.2 does not tag the commit"},
		{"no changes told", func() { r.git("tag", "v0.0.3") }, []string{"v0.0.3"}, "CHANGELOG.md has no heading '## 0.0.3'"},
		{"a major version that the module path lacks", func() {
			if err := r.write("CHANGELOG.md", []byte("## 2.0.0\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			r.commit()
			r.git("tag", "v2.0.0")
		}, []string{"v2.0.0"}, "has to end in /v2"},
		{"a tag of another commit", nil, []string{version}, version + " does not tag the commit"},
		{"changes", func() {
			if err := r.write("new.go", []byte("package connector\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{version}, "changes that are not committed"},
	} {
		if refused.change != nil {
			refused.change()
		}
		output, err := r.release(noDocker, refused.args...)
		if err == nil || !strings.Contains(output, refused.says) {
			t.Errorf("%s: %v\n%swant %q", refused.name, err, output, refused.says)
		}
		if strings.Contains(output, "building") {
			t.Errorf("%s: it builds nevertheless:\n%s", refused.name, output)
		}
	}
}

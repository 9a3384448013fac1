package release

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const module = "github.com/ilp-go/connector"

// The layout of the module and its go.mod let strangers install the program: no replace directive, and nothing that
// is embedded lies in another module. A proxy made of files takes the place of the published version.
func TestGoInstallOfATag(t *testing.T) {
	proxy := t.TempDir()
	publish(t, filepath.Join(proxy, filepath.FromSlash(module), "@v"))
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dependencies := filepath.Join(strings.TrimSpace(string(cache)), "cache", "download")
	bin, modules := t.TempDir(), t.TempDir()
	install := exec.Command("go", "install", module+"/cmd/ilp-connector@"+version)
	install.Dir = t.TempDir()
	install.Env = environ("GOBIN="+bin, "GOMODCACHE="+modules, "GOPROXY="+fileURL(proxy)+","+fileURL(dependencies),
		"GOFLAGS=-modcacherw -trimpath", "GOSUMDB=off", "GONOPROXY=none", "GOTOOLCHAIN=local", "CGO_ENABLED=0", "GOWORK=off")
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%s%v", install, output, err)
	}
	said, err := exec.Command(filepath.Join(bin, "ilp-connector"), "version").CombinedOutput()
	if want := "ilp-connector " + version + ", "; err != nil || !strings.HasPrefix(string(said), want) {
		t.Errorf("it says %q, %v; want %q", said, err, want)
	}
}

// publish writes the files that a proxy of modules serves for version.
func publish(t *testing.T, folder string) {
	t.Helper()
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	info := fmt.Appendf(nil, `{"Version":%q,"Time":"2026-01-02T03:04:05Z"}`, version)
	for name, text := range map[string][]byte{"list": []byte(version + "\n"), version + ".mod": gomod, version + ".info": info} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(filepath.Join(folder, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := archive(t, zip.NewWriter(file)); err != nil {
		t.Fatal(err)
	}
}

// archive writes the files of the module, which do not include those of the modules below it.
func archive(t *testing.T, w *zip.Writer) error {
	files(t, func(name string, _ fs.FileInfo) error {
		name = filepath.ToSlash(name)
		if inModuleBelow(name) {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		entry, err := w.Create(module + "@" + version + "/" + name)
		if err != nil {
			return err
		}
		_, err = entry.Write(text)
		return err
	})
	return w.Close()
}

// inModuleBelow reports whether a folder between the root and the file has a go.mod of its own.
func inModuleBelow(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(dir), "go.mod")); err == nil {
			return true
		}
	}
	return false
}

// fileURL is the address of a folder.
func fileURL(folder string) string {
	folder = filepath.ToSlash(folder)
	if runtime.GOOS == "windows" {
		folder = "/" + folder
	}
	return "file://" + folder
}

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ilp-go/connector/smallfile"
)

// secretBytesMax bounds a secret that a reference names.
const secretBytesMax = 16 << 10

// credentialsVariable is where systemd says which directory has the credentials of a service.
const credentialsVariable = "CREDENTIALS_DIRECTORY"

// variableName matches the names of variables that a shell can set.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// source is where the secrets of references are: files and variables.
type source struct {
	lookup func(variable string) (value string, ok bool)
	read   func(file string) (text []byte, mode fs.FileMode, err error)
}

// newSource returns the files of this machine, and the variables of environ, which has the
// form of os.Environ. Of two equal names the first counts.
func newSource(environ []string) *source {
	lookup := func(variable string) (string, bool) {
		for _, entry := range environ {
			if name, value, ok := strings.Cut(entry, "="); ok && name == variable {
				return value, true
			}
		}
		return "", false
	}
	return &source{lookup: lookup, read: readSecretFile}
}

// secretText is what a reference gives: a text, or the problem with it. A warning is about a
// text that we use all the same. None of them but text shows the secret.
type secretText struct {
	text          string
	warning       string
	problem, hint string
}

// text reads the secret of a reference.
func (s *source) text(ref secretRef) secretText {
	switch ref.key {
	case inVariable:
		return s.variable(ref.name)
	case inCredential:
		path := s.credential(ref.name)
		if path.problem != "" {
			return path
		}
		out, _ := s.file(path.text) // whose mode says nothing: only the user of the service can reach it
		return out
	}
	if path := wholePath(ref.name); path.problem != "" {
		return path
	}
	out, mode := s.file(ref.name)
	if out.problem == "" && mode.Perm()&0o044 != 0 && runtime.GOOS != "windows" {
		out.warning = fmt.Sprintf("comes from the file %s, which other users can read: its mode is %04o", printable(ref.name), mode.Perm())
		out.hint = "chmod 600 it, or mount it with the mode 0400"
	}
	return out
}

// wholePath returns the path of a file that a reference names.
func wholePath(name string) secretText {
	const hint = `write the whole path, such as /etc/ilp-connector/token; write a credential of systemd as {"credential": "NAME"}`
	switch {
	case name == "":
		return secretText{problem: "names no file", hint: hint}
	case !filepath.IsAbs(name):
		return secretText{problem: "names a file without its whole path", hint: hint}
	}
	return secretText{text: name}
}

// pem returns the path of the PEM file that a reference names, or the PEM text of its variable.
// The file is read when a link needs it, and again when it changes.
func (s *source) pem(ref secretRef) secretText {
	switch ref.key {
	case inFile:
		return wholePath(ref.name)
	case inCredential:
		return s.credential(ref.name)
	}
	out, from := s.value(ref.name)
	if out.problem == "" && !IsPEM(out.text) {
		return secretText{problem: from + "holds no PEM text", hint: "give it text that begins with -----BEGIN, or name the file in file"}
	}
	return out
}

// value returns the text of a variable, and words to say where it is from.
func (s *source) value(name string) (out secretText, from string) {
	if !variableName.MatchString(name) {
		return secretText{problem: "names a variable with a name that none can have", hint: "use letters, digits and _, such as BOB_TOKEN"}, ""
	}
	value, set := s.lookup(name)
	from = "comes from the variable " + name + ", which "
	if !set {
		return secretText{problem: from + "is not set", hint: "set it for the connector, or name another one"}, from
	}
	return secretText{text: value}, from
}

func (s *source) variable(name string) secretText {
	out, from := s.value(name)
	if out.problem != "" {
		return out
	}
	return oneLine(out.text, from, "give it the secret, in one line")
}

// credential returns the path of a file in the directory that systemd makes for the service.
func (s *source) credential(name string) secretText {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`) {
		return secretText{problem: "names a credential by a path, or not at all", hint: "write only the name that LoadCredential gives it"}
	}
	dir, _ := s.lookup(credentialsVariable)
	if dir == "" {
		return secretText{problem: "names the credential " + printable(name) + ", but " + credentialsVariable + " is not set: systemd sets it for a service with LoadCredential",
			hint: "start it so, set the variable to a directory with that file, or use file"}
	}
	return secretText{text: filepath.Join(dir, name)}
}

func (s *source) file(name string) (secretText, fs.FileMode) {
	text, mode, err := s.read(name)
	from := "comes from the file " + printable(name) + ", which "
	if err == nil {
		return oneLine(string(text), from, "write the secret into it, in one line"), mode
	}
	// Keep only the reason: the error of os repeats the name.
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	if reason := err.Error(); strings.HasPrefix(reason, "is ") { // as the words of smallfile do
		return secretText{problem: from + reason, hint: "name another file"}, 0
	}
	return secretText{problem: from + "cannot be read: " + err.Error(), hint: "let the user of the connector read it, or name another file"}, 0
}

// oneLine returns a secret without the line break that editors add at the end. It wants a
// text that the same secret, written into the configuration, would have.
func oneLine(text, from, hint string) secretText {
	if cut, ok := strings.CutSuffix(text, "\n"); ok {
		text = strings.TrimSuffix(cut, "\r")
	}
	problem := ""
	switch {
	case len(text) > secretBytesMax:
		problem = fmt.Sprintf("is larger than %d bytes", secretBytesMax)
	case text == "":
		problem = "is empty"
	case !utf8.ValidString(text):
		problem = "is not UTF-8 text"
	case strings.HasPrefix(text, "\ufeff"):
		problem = "begins with a byte order mark"
	case strings.ContainsFunc(text, unicode.IsControl):
		problem = "holds a line break or another control character"
	default:
		return secretText{text: text}
	}
	return secretText{problem: from + problem, hint: hint}
}

// readSecretFile reads a file and its mode. The file must be regular, so that the next start
// can read it again.
func readSecretFile(name string) ([]byte, fs.FileMode, error) {
	if err := smallfile.Check(name); err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("is not a regular file")
	}
	text, err := smallfile.Read(name, secretBytesMax)
	return text, info.Mode(), err
}

package rate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// secretBytesMax bounds a secret that a file holds.
const secretBytesMax = 16 << 10

// Secret reads a key whose value is a secret, or says where it is: {"file": PATH}, {"env": NAME}
// or {"credential": NAME}, a credential of systemd. It returns "" if there is no such key. Errors
// do not show the secret.
func (o Options) Secret(key string) (string, error) { return o.SecretOf(key, o.Config[key]) }

// SecretOf reads such a value, which is at key.
func (o Options) SecretOf(key string, value any) (string, error) {
	text, mode, err := readSecret(value)
	if err != nil {
		return "", o.fault(key, "%w", err)
	}
	if mode.Perm()&0o044 != 0 && runtime.GOOS != "windows" { // as package config says it of other secrets
		o.warn(key, fmt.Sprintf("comes from the file %s, which other users can read: its mode is %04o", fileOf(value), mode.Perm()),
			"chmod 600 it, or mount it with the mode 0400")
	}
	return text, nil
}

// fileOf returns the name of the file that a reference names.
func fileOf(value any) string {
	name, _ := value.(map[string]any)["file"].(string)
	return name
}

// readSecret returns a secret, and the mode of the file if it has been read from one that an operator
// has named, else 0.
func readSecret(value any) (text string, mode fs.FileMode, err error) {
	const shapes = `write the secret itself, or {"file": "/path"}, {"env": "NAME"} or {"credential": "NAME"}`
	switch v := value.(type) {
	case nil:
		return "", 0, nil
	case string:
		return v, 0, nil
	case map[string]any:
		if len(v) != 1 {
			return "", 0, errors.New("is an object with other than one key; " + shapes)
		}
		for key, name := range v {
			if name, is := name.(string); is && name != "" {
				return refer(key, name)
			}
		}
	}
	return "", 0, errors.New("is neither a text nor a reference to a secret; " + shapes)
}

// refer returns the secret that a reference names, and the mode of its file.
func refer(key, name string) (text string, mode fs.FileMode, err error) {
	switch key {
	case "env":
		value, set := os.LookupEnv(name)
		if !set {
			return "", 0, fmt.Errorf("the variable %q is not set; set it for the connector", name)
		}
		text, err = oneLine(value, "the variable "+name)
		return text, 0, err
	case "file":
		if !filepath.IsAbs(name) {
			return "", 0, fmt.Errorf("the file %q is named without its whole path; write it", name)
		}
		return readFile(name)
	case "credential":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" || name != filepath.Base(name) {
			return "", 0, fmt.Errorf("there is no credential %q; name one that LoadCredential of the service gives", name)
		}
		text, _, err = readFile(filepath.Join(dir, name)) // whose mode says nothing: only the user of the service can reach it
		return text, 0, err
	}
	return "", 0, fmt.Errorf("a reference has file, env or credential as its key, not %q", key)
}

// readFile reads a secret from a regular file, since others may make us wait.
func readFile(name string) (string, fs.FileMode, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		return "", 0, fmt.Errorf("%s is not a regular file; name another one", name)
	case info.Size() > secretBytesMax:
		return "", 0, fmt.Errorf("the file %s has more than %d bytes; name another one", name, secretBytesMax)
	default:
		var text []byte
		if text, err = os.ReadFile(name); err == nil {
			secret, err := oneLine(string(text), "the file "+name)
			return secret, info.Mode(), err
		}
	}
	if cause, is := errors.AsType[*fs.PathError](err); is {
		err = cause.Err
	}
	return "", 0, fmt.Errorf("the file %s cannot be read: %w; let the user of the connector read it", name, err)
}

func oneLine(text, from string) (string, error) {
	text = strings.TrimRight(text, "\r\n")
	switch {
	case strings.TrimSpace(text) == "":
		return "", fmt.Errorf("%s is empty; write the secret into it", from)
	case strings.ContainsAny(text, "\r\n\x00"):
		return "", fmt.Errorf("%s has more than one line; write the secret alone into it", from)
	}
	return text, nil
}

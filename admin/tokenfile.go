package admin

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"github.com/ilp-go/connector/smallfile"
)

// TokenFileName is the name of the token file in the folder of the store.
const TokenFileName = "admin-token"

// TokenFileBytesMax is the size of the largest file of a token.
const TokenFileBytesMax = 16 << 10

// tokenBytes is the length of a generated token before it is encoded as base64.
const tokenBytes = 32

// TokenFile returns the token in a file. If the file does not exist, it makes one with a
// new token, which only the owner can read. It returns an error if others can read the file.
func TokenFile(name string) (string, error) {
	token, err := readToken(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	secret := make([]byte, tokenBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make an admin token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(secret)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return readToken(name)
	}
	if err != nil {
		return "", fmt.Errorf("keep the admin token: %w", err)
	}
	_, err = file.WriteString(token + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("keep the admin token: %w", err), os.Remove(name))
	}
	return token, nil
}

func readToken(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", fmt.Errorf("admin token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("admin token: other users can read %s; run: chmod 600 %s", name, name)
	}
	text, err := smallfile.Read(name, TokenFileBytesMax)
	if err != nil {
		return "", fmt.Errorf("admin token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("admin token: %s is empty; remove it, and the connector makes a new one", name)
	}
	if strings.ContainsFunc(token, unicode.IsControl) {
		return "", fmt.Errorf("admin token: %s is not one line without control characters, so no client could send it; "+
			"remove it, and the connector makes a new one", name)
	}
	return token, nil
}

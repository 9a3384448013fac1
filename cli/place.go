package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/smallfile"
)

// place is where a connector has its admin API, and the token for it.
type place struct {
	base             string // the URL, if a flag gives it
	host, port       string
	token, tokenFile string
	// store is the folder where the connector keeps a token that it has made, or empty.
	store string
	// off is the configuration that leaves the admin API off, or empty.
	off string
}

// The variables of the token, as the connector reads them.
const (
	tokenVariable     = "CONNECTOR_ADMIN_API_TOKEN"
	tokenFileVariable = "CONNECTOR_ADMIN_API_TOKEN_FILE"
)

// defaultURL is where the admin API is unless the configuration says otherwise.
const defaultURL = "http://127.0.0.1:7780"

// place returns where the configuration of --config puts the admin API. Without that flag it
// reads the variables alone: the other settings may be known only to a service manager.
func (p *program) place() (place, error) {
	if p.configFile == "" {
		return place{
			host: os.Getenv("CONNECTOR_ADMIN_API_HOST"), port: os.Getenv("CONNECTOR_ADMIN_API_PORT"),
			token: os.Getenv(tokenVariable), tokenFile: os.Getenv(tokenFileVariable), store: os.Getenv("CONNECTOR_STORE_PATH"),
		}, nil
	}
	cfg, _, err := config.Draft(p.configFile, os.Environ(), p.known())
	sound := cfg != nil
	for _, setting := range []string{"adminApi", "adminApiHost", "adminApiPort", "adminApiToken"} {
		sound = sound && cfg.Sound(setting)
	}
	if err != nil && !sound { // faults elsewhere are none of ours: the connector may run with an older file
		return place{}, fmt.Errorf("%s\nor name the connector with --url and --token-file, without --config",
			strings.Replace(explain(err), "cannot run with", "cannot find the admin API in", 1))
	}
	at := place{host: cfg.AdminAPIHost, port: strconv.Itoa(cfg.AdminAPIPort), token: cfg.AdminAPIToken}
	if !cfg.AdminAPI {
		at.off = p.configFile
	}
	if !config.IsLoopback(cfg.AdminAPIHost) {
		at.store = cfg.StoreFile()
	}
	return at, nil
}

// url returns the URL of the admin API. If the API listens on all addresses, the URL has the
// loopback address.
func (at place) url() (string, error) {
	const variable = "CONNECTOR_ADMIN_API_PORT"
	host, port := config.BareHost(cmp.Or(at.host, "127.0.0.1")), cmp.Or(at.port, "7780")
	problem, hint := config.ServiceLink(variable, port)
	switch {
	case at.base != "":
		return at.base, nil
	case at.off != "":
		return "", fmt.Errorf("the admin API is off in %s: set adminApi to true there, or CONNECTOR_ADMIN_API=true, and restart the connector", at.off)
	case problem != "":
		return "", fmt.Errorf("%s %s; %s", variable, problem, hint)
	case port == "0":
		return "", errors.New("adminApiPort is 0, so the connector takes any free port: give the URL from its log with --url")
	case host == "0.0.0.0":
		host = "127.0.0.1"
	case host == "::":
		host = "::1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// findToken returns the token of the flags or the configuration, or else the one that the
// connector has made.
func (at place) findToken() (string, error) {
	if at.tokenFile != "" {
		return at.readTokenFile()
	}
	if at.token != "" || at.store == "" {
		return at.token, nil
	}
	made := filepath.Join(at.store, client.TokenFileName)
	if _, err := os.Stat(made); err != nil {
		return "", nil
	}
	token, err := readToken(made)
	if errors.Is(err, fs.ErrPermission) {
		return "", nil // it may need none
	}
	return token, err
}

// readTokenFile reads the file of a flag or a variable. A token beside it is one too many: flags
// exclude each other, so both are from variables.
func (at place) readTokenFile() (string, error) {
	if at.token != "" {
		return "", fmt.Errorf("%s and %s are both set; keep one of the two", tokenVariable, tokenFileVariable)
	}
	return readToken(at.tokenFile)
}

// withHint adds to a refusal for want of a token that the one of the connector cannot be read.
func (at place) withHint(err error) error {
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized || at.tokenFile != "" || at.token != "" || at.store == "" {
		return err
	}
	file, unread := os.Open(filepath.Join(at.store, client.TokenFileName))
	if unread == nil {
		_ = file.Close()
		return err
	}
	return fmt.Errorf("%w: %w", err, unread)
}

// readToken reads a file with a token.
func readToken(file string) (string, error) {
	text, err := smallfile.Read(file, client.TokenFileBytesMax)
	if err != nil {
		return "", fmt.Errorf("token of the admin API: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("token of the admin API: %s is empty", file)
	}
	if err := client.CheckToken(token); err != nil {
		return "", fmt.Errorf("token of the admin API: is %s the right file? %w", file, err)
	}
	return token, nil
}

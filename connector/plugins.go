package connector

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/smallfile"
)

// newBTP makes the link of ilp-plugin-btp.
func newBTP(a config.Account, log *slog.Logger) (Link, error) {
	o, err := a.BTP()
	if err != nil {
		return nil, err
	}
	opts := btplink.Options{
		ReconnectSteps: o.ReconnectIntervals,
		Log:            log,
	}
	if o.Server != nil {
		secure, err := clientTLS(o.Server.TLS)
		if err != nil {
			return nil, err
		}
		opts.Server = &btplink.Server{
			URL: o.Server.URL, Account: o.Server.Account, Token: o.Server.Token, TLS: secure,
		}
		if o.Server.DeclareAsset {
			opts.Server.Declare = &btplink.Asset{Code: a.AssetCode, Scale: a.AssetScale}
		}
	}
	if o.Listener != nil {
		opts.Listener, err = listener(o.Listener.Host, o.Listener.Port, o.Listener.Path, o.Listener.TLS)
		if err != nil {
			return nil, err
		}
		opts.Listener.Secret = o.Listener.Secret
	}
	if a.Children != nil && opts.Listener != nil {
		return newServer(a, miniaccounts.Options{Listener: *opts.Listener, Log: log}), nil
	}
	return btplink.New(opts), nil
}

// newMiniAccounts makes the link of ilp-plugin-mini-accounts.
func newMiniAccounts(a config.Account, log *slog.Logger) (Link, error) {
	o, err := a.MiniAccounts()
	if err != nil {
		return nil, err
	}
	where, err := listener(o.Host, o.Port, o.Path, o.TLS)
	if err != nil {
		return nil, err
	}
	where.Origin = o.Origins.Allows
	opts := miniaccounts.Options{Listener: *where, Log: log}
	switch {
	case o.GenerateAccount == nil:
	case *o.GenerateAccount:
		opts.Names = miniaccounts.Hash
	default:
		opts.Names = miniaccounts.User
	}
	return newServer(a, opts), nil
}

// newServer makes the link of an account with many clients.
func newServer(a config.Account, opts miniaccounts.Options) *miniaccounts.Server {
	if k := a.Children; k != nil {
		opts.ClientsMax, opts.Listener.StrangersMax = k.MaxClients, k.MaxUnauthenticated
		opts.NameAllowed, opts.Listed = k.NameAllowed, k.Create == config.Listed
	}
	return miniaccounts.New(opts)
}

// listener returns where a link listens.
func listener(host string, port int, path string, files *config.TLSFiles) (*btplink.Listener, error) {
	secure, err := serverTLS(files)
	if err != nil {
		return nil, err
	}
	return &btplink.Listener{Address: net.JoinHostPort(config.BareHost(host), strconv.Itoa(port)), Path: path, TLS: secure}, nil
}

// clientTLS returns how to check a server: by the system's roots unless told otherwise.
func clientTLS(o *config.BTPClientTLS) (*tls.Config, error) {
	if o == nil {
		return nil, nil
	}
	c := &tls.Config{ServerName: o.ServerName, InsecureSkipVerify: o.Insecure, MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := smallfile.Read(o.CAFile, pemBytesMax)
		if err != nil {
			return nil, fmt.Errorf("options.tls.ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("options.tls.ca: %s holds no PEM certificate", o.CAFile)
		}
	}
	if o.CertFile != "" {
		cert, err := keyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("options.tls: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// pemBytesMax bounds a PEM file. The certificates of all public authorities are a quarter of
// it.
const pemBytesMax = 1 << 20

// keyPair reads a certificate and its key.
func keyPair(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := smallfile.Read(certFile, pemBytesMax)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := smallfile.Read(keyFile, pemBytesMax)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// serverTLS returns what to show to clients.
func serverTLS(o *config.TLSFiles) (*tls.Config, error) {
	if o == nil {
		return nil, nil
	}
	cert, err := keyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("options.listener.tls: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}

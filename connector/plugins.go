package connector

import (
	"log/slog"
	"net"
	"strconv"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/link/miniaccounts"
)

// newBTP makes the link of ilp-plugin-btp.
func newBTP(a config.Account, log *slog.Logger) (_ Link, err error) {
	o, err := a.BTP()
	if err != nil {
		return nil, err
	}
	certs := newCertificates(log)
	opts := btplink.Options{
		ReconnectSteps: o.ReconnectIntervals,
		Log:            log,
	}
	secrets := secretsOf(o)
	if o.Server != nil {
		if certs.server, err = clientCertificate("options.tls", o.Server.TLS); err != nil {
			return nil, err
		}
		opts.Server = &btplink.Server{
			URL: o.Server.URL, Account: o.Server.Account, Token: secrets.Token, OldToken: secrets.OldToken, TLS: certs.server.client(),
		}
		if o.Server.DeclareAsset {
			opts.Server.Declare = &btplink.Asset{Code: a.AssetCode, Scale: a.AssetScale}
		}
	}
	if o.Listener != nil {
		if certs.listener, err = listenerCertificate("options.listener.tls", o.Listener.TLS); err != nil {
			return nil, err
		}
		opts.Listener = listener(o.Listener.Host, o.Listener.Port, o.Listener.Path, certs)
		opts.Listener.Shared = o.Listener.Shared
		opts.Listener.Secret, opts.Listener.OldSecret = secrets.Secret, secrets.OldSecret
	}
	if a.Children != nil && opts.Listener != nil {
		return miniLink{newServer(a, miniaccounts.Options{Listener: *opts.Listener, Log: log}), certs, o.Listener.Shared, func(a config.Account) (*config.Certificate, error) {
			o, err := a.BTP()
			if err != nil || o.Listener == nil {
				return nil, err
			}
			return o.Listener.TLS, nil
		}}, nil
	}
	return btpLink{btplink.New(opts), certs, o.Listener != nil && o.Listener.Shared, o.Server != nil}, nil
}

// newMiniAccounts makes the link of ilp-plugin-mini-accounts.
func newMiniAccounts(a config.Account, log *slog.Logger) (_ Link, err error) {
	o, err := a.MiniAccounts()
	if err != nil {
		return nil, err
	}
	certs := newCertificates(log)
	if certs.listener, err = listenerCertificate("options.tls", o.TLS); err != nil {
		return nil, err
	}
	where := listener(o.Host, o.Port, o.Path, certs)
	where.Origin, where.Shared = o.Origins.Allows, o.Shared
	opts := miniaccounts.Options{Listener: *where, Log: log}
	switch {
	case o.GenerateAccount == nil:
	case *o.GenerateAccount:
		opts.Names = miniaccounts.Hash
	default:
		opts.Names = miniaccounts.User
	}
	return miniLink{newServer(a, opts), certs, o.Shared, func(a config.Account) (*config.Certificate, error) {
		o, err := a.MiniAccounts()
		return o.TLS, err
	}}, nil
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
func listener(host string, port int, path string, certs *certificates) *btplink.Listener {
	return &btplink.Listener{Address: net.JoinHostPort(config.BareHost(host), strconv.Itoa(port)), Path: path, TLS: certs.listener.server()}
}

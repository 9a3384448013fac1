package connector

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/smallfile"
)

// certificate is what a link shows or trusts in TLS. It is read again when one of its files
// changes. Handshakes use the one that was read last and is sound, and wait for no file.
type certificate struct {
	option string // that has it, such as options.tls, for errors
	now    atomic.Pointer[tlsState]

	mu      sync.Mutex
	options config.BTPClientTLS
	files   []fs.FileInfo // as they were when they were read last
	read    time.Time     // when that was
	fault   error         // of the last attempt, nil if it was sound
}

// tlsState is a certificate as it was read.
type tlsState struct {
	config *tls.Config
	until  time.Time         // when the certificate ends, zero without one
	sum    [sha256.Size]byte // of all PEM texts
}

// newCertificate reads a certificate, or what to trust.
func newCertificate(option string, o config.BTPClientTLS) (*certificate, error) {
	c := &certificate{option: option, options: o}
	_, err := c.readLocked(o)
	return c, err
}

// listenerCertificate reads the certificate of a listener, nil for none.
func listenerCertificate(option string, o *config.Certificate) (*certificate, error) {
	if o == nil {
		return nil, nil
	}
	return newCertificate(option, config.BTPClientTLS{Cert: o.Cert, Key: o.Key})
}

// clientCertificate reads how to meet a server, nil for the defaults.
func clientCertificate(option string, o *config.BTPClientTLS) (*certificate, error) {
	if o == nil {
		return nil, nil
	}
	return newCertificate(option, *o)
}

// server returns the TLS configuration of a listener, which has the present certificate in each
// handshake. It is nil without a certificate.
func (c *certificate) server() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &c.now.Load().config.Certificates[0], nil },
	}
}

// client returns what gives each connection to a server the present configuration, nil for the
// defaults.
func (c *certificate) client() func() *tls.Config {
	if c == nil {
		return nil
	}
	return func() *tls.Config { return c.now.Load().config }
}

// until returns when the certificate ends, the zero time without one.
func (c *certificate) until() time.Time {
	if c == nil {
		return time.Time{}
	}
	return c.now.Load().until
}

// prepare reads another certificate, or what it is read from now. The function that it returns
// makes that the present one.
func (c *certificate) prepare(o config.BTPClientTLS) (apply func(), err error) {
	next, err := newCertificate(c.option, o)
	if err != nil {
		return nil, err
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.options, c.files, c.read, c.fault = o, next.files, next.read, nil
		c.now.Store(next.now.Load())
	}, nil
}

// recently is how long before a read a file may have changed unnoticed: some file systems know
// the time of a change no better.
const recently = 2 * time.Second

// again reads the files again if one of them has changed, or was not sound. It returns the fault
// if there is one: then the former certificate stays. changed says that another one is in use.
func (c *certificate) again() (changed bool, fault error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault == nil && !c.movedLocked() {
		return false, nil
	}
	changed, c.fault = c.readLocked(c.options)
	return changed, c.fault
}

// movedLocked reports whether a file may be another one than when it was read.
func (c *certificate) movedLocked() bool {
	for i, name := range c.names(c.options) {
		info, err := os.Stat(name)
		if err != nil || i >= len(c.files) || !os.SameFile(info, c.files[i]) || info.Size() != c.files[i].Size() ||
			!info.ModTime().Equal(c.files[i].ModTime()) || info.ModTime().After(c.read.Add(-recently)) {
			return true
		}
	}
	return false
}

// names returns the names of the files.
func (*certificate) names(o config.BTPClientTLS) (names []string) {
	for _, text := range []string{o.CA, o.Cert, o.Key} {
		if text != "" && !config.IsPEM(text) {
			names = append(names, text)
		}
	}
	return names
}

// readLocked reads all, and makes it the present state if it is sound and new.
func (c *certificate) readLocked(o config.BTPClientTLS) (changed bool, err error) {
	c.read, c.files = time.Now(), nil
	for _, name := range c.names(o) {
		info, err := os.Stat(name) // before the file is read: a change meanwhile is seen the next time
		if err != nil {
			break // load says which option names it
		}
		c.files = append(c.files, info)
	}
	next, err := c.load(o)
	if err != nil {
		return false, err
	}
	if former := c.now.Load(); former != nil && former.sum == next.sum {
		return false, nil
	}
	c.now.Store(next)
	return true, nil
}

// about adds the option to an error.
func (c *certificate) about(key string, err error) error {
	return fmt.Errorf("%s%s: %w", c.option, key, err)
}

// load reads the PEM texts, and makes a TLS configuration of them.
func (c *certificate) load(o config.BTPClientTLS) (*tlsState, error) {
	state := &tlsState{config: &tls.Config{ServerName: o.ServerName, InsecureSkipVerify: o.Insecure, MinVersion: tls.VersionTLS12}}
	sum := sha256.New()
	if o.CA != "" {
		text, err := pemText(o.CA)
		if err != nil {
			return nil, c.about(".ca", err)
		}
		state.config.RootCAs = x509.NewCertPool()
		if !state.config.RootCAs.AppendCertsFromPEM(text) {
			return nil, c.about(".ca", fmt.Errorf("%s holds no PEM certificate", nameOf(o.CA)))
		}
		sum.Write(text)
	}
	if o.Cert != "" {
		cert, err := pemText(o.Cert)
		if err != nil {
			return nil, c.about(".cert", err)
		}
		key, err := pemText(o.Key)
		if err != nil {
			return nil, c.about(".key", err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, c.about("", fmt.Errorf("%s with %s: %w", nameOf(o.Cert), nameOf(o.Key), err))
		}
		state.config.Certificates, state.until = []tls.Certificate{pair}, pair.Leaf.NotAfter
		sum.Write(cert)
		sum.Write(key)
	}
	copy(state.sum[:], sum.Sum(nil))
	return state, nil
}

// pemBytesMax bounds a PEM file. The certificates of all public authorities are a quarter of
// it.
const pemBytesMax = 1 << 20

// pemText returns the text of an option that names a PEM file, or is such text.
func pemText(option string) ([]byte, error) {
	if config.IsPEM(option) {
		return []byte(option), nil
	}
	return smallfile.ReadRegular(option, pemBytesMax)
}

// nameOf returns the name of a PEM file. It shows no text, which may be a key.
func nameOf(option string) string {
	if config.IsPEM(option) {
		return "the PEM text"
	}
	return option
}

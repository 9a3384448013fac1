package btplink

import (
	"crypto/subtle"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/link"
)

// OldSecret is the secret from before a rotation. Until a time it is as good as the new one. The
// zero OldSecret is none.
type OldSecret struct {
	Secret string
	Until  time.Time
}

// valid reports whether the old secret is still good as of now. The wall clock decides, as it
// does after a restart.
func (o OldSecret) valid(now time.Time) bool { return now.Round(0).Before(o.Until) }

// secrets are the new and the old secret of one direction.
type secrets struct {
	now string
	old OldSecret
}

// accepts reports whether a peer may log in with a token. It takes the same time for each wrong
// token of a length.
func (s secrets) accepts(token []byte, now time.Time) bool {
	fits := subtle.ConstantTimeCompare(token, []byte(s.now))
	if s.old.valid(now) {
		fits |= subtle.ConstantTimeCompare(token, []byte(s.old.Secret))
	}
	return fits == 1
}

// isOld reports whether a secret that we know is the old one, and not the new one too.
func (s secrets) isOld(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(secret), []byte(s.now)) != 1
}

// Secrets are what a Link authenticates with: Server and Listener have the same fields.
type Secrets struct {
	Token     string // for the Server
	OldToken  OldSecret
	Secret    string // of the client of the Listener
	OldSecret OldSecret
}

// keys are the secrets of a link, which may change while it runs.
type keys struct {
	mu     sync.Mutex
	dials  secrets
	takes  secrets
	ending *time.Timer // ends the old secret of the listener, nil if there is none
	over   bool        // the link has ended, and needs no timer
}

func newSecrets(o Options) (all Secrets) {
	if s := o.Server; s != nil {
		all.Token, all.OldToken = s.Token, s.OldToken
	}
	if l := o.Listener; l != nil {
		all.Secret, all.OldSecret = l.Secret, l.OldSecret
	}
	return all
}

// keysNow returns the secrets of the link: none if it is that of one of many clients.
func (l *Link) keysNow() (dials, takes secrets) {
	if l.runner == nil {
		return secrets{}, secrets{}
	}
	return l.keys.read()
}

func (k *keys) read() (dials, takes secrets) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.dials, k.takes
}

// SetSecrets gives the link other secrets. Connections stay, but for those of a client whose
// secret is not good any more: they end with a reason that tells it to come again. That happens
// also when the time of an old secret is over. A connection that we have dialed stays, as the
// server decides about it.
func (l *Link) SetSecrets(all Secrets) {
	l.keys.mu.Lock()
	l.keys.dials, l.keys.takes = secrets{all.Token, all.OldToken}, secrets{all.Secret, all.OldSecret}
	l.keys.mu.Unlock()
	l.endOldSecret()
	if s := l.dialed.Load(); s == nil || s.secret == all.Token || all.OldToken == (OldSecret{}) {
		l.alerts.Resolve(kindOldToken)
	}
}

// endOldSecret ends the connections whose secret is not good any more, and comes again when the
// time of the old secret is over. The wall clock may have been set meanwhile.
func (l *Link) endOldSecret() {
	l.keys.mu.Lock()
	if l.keys.ending != nil {
		l.keys.ending.Stop()
		l.keys.ending = nil
	}
	if old := l.keys.takes.old; !l.keys.over && old.valid(time.Now()) {
		l.keys.ending = time.AfterFunc(time.Until(old.Until), l.guarded(l.endOldSecret))
	}
	l.keys.mu.Unlock()
	if tell := l.rekeyed.Load(); tell != nil {
		(*tell)()
	}
	if s := l.accepted.Load(); s != nil {
		l.recheck(s)
	}
}

// ours returns a token that the link has accepted, as the link has it, so that it is kept once.
func (l *Link) ours(token string) string {
	if _, takes := l.keys.read(); takes.now == token {
		return takes.now
	}
	return token
}

// stop stops the timer of the old secret.
func (k *keys) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	if k.ending != nil {
		k.ending.Stop()
	}
}

// rotated is why the connection of a client with an old secret ends.
const rotated Ending = "the token of the account has changed"

// recheck ends a connection of our client if its secret is not good any more. It comes after the
// connection is in its place, since the secrets may have changed while it came.
func (l *Link) recheck(s *session) {
	if l.opts.Login != nil {
		return
	}
	if _, takes := l.keys.read(); !takes.accepts([]byte(s.secret), time.Now()) {
		s.fail(rotated)
	}
}

// hide returns a text of the peer without our tokens, because errors are shown to operators
// and logged. Some servers quote the token that they refuse.
func (l *Link) hide(text string) string {
	dials, takes := l.keysNow()
	for _, secret := range []string{dials.now, dials.old.Secret, takes.now, takes.old.Secret} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "(token)")
		}
	}
	return text
}

// Status returns the state of the link.
func (l *Link) Status() link.Status {
	status := l.status.Status()
	dials, takes := l.keysNow()
	now := time.Now()
	for _, s := range []secrets{takes, dials} {
		if s.old.valid(now) {
			status.OldSecretUntil = s.old.Until
		}
	}
	if s := l.session(); s != nil && !l.begun {
		of := takes
		if s == l.dialed.Load() {
			of = dials
		}
		status.OldSecret = of.isOld(s.secret)
	}
	return status
}

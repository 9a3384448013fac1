package connector

import (
	"maps"
	"net/http"
	"time"

	"github.com/ilp-go/connector/listen"
)

// setTokens lets requests whose path names no account find this one by the tokens that it accepts now. If
// another account accepts one of them too, this one is found by its path alone, until the other has
// given it up. Changes of accounts follow one another, and so do the calls.
func (s *shared) setTokens(id string, l *httpLink) {
	s.trySetTokens(id, l)
	s.retryTokens()
}

// removeTokens lets requests find an account by its path alone. Others may take its tokens.
func (s *shared) removeTokens(id string) {
	s.tokens.Remove(id)
	s.mu.Lock()
	delete(s.unfound, id)
	s.mu.Unlock()
	s.retryTokens()
}

// retryTokens tries the accounts again that had a token of another one.
func (s *shared) retryTokens() {
	s.mu.RLock()
	all := maps.Clone(s.unfound)
	s.mu.RUnlock()
	for id, l := range all {
		s.trySetTokens(id, l)
	}
}

func (s *shared) trySetTokens(id string, l *httpLink) {
	var err error
	if v := l.keys.now.Load().verifier; v == nil {
		s.tokens.Remove(id)
	} else if err = s.tokens.Set(id, v); err != nil {
		s.tokens.Remove(id) // it has the former ones
	}
	s.mu.Lock()
	_, was := s.unfound[id]
	if delete(s.unfound, id); err != nil {
		s.unfound[id] = l
	}
	s.mu.Unlock()
	switch {
	case err != nil && !was:
		l.log.Warn("the account is found by its path alone, and not by its token at /ilp", "error", err)
	case err == nil && was:
		l.log.Info("the account is found by its token at /ilp again")
	}
}

// strangerLinesMax bounds the lines about requests of strangers in a second.
const strangerLinesMax = 1

// serveByToken serves a request whose path names no account: its token does. An account whose token
// is known but not good refuses the request itself, and counts it.
func (s *shared) serveByToken(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead { // as accounts do, see httplink
		_, _ = w.Write([]byte("OK"))
		return
	}
	id, _, err := s.tokens.Verify(r.Header["Authorization"], time.Now())
	if g := s.link(id); g != nil {
		if h := g.handlerAt(endHTTP); h != nil {
			h.ServeHTTP(oneRequest{w}, r)
			return
		}
	}
	listen.Failed(r.Context())
	if pass, held := s.refused.Pass(strangerLinesMax); pass {
		s.connector.log.Warn("request refused", "remote", r.RemoteAddr, "path", "/ilp", "error", err, "notLogged", held)
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // the body is not read
	}
	http.Error(w, "invalid authorization", http.StatusUnauthorized)
}

// oneRequest is a response of whose connection no link can take over the next requests: they may be of
// other accounts, since the token alone says whose each one is.
type oneRequest struct{ http.ResponseWriter }

// SetReadDeadline sets until when the body may come.
func (w oneRequest) SetReadDeadline(at time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(at)
}

// SetWriteDeadline sets until when the answer may be taken.
func (w oneRequest) SetWriteDeadline(at time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetWriteDeadline(at)
}

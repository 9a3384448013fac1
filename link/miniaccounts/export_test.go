package miniaccounts

import "github.com/ilp-go/connector/link/btplink"

// LoginStill confirms a login that was let in.
func (s *Server) LoginStill(user, token string) error {
	return s.confirm(btplink.Login{User: user, Token: token})
}

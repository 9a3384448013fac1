package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/ilp-go/connector/config"
)

// portPatience is how long checkPorts waits for the address of a host that is a name.
const portPatience = 2 * time.Second

// checkPorts warns of the ports on which the connector could not listen now. They are no
// faults: the running connector may have them, and check may run as another user.
func checkPorts(cfg *config.Config) (warnings []config.Warning) {
	for _, s := range cfg.Sockets() {
		if s.Port == 0 {
			continue
		}
		if err := tryPort(s); err != nil {
			problem, hint := portProblem(s, err)
			if taken(err) {
				problem += ", perhaps the running connector"
			}
			warnings = append(warnings, config.Warning(located(cfg, config.Fault{Path: s.Path, Problem: problem, Hint: hint})))
		}
	}
	return warnings
}

// tryPort listens on a socket and closes it at once.
func tryPort(s config.Socket) error {
	ctx, cancel := context.WithTimeout(context.Background(), portPatience)
	defer cancel()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(config.BareHost(s.Host), strconv.Itoa(s.Port)))
	if err != nil {
		return err
	}
	return l.Close()
}

// wsaAddressInUse is what Windows has for EADDRINUSE.
const wsaAddressInUse = syscall.Errno(10048)

// taken reports whether we could not listen because another program does.
func taken(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddressInUse)
}

// portProblem returns why we could not listen, and what to do.
func portProblem(s config.Socket, err error) (problem, hint string) {
	if taken(err) {
		return fmt.Sprintf("port %d is taken: another program has it", s.Port),
			"stop that one before you start another, or set another port"
	}
	cause := err
	var failed *net.OpError
	if errors.As(err, &failed) {
		cause = failed.Err
	}
	hint = "set a host that this machine has"
	if errors.Is(err, fs.ErrPermission) {
		hint = "use a port from 1024 on, or let the user of the connector open it"
	}
	return fmt.Sprintf("port %d of %s cannot be opened: %v", s.Port, cmp.Or(s.Host, "every address"), cause), hint
}

//go:build unix && !linux

package nodehost

import "syscall"

// attributes puts the process into a group of its own. If we die, it reads the end of its socket
// and ends.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

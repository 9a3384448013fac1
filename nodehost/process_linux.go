package nodehost

import "syscall"

// attributes puts the process into a group of its own, and has it killed if we die.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

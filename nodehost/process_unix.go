//go:build unix

package nodehost

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// start starts a process with one end of a socket pair as its file 3. kill ends it and all that
// it has started. ended gets how it has ended, once.
func start(cmd *exec.Cmd) (conn net.Conn, kill func(), ended chan error, err error) {
	conn, theirs, err := socketPair()
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = theirs.Close() }()
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = attributes()
	started := make(chan error, 1)
	ended = make(chan error, 1)
	go func() {
		// On Linux the process is killed when the thread ends that has started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		_ = conn.Close()
		return nil, nil, nil, err
	}
	group := -cmd.Process.Pid
	return conn, func() { _ = syscall.Kill(group, syscall.SIGKILL) }, ended, nil
}

// socketPair returns two ends of a connection: ours, and a file for the process.
func socketPair() (net.Conn, *os.File, error) {
	syscall.ForkLock.RLock()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "node host"), os.NewFile(uintptr(pair[1]), "node host")
	conn, err := net.FileConn(ours)
	_ = ours.Close()
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return conn, theirs, nil
}

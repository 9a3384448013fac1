//go:build linux

package load

import (
	"errors"
	"math"
	"syscall"
	"time"
	"unsafe"
)

// poller waits for sockets with epoll(7), and for a clock with timerfd_create(2). The timeouts of
// epoll itself are whole milliseconds, too coarse for a paced load.
type poller struct {
	epoll, timer int
	events       [256]syscall.EpollEvent
}

// ticked is the index of the clock among the sockets.
const ticked = -1

func newPoller() (*poller, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	timer, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return nil, errors.Join(errno, syscall.Close(epoll))
	}
	p := &poller{epoll: epoll, timer: int(timer)}
	if err := p.add(p.timer, ticked); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

const clockMonotonic = 1

// add watches fd for bytes to read. Its events carry the index.
func (p *poller) add(fd, index int) error {
	return syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(index)})
}

// want sets whether fd is watched for room to write too.
func (p *poller) want(fd, index int, writable bool) error {
	events := uint32(syscall.EPOLLIN)
	if writable {
		events |= syscall.EPOLLOUT
	}
	return syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_MOD, fd, &syscall.EpollEvent{Events: events, Fd: int32(index)})
}

// wait returns the next events, or none after timeout.
func (p *poller) wait(timeout time.Duration) ([]syscall.EpollEvent, error) {
	ms := min((max(timeout, 0)+time.Millisecond-1)/time.Millisecond, math.MaxInt32)
	for {
		n, err := syscall.EpollWait(p.epoll, p.events[:], int(ms))
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		return p.events[:max(n, 0)], err
	}
}

// every sets the period of the clock. 0 stops it.
func (p *poller) every(period time.Duration) error {
	spec := [2]syscall.Timespec{syscall.NsecToTimespec(int64(period)), syscall.NsecToTimespec(int64(period))}
	_, _, errno := syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, uintptr(p.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// tick takes a tick off the clock.
func (p *poller) tick() {
	var count [8]byte
	_, _ = syscall.Read(p.timer, count[:])
}

func (p *poller) close() error {
	return errors.Join(syscall.Close(p.timer), syscall.Close(p.epoll))
}

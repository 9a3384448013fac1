// Package tape is a layer below a store's files that writes down what is done to them, in which order, so that
// afterwards one can tell what a disk would have had of it at the end. TestPowerCut... builds it into the connector,
// as a part of each package that writes to a file. Behind the file NAME it leaves NAME.tape, a sequence of
//
//	kind: 1 byte    'w' something was written, 'b' a sync begins, 'e' it has ended
//	time: int64     Unix nanoseconds
//	at: uint64      the offset of what was written, or the time that the sync began
//	length: uint32
//	what was written
//
// big endian, the last one perhaps not whole.
package tape

import (
	"encoding/binary"
	"os"
	"time"
)

// tapedWriteAt writes with write, and then says so: what is on the tape before a sync was written before it.
func tapedWriteAt(name string, write func([]byte, int64) (int, error), b []byte, offset int64) (int, error) {
	n, err := write(b, offset)
	if err == nil {
		tape(name, 'w', time.Now(), uint64(offset), b)
	}
	return n, err
}

// tapedSyncTime is what a sync takes at least, so that the power goes during one more often than not.
const tapedSyncTime = time.Millisecond

// tapedSync syncs with sync, on a disk that is not fast.
func tapedSync(name string, sync func() error) error {
	began := time.Now()
	tape(name, 'b', began, uint64(began.UnixNano()), nil)
	time.Sleep(tapedSyncTime)
	err := sync()
	if err == nil {
		tape(name, 'e', time.Now(), uint64(began.UnixNano()), nil)
	}
	return err
}

// tape writes an entry in one piece. It panics if it cannot.
func tape(name string, kind byte, now time.Time, at uint64, b []byte) {
	entry := binary.BigEndian.AppendUint64([]byte{kind}, uint64(now.UnixNano()))
	entry = binary.BigEndian.AppendUint64(entry, at)
	entry = binary.BigEndian.AppendUint32(entry, uint32(len(b)))
	file, err := os.OpenFile(name+".tape", os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		_, err = file.Write(append(entry, b...))
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		panic(err)
	}
}

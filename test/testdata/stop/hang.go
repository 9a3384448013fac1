package journal

import (
	"os"
	"time"
)

// hangingFile is the file of a journal on a disk that hangs while there is a file NAME.hang.
type hangingFile struct{ diskFile }

// Sync syncs when the disk does not hang.
func (f hangingFile) Sync() error {
	f.hang()
	return f.diskFile.Sync()
}

// WriteSync writes when the disk does not hang.
func (f hangingFile) WriteSync(b []byte, offset int64) error {
	f.hang()
	return f.diskFile.WriteSync(b, offset)
}

// hang waits while the disk hangs. It makes a file NAME.hung then.
func (f hangingFile) hang() {
	for hung := false; ; hung = true {
		if _, err := os.Stat(f.Name() + ".hang"); err != nil {
			return
		}
		if !hung {
			_ = os.WriteFile(f.Name()+".hung", nil, 0o600)
		}
		time.Sleep(time.Millisecond)
	}
}

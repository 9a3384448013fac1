package connector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ilp-go/connector/smallfile"
	"github.com/ilp-go/connector/store"
)

// savedBytesMax bounds a configuration file that is replaced.
const savedBytesMax = 64 << 20

// SaveFile writes a configuration file, whole or not at all: a crash leaves the former text or the
// new one. A new file is for its owner alone. A file that is replaced keeps its owner, its group
// and its mode, but other users lose access. digest is the SHA-256 of the text that it may
// replace: SaveFile refuses to replace any other, unless force is true. With backup it keeps the
// former text under the name with .before.
func SaveFile(name string, text []byte, digest string, force, backup bool) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // or the link would be replaced
	}
	info, err := os.Stat(name)
	exists := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("save %s: %w", name, store.Explain(err))
	}
	former, err := formerText(name, exists)
	if err != nil {
		return err
	}
	temp, err := writeBeside(name, text, info)
	if err != nil {
		return fmt.Errorf("save %s: %w", name, store.Explain(err))
	}
	defer func() { _ = os.Remove(temp) }() // it is gone if all went well
	if exists && backup {
		before, err := writeBeside(name, former, info)
		if err == nil {
			err = os.Rename(before, name+".before")
		}
		if err != nil {
			_ = os.Remove(before)
			return fmt.Errorf("keep %s.before: %w", name, store.Explain(err))
		}
	}
	// Last, so that an edit has the shortest time to slip in between.
	if now, err := formerText(name, exists); err != nil || exists && !force && digestOf(now) != digest {
		if err == nil {
			err = fmt.Errorf("%s is not the file that the connector has read, or was edited since: reload it first, name another file, or use --force", name)
		}
		return err
	}
	if !exists { // unless another one has come
		err = place(temp, name)
	} else {
		err = os.Rename(temp, name)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", name, store.Explain(err))
	}
	return store.SyncDir(filepath.Dir(name))
}

func formerText(name string, exists bool) ([]byte, error) {
	if !exists {
		return nil, nil
	}
	text, err := smallfile.Read(name, savedBytesMax)
	if err != nil {
		return nil, fmt.Errorf("read the file that is to be replaced: %w", err)
	}
	return text, nil
}

// writeBeside writes a text to a new file in the folder of another one, durably. like is what the
// file is to be like, nil for a new one.
func writeBeside(name string, text []byte, like fs.FileInfo) (temp string, err error) {
	file, err := os.CreateTemp(filepath.Dir(name), ".config-") // 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err == nil && like != nil {
		err = errors.Join(keepOwner(file, like), file.Chmod(like.Mode().Perm()&^0o007))
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}

package disk_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
)

// backup copies a store that is in use, into a file that is whole or not there.
func backup(s *disk.Store, name string) error {
	file, err := os.CreateTemp(filepath.Dir(name), "backup-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := s.Backup(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

func Example() {
	folder, err := os.MkdirTemp("", "store-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	s, err := disk.Open(filepath.Join(folder, "connector"), disk.Options{Version: "1.0.0"})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Apply(store.Batch{{Key: "balance/alice", Value: []byte("5")}}); err != nil {
		log.Fatal(err)
	}
	name := filepath.Join(folder, "backup.db")
	if err := backup(s, name); err != nil {
		log.Fatal(err)
	}
	if err := s.Close(); err != nil {
		log.Fatal(err)
	}

	summary, err := disk.Verify(name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d pair, format %d, made by %s\n", summary.Keys, summary.Format, summary.Version)
	if err := disk.Dump(name, os.Stdout, nil); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 1 pair, format 2, made by 1.0.0
	// {"key":"balance/alice","value":"5"}
}

package store

import (
	"errors"
	"testing"
)

func TestFailureIsTheFirstOne(t *testing.T) {
	var f, above Failure
	if f.Err() != nil {
		t.Errorf("failed with %v", f.Err())
	}
	first := errors.New("first")
	err := f.Set("dir", first)
	if !errors.Is(err, first) || !errors.Is(err, ErrFailed) {
		t.Errorf("failed with %v", err)
	}
	const want = "dir has failed: first; nothing more is stored until the connector is started again"
	if again := f.Set("dir", errors.New("second")); again != err || f.Err() != err || err.Error() != want {
		t.Errorf("failed with %v, then with %v", err, again)
	}
	if got := above.Set("dir", err); got != err {
		t.Errorf("the store above failed with %v", got)
	}
}

func TestVisitStopsAtTheFirstError(t *testing.T) {
	stop, visited := errors.New("stop"), ""
	batch := Batch{{"a", []byte("1")}, {"b", []byte("2")}, {"c", nil}}
	err := batch.Visit(func(key string, value []byte) error {
		if visited += key + string(value); key == "b" {
			return stop
		}
		return nil
	})
	if err != stop || visited != "a1b2" {
		t.Errorf("visited %s, %v", visited, err)
	}
}

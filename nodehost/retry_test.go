package nodehost

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// building reads the next construction, and returns the number of its object.
func (f *fake) building() (object uint32, id uint32) {
	f.t.Helper()
	call := f.read()
	var args []json.RawMessage
	var c construction
	err := json.Unmarshal(call.body, &args)
	if err == nil {
		err = json.Unmarshal(args[1], &c)
	}
	if err != nil || call.typ != frameCall || call.object != 0 {
		f.t.Fatalf("%+v: %v", call, err)
	}
	return c.Object, call.id
}

func (f *fake) fails(id uint32) {
	f.write(frame{typ: frameFailure, id: id, body: []byte(`{"name":"Error","message":"no"}`)})
}

// A module that could not be constructed is constructed again after a pause, which grows to a minute. Its handler
// learns when.
func TestConstructionIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.patience = 2 * time.Minute
		h := &handler{ups: make(chan Constructed, 10), downs: make(chan error, 100), changes: make(chan bool, 10)}
		o := f.host.Add(Module{Kind: Plugin, Name: "fake", Account: "alice"}, h)
		began := time.Now()
		for try := range 20 {
			object, id := f.building()
			if waited := time.Since(began); object != o.number || waited > time.Minute || try > 10 && waited < 30*time.Second || try == 1 && waited > time.Second {
				t.Errorf("try %d: object %d after %v", try, object, waited)
			}
			f.fails(id)
			began = time.Now()
			why := <-h.downs
			for Starting(why) {
				why = <-h.downs
			}
			if _, is := errors.AsType[*Error](why); !is || IsDown(why) || !strings.Contains(why.Error(), "fake could not be constructed: Error: no") {
				t.Errorf("%v", why)
			}
			if wait := time.Until(NextTry(why)); wait <= 0 || wait > time.Minute {
				t.Errorf("try %d: the next one is in %v", try, wait)
			}
		}
		_, id := f.building()
		f.write(frame{typ: frameResult, id: id, body: []byte(`{}`)})
		<-h.ups
		o.Remove()
	})
}

// What has been removed meanwhile is not constructed again, and neither is what a process has lost.
func TestConstructionIsNotTriedAgainForNothing(t *testing.T) {
	for _, end := range []string{"remove", "lost"} {
		t.Run(end, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				h := &handler{ups: make(chan Constructed, 10), downs: make(chan error, 100), changes: make(chan bool, 10)}
				o := f.host.Add(Module{Kind: Plugin, Name: "fake", Account: "alice"}, h)
				_, id := f.building()
				f.fails(id)
				synctest.Wait()
				if end == "remove" {
					o.Remove()
					if got := f.read(); got.typ != frameEvent {
						t.Errorf("%+v", got)
					}
				} else {
					f.end()
				}
				if o.retry.timer != nil {
					t.Error("it would be constructed again")
				}
			})
		})
	}
}

// What middlewares do for an account waits for them, and not for a pause of its own.
func TestChainsAreConstructedOnceTheirMiddlewareIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		m, c := &counter{}, &counter{}
		middleware := f.host.Add(Module{Kind: Middleware, Name: "m"}, m)
		f.host.Add(Module{Kind: Chain, Name: "m", Account: "alice"}, c)
		tries := 0
		for {
			object, id := f.building()
			if object == middleware.number {
				if tries++; tries == 5 {
					f.write(frame{typ: frameResult, id: id, body: []byte(`{}`)})
					break
				}
			}
			f.fails(id)
		}
		came := time.Now()
		object, id := f.building()
		if object == middleware.number || time.Since(came) != 0 {
			t.Errorf("object %d after %v", object, time.Since(came))
		}
		f.write(frame{typ: frameResult, id: id, body: []byte(`{}`)})
		synctest.Wait()
		if m.ups != 1 || c.ups != 1 {
			t.Errorf("%d and %d", m.ups, c.ups)
		}
	})
}

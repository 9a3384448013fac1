package httplink_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
	"github.com/ilp-go/connector/uuid"
)

// booking waits for an answer as an engine does that books it. The test says when it is booked.
type booking struct {
	*ilptest.Recorder
	books   *ledger.Ledger // nil for none
	receipt chan ilp.Receipt
}

func newBooking(books *ledger.Ledger) *booking {
	return &booking{ilptest.NewRecorder(), books, make(chan ilp.Receipt, 1)}
}

func (b *booking) WriteFulfill(fulfill ilp.Reply, receipt ilp.Receipt) {
	if b.books != nil {
		b.books.Enter(ledger.Transfer{Changes: ledger.ChangesOf(&fulfill, nil, receipt)}, written{receipt}, nil)
	}
	b.WriteReply(fulfill)
	b.receipt <- receipt
}

// written tells a receipt what a ledger says.
type written struct{ receipt ilp.Receipt }

func (w written) Written(_ *ilp.ReadBatch, err error) {
	if err != nil {
		w.receipt.Resolve(ilp.Unknown)
		return
	}
	w.receipt.Resolve(ilp.Counted)
}

// answerLater posts an answer to a link that books it, and returns what says the status.
func answerLater(t *testing.T, address, id string) (status chan int) {
	status = make(chan int, 1)
	go func() {
		got, _, _ := postTo(t, address, fulfillBytes(), "Request-Id", id)
		status <- got
	}()
	return status
}

// While a Fulfill is being booked, another link takes the place of the one that has taken it. That one
// must not say that it does not count: the peer would take it back.
func TestLinkThatFollowsKnowsWhatIsBeingBooked(t *testing.T) {
	o := newOther(t)
	async := func() *httplink.Async {
		return &httplink.Async{AccountID: "peer", CallbackURL: "http://us.example/reply", Hosts: []string{"127.0.0.1"}}
	}
	first := httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, o.URL), Async: async()})
	stop := run(t, first, ilptest.NewLink())
	await(t, first.Connected)
	up := newBooking(nil)
	first.HandlePrepare(up, ilptest.Prepare("test.us.far", 7))
	id := (<-o.requests).Header.Get("Request-Id")
	status := answerLater(t, serve(t, first), id)
	receipt := <-up.receipt
	stop()
	if got := <-status; got != http.StatusServiceUnavailable {
		t.Errorf("the link that ends said %d", got)
	}
	second := httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, o.URL), Async: async()})
	second.Follow(first)
	run(t, second, ilptest.NewLink())
	await(t, second.Connected)
	address := serve(t, second)
	status = answerLater(t, address, id)
	receipt.Resolve(ilp.Counted)
	if got := <-status; got != http.StatusOK {
		t.Errorf("the link that follows said %d", got)
	}
	if got := <-answerLater(t, address, id); got != http.StatusOK {
		t.Errorf("and then %d", got)
	}
}

// gatedStore holds writes back until it is opened.
type gatedStore struct {
	*memory.Store
	gate chan struct{}
	open func()
}

func newGatedStore() *gatedStore {
	s := &gatedStore{Store: memory.New(slog.New(slog.DiscardHandler)), gate: make(chan struct{})}
	s.open = sync.OnceFunc(func() { close(s.gate) })
	return s
}

func (s *gatedStore) Apply(batch store.Batch) error {
	<-s.gate
	return s.Store.Apply(batch)
}

// openingBooks open the store when somebody reads its records, or waits for a write.
type openingBooks struct {
	*ledger.Ledger
	store *gatedStore
}

func (b openingBooks) Load(prefix string, visit func(string, []byte) error) error {
	defer b.store.open()
	return b.Ledger.Load(prefix, visit)
}

func (b openingBooks) Apply(changes store.Batch) error {
	b.store.open()
	return b.Ledger.Apply(changes)
}

// The same, but the account was removed and added again: the second link does not know the first one.
func TestLinkReadsWhatIsBeingBooked(t *testing.T) {
	kept := newGatedStore()
	books := ledger.New(ledger.Options{Find: func(string) *account.Account { return nil }, Failed: func(error) {}, Stall: time.Minute})
	if _, err := books.Open(kept); err != nil {
		t.Fatal(err)
	}
	books.Start()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { books.Run(ctx) })
	t.Cleanup(func() {
		kept.open()
		cancel()
		running.Wait()
	})
	o := newOther(t)
	life := func(own httplink.Books) (*httplink.Link, func()) {
		l := httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, o.URL), Async: &httplink.Async{
			AccountID: "peer", CallbackURL: "http://us.example/reply", Hosts: []string{"127.0.0.1"}, Books: own,
		}})
		stop := run(t, l, ilptest.NewLink())
		await(t, l.Connected)
		return l, stop
	}
	first, stop := life(nil)
	up := newBooking(books)
	first.HandlePrepare(up, ilptest.Prepare("test.us.far", 7))
	id := (<-o.requests).Header.Get("Request-Id")
	status := answerLater(t, serve(t, first), id)
	<-up.receipt
	stop()
	<-status
	second, _ := life(openingBooks{books, kept})
	if got := <-answerLater(t, serve(t, second), id); got != http.StatusOK {
		t.Errorf("the second link said %d", got)
	}
}

// laterLink answers packets when the test says so.
type laterLink chan ilp.ReplyWriter

func (l laterLink) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) { l <- up }

// What the former link has not delivered, the link that follows delivers: an answer that had to wait,
// one that came when no link ran, and one that comes now.
func TestLinkThatFollowsDelivers(t *testing.T) {
	o := newOther(t, http.StatusBadGateway)
	packets := make(laterLink, 10)
	async := func() *httplink.Async {
		return &httplink.Async{AccountID: "peer", CallbackURL: "http://us.example/reply", Hosts: []string{"127.0.0.1"}}
	}
	first := httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, o.URL), Async: async()})
	stop := run(t, first, packets)
	await(t, first.Connected)
	address := serve(t, first)
	var ups []ilp.ReplyWriter
	for n := range 3 {
		status, _, _ := postTo(t, address, bytesOf(ilptest.Prepare("test.us.near", uint64(1+n))), "Request-Id", uuid.New().String(), "Callback-Url", o.URL)
		if status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
		ups = append(ups, <-packets)
	}
	ups[0].WriteReply(ilptest.Fulfill())
	undelivered := (<-o.requests).Header.Get("Request-Id")
	stop()
	ups[1].WriteReply(ilptest.Fulfill())
	second := httplink.New(httplink.Options{Authorize: authorize, Outgoing: to(t, o.URL), Async: async()})
	second.Follow(first)
	run(t, second, packets)
	ups[2].WriteReply(ilptest.Fulfill())
	delivered := make(map[string]int)
	for range 3 {
		delivered[(<-o.requests).Header.Get("Request-Id")]++
	}
	if len(delivered) != 3 || delivered[undelivered] != 1 {
		t.Errorf("delivered are %v, first was %s", delivered, undelivered)
	}
}

// A Fulfill that was booked in another unit is not taken back in the present one.
func TestBookingInAnotherUnitStays(t *testing.T) {
	kept := memory.New(slog.New(slog.DiscardHandler))
	id := uuid.New()
	value := fmt.Sprintf("7 %d %%s/reply 9 USD\n%s", time.Now().UnixMilli(), fulfillBytes())
	for unit, want := range map[string]string{"9 USD": "taken back", "2 USD": "the booking stays: it was in another asset or scale"} {
		o := newOther(t, http.StatusBadRequest)
		o.header = http.Header{"Ilp-Outcome": {"void"}}
		if err := kept.Apply(store.Batch{{Key: "answers/peer/" + id.String(), Value: []byte(strings.Replace(value, "%s", o.URL, 1))}}); err != nil {
			t.Fatal(err)
		}
		happens := make(chan string, 10)
		asynchronous(t, o, ilptest.NewLink(), func(a *httplink.Async) {
			a.Books, a.Unit = kept, unit
			a.TakeBack = func(_ uint64, _ string, changes store.Batch) error {
				happens <- "taken back"
				return kept.Apply(changes)
			}
			a.Unconfirmed = func(_ uint64, _, why string) { happens <- why }
		})
		if got := <-happens; !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", unit, got, want)
		}
	}
}

// An operator who takes a host off the list wants our token to go there no more, also for what waits.
func TestHostThatIsTakenOffGetsNoAnswer(t *testing.T) {
	kept, lines := memory.New(slog.New(slog.DiscardHandler)), make(linesOf, 100)
	o := newOther(t)
	value := fmt.Sprintf("7 %d %s/reply 9 USD\n%s", time.Now().UnixMilli(), o.URL, fulfillBytes())
	if err := kept.Apply(store.Batch{{Key: "answers/peer/" + uuid.New().String(), Value: []byte(value)}}); err != nil {
		t.Fatal(err)
	}
	l := httplink.New(httplink.Options{
		Authorize: authorize, Outgoing: to(t, o.URL), Log: slog.New(slog.NewTextHandler(lines, nil)),
		Async: &httplink.Async{AccountID: "peer", CallbackURL: "http://us.example/reply", Hosts: []string{"other.example"}, Books: kept, Unit: "9 USD"},
	})
	run(t, l, ilptest.NewLink())
	for {
		select {
		case line := <-lines:
			if strings.Contains(line, "127.0.0.1") && strings.Contains(line, "not among async.callbackHosts any more") {
				return
			}
		case <-o.requests:
			t.Fatal("it got the answer")
		}
	}
}

// Records of an account without a link are removed when nobody asks for them any more. Those of accounts with
// a link are its own, and a Fulfill that is not delivered stays.
func TestRecordsThatNoLinkTakesCareOf(t *testing.T) {
	kept, now := memory.New(slog.New(slog.DiscardHandler)), time.UnixMilli(1796000000000)
	id := uuid.New().String()
	all := store.Batch{
		{Key: "counted/gone/" + id, Value: []byte("1795999999999")}, {Key: "answered/gone/" + id, Value: []byte("1795999999999")},
		{Key: "counted/young/" + id, Value: []byte("1796000000001")}, {Key: "answers/young/" + id, Value: []byte("x")},
		{Key: "counted/goner/" + id, Value: []byte("1795999999999")}, {Key: "answers/goner/" + id, Value: []byte("x")},
	}
	if err := kept.Apply(all); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"": "map[gone:0,2 young:1,0]", "gone": "map[gone:0,2]", "goner": "map[]", "young": "map[young:1,0]"} {
		left, err := httplink.ReadLeft(kept, name, func(id string) bool { return id == "goner" }, now)
		got := make(map[string]string)
		for id, one := range left {
			got[id] = fmt.Sprintf("%d,%d", one.Answers, len(one.Outdated))
		}
		if fmt.Sprint(got) != want || err != nil {
			t.Errorf("%q: %v, %v, want %s", name, got, err, want)
		}
	}
}

// A proxy may repeat a request until its packet has expired. After a restart we know it as long.
func TestWaitingRequestIsKnownAfterARestart(t *testing.T) {
	kept, id := memory.New(slog.New(slog.DiscardHandler)), uuid.New()
	o := newOther(t, http.StatusBadGateway)
	value := fmt.Sprintf("7 %d %s/reply 9 USD\n%s", time.Now().Add(time.Minute).UnixMilli(), o.URL, fulfillBytes())
	if err := kept.Apply(store.Batch{{Key: "answers/peer/" + id.String(), Value: []byte(value)}}); err != nil {
		t.Fatal(err)
	}
	l, _ := asynchronous(t, o, ilptest.NewLink(), func(a *httplink.Async) { a.Books, a.Unit = kept, "9 USD" })
	if left := httplink.RememberedFor(l, id); left < 50*time.Second {
		t.Errorf("it is remembered for %v", left)
	}
}

// linesOf takes lines of a log.
type linesOf chan string

func (l linesOf) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

var _ ilp.ReceiptWriter = (*booking)(nil)

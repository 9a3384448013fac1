package connector_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/store"
)

// household is a connector whose account mini has clients that are accounts, with an admin API.
type household struct {
	t *testing.T
	*connector.Connector
	url  string
	port int
	stop func()
}

func newHousehold(t *testing.T, more string, options ...connector.Option) *household {
	t.Helper()
	port := freePort(t)
	yaml, url := kids(t, fmt.Sprintf("adminApi: true\nadminApiPort: %d\n%s", port, more))
	c, stop := start(t, yaml, options...)
	awaitReady(t, c)
	return &household{t, c, url, port, stop}
}

// want makes a request, and wants a status and a part of the answer. It returns the answer.
func (f *household) want(method, path, body string, status int, part string) string {
	f.t.Helper()
	got, text := ask(f.t, f.port, method, path, body)
	if got != status || !strings.Contains(text, part) {
		f.t.Errorf("%s %s %s: %d %s, want %d %s", method, path, body, got, text, status, part)
	}
	return text
}

func (f *household) refused(user, token, why string) {
	f.t.Helper()
	p := btppeer.Dial(f.t, f.url)
	p.Send(btppeer.Auth(1, user, token))
	p.WantRefused(why)
}

const (
	ofMini  = "/accounts/mini/children"
	ofAlice = ofMini + "/alice"
)

func TestOperatorSeesClients(t *testing.T) {
	f := newHousehold(t, "")
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 300); !reply.Fulfilled() {
		t.Fatalf("rejected with %s", reply.Code())
	}
	payFrom(t, alice, nil, "test.us.mini.bob", 601) // over its maxPacketAmount
	f.want("POST", ofMini, `{"name":"carl","token":"c"}`, 200, `{"name":"carl","id":"mini.carl","address":"test.us.mini.carl","created":true}`)
	var list admin.ChildList
	if err := json.Unmarshal([]byte(f.want("GET", ofMini, "", 200, "")), &list); err != nil {
		t.Fatal(err)
	}
	if list.Known != 3 || list.Connected != 2 || len(list.Children) != 3 {
		t.Fatalf("%+v", list)
	}
	a, c := list.Children[0], list.Children[2]
	if a.Name != "alice" || a.ID != "mini.alice" || a.Address != "test.us.mini.alice" || !a.Connected || a.Since.IsZero() ||
		!strings.HasPrefix(a.Remote, "127.0.0.1:") || a.Balance != "300" || a.Blocked {
		t.Errorf("%+v", a)
	}
	if c.Name != "carl" || c.Connected || c.Remote != "" || c.Balance != "0" {
		t.Errorf("%+v", c)
	}
	f.want("GET", "/accounts/mini.alice", "", 200, `"posted":"300"`)
	f.want("GET", "/accounts/mini.carl", "", 200, `"state":"disconnected"`)
	for _, id := range []string{"mini.alice", "mini.carl"} { // connected or not
		if err := f.RemoveAccount(id); err == nil || !strings.Contains(err.Error(), "is a client of account mini: remove it there") {
			t.Errorf("removed: %v", err)
		}
	}
	f.want("GET", "/accounts", "", 200, `"children":{"known":3,"connected":2}`)
	if text := f.want("GET", "/accounts", "", 200, ""); strings.Contains(text, "alice") {
		t.Errorf("the accounts of the reference have clients: %s", text)
	}
	f.want("GET", "/balance", "", 200, `"accounts":{}`)
	f.want("GET", "/balance?account=mini.bob", "", 200, `"mini.bob":{"balance":"-300"`)
	f.want("POST", "/balance", `{"accountId":"mini.carl","amountDiff":"5"}`, 204, "")
	f.want("GET", "/balance?account=mini.carl", "", 200, `"balance":"5"`)
	f.want("GET", "/rejections?account=mini.alice", "", 200, `"code":"F08"`)
	f.want("GET", "/rejections?account=mini.bob", "", 200, `{"rejections":[]}`)
	f.want("GET", "/rejections", "", 200, `{"accountId":"mini","direction":"incoming","code":"F08"`)
	f.want("GET", "/settlements?account=mini.carl", "", 200, `"settlements":[]`)
	f.want("POST", "/settlements", `{"accountId":"mini.bob"}`, 409, "nothing pays mini.bob")
	f.want("POST", "/settlements", `{"accountId":"mini.bob","writeOff":true}`, 204, "")
	f.want("GET", "/balance?account=mini.bob", "", 200, `"balance":"0"`)
	f.want("GET", "/settlements?account=mini.bob", "", 200, `"state":"written off"`)
	bob.Leave()
	f.want("GET", "/accounts/mini.bob", "", 200, `"state":"disconnected","since":`)
}

func TestOperatorsLetClientsIn(t *testing.T) {
	f := newHousehold(t, "store: bolt\nstorePath: "+filepath.Join(t.TempDir(), "store"))
	var made admin.AddedChild
	if err := json.Unmarshal([]byte(f.want("POST", ofMini, `{"name":"alice"}`, 200, `"created":true`)), &made); err != nil || len(made.Token) < 20 {
		t.Fatalf("%+v, %v", made, err)
	}
	btppeer.Join(t, f.url, "alice", made.Token)
	f.want("POST", ofMini, fmt.Sprintf(`{"name":"alice","token":%q}`, made.Token), 200, `"created":false`)
	f.want("POST", ofMini, `{"name":"alice","token":"x"}`, 409, "client alice: the client has another token: rotate it")
	f.want("POST", ofMini, `{"name":"a.b","token":"x"}`, 400, `the name "a.b" must be one segment of an ILP address`)
	f.want("PATCH", ofAlice, `{"token":"second","oldValidFor":"1h"}`, 204, "")
	btppeer.Join(t, f.url, "alice", made.Token)
	alice := btppeer.Join(t, f.url, "alice", "second")
	f.want("PATCH", ofAlice, `{"token":"third"}`, 204, "")
	alice.WantEnd()
	f.refused("alice", "second", "incorrect token for account.")
	f.want("GET", "/audit", "", 200, `"what":"rotate token","accountId":"mini.alice"`)
	if text := f.want("GET", "/audit", "", 200, ""); strings.Contains(text, made.Token) || strings.Contains(text, "second") || strings.Contains(text, "third") {
		t.Errorf("the audit log has a token: %s", text)
	}
}

func TestBlockedClientSendsNothing(t *testing.T) {
	f := newHousehold(t, "")
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	f.want("PATCH", ofAlice, `{"blocked":true,"reason":"spam"}`, 204, "")
	alice.WantClose()
	f.refused("alice", "a", "account is blocked")
	f.want("GET", ofMini, "", 200, `"blocked":true`)
	if reply := payFrom(t, bob, nil, "test.us.mini.alice", 5); reply.Code() != ilp.T01 {
		t.Errorf("a packet to it gets %s", reply.Code())
	}
	f.want("GET", "/rejections?account=mini.alice", "", 200, `"cause":"suspended"`)
	f.want("PATCH", ofAlice, `{"blocked":false}`, 204, "")
	again := btppeer.Join(t, f.url, "alice", "a")
	if reply := payFrom(t, again, bob, "test.us.mini.bob", 7); !reply.Fulfilled() {
		t.Errorf("after that: %s %s", reply.Code(), reply.Message())
	}
}

func TestClientWithABalanceStays(t *testing.T) {
	f := newHousehold(t, "store: bolt\nstorePath: "+filepath.Join(t.TempDir(), "store"))
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 300); !reply.Fulfilled() {
		t.Fatalf("rejected with %s", reply.Code())
	}
	before := f.incoming()
	f.want("DELETE", ofAlice, "", 409, "account mini.alice stays: its balance is 300; settle it, or enter what was paid elsewhere with "+
		"'ilp-connector balance adjust mini.alice -300', or remove the account all the same with --force")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 1); !reply.Fulfilled() {
		t.Errorf("it was disturbed: %s", reply.Code())
	}
	f.want("DELETE", ofAlice+"?force=true", "", 204, "")
	alice.WantEnd()
	if got := f.incoming(); before != "1" || got != "2" {
		t.Errorf("the sum was %s and is %s", before, got)
	}
	f.want("GET", "/accounts/mini.alice", "", 500, "unknown account id")
	f.want("GET", "/balance", "", 200, `"former":[{"accountId":"mini.alice","assetCode":"USD","assetScale":2,"posted":"301"`)
	f.refused("alice", "stranger", "account is not available") // else it would get the balance
	f.want("POST", "/balance", `{"accountId":"mini.bob","amountDiff":"301"}`, 204, "")
	f.want("DELETE", ofMini+"/bob", "", 204, "")
	bob.WantEnd()
	f.want("GET", ofMini, "", 200, `{"known":0,"connected":0,"children":[]}`)
	f.want("DELETE", ofMini+"/bob", "", 404, `account mini has no client "bob"`)
	btppeer.Join(t, f.url, "bob", "new") // whoever comes first
	f.want("POST", ofMini, `{"name":"alice","token":"operator"}`, 200, "")
	f.want("GET", "/balance?account=mini.alice", "", 200, `"balance":"301"`)
}

// incoming returns the number of packets that mini and its clients have sent.
func (f *household) incoming() string {
	_, rest, _ := strings.Cut(f.want("GET", "/metrics", "", 200, ""), `ilp_connector_incoming_ilp_packets{account="mini",asset="USD",result="fulfilled",scale="2"} `)
	n, _, _ := strings.Cut(rest, "\n")
	return n
}

// The sum does not fall when the parent is configured anew, which makes all clients connect again.
func TestSumOfClientsOutlastsAChangeOfTheirParent(t *testing.T) {
	f := newHousehold(t, "")
	alice, bob := btppeer.Join(t, f.url, "alice", "a"), btppeer.Join(t, f.url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.mini.bob", 3); !reply.Fulfilled() {
		t.Fatalf("rejected with %s", reply.Code())
	}
	f.want("PATCH", "/accounts/mini?ephemeral=true", `{"children":{"names":["alice","bob"]}}`, 200, "")
	if got := f.incoming(); got != "1" {
		t.Errorf("the sum is %q", got)
	}
	f.want("POST", ofMini, `{"name":"carl"}`, 400, `the name "carl" is none of children.names`)
}

// brokenTokens is a store that fails to write tokens of clients while it is broken.
type brokenTokens struct {
	*disk
	broken atomic.Bool
}

func (b *brokenTokens) Apply(batch store.Batch) error {
	for _, c := range batch {
		if b.broken.Load() && strings.Contains(c.Key, "/token/") {
			return errors.New("the disk is full")
		}
	}
	return b.disk.Apply(batch)
}

func TestClientThatCannotBeStoredIsNotLetIn(t *testing.T) {
	b := &brokenTokens{disk: newDisk()}
	f := newHousehold(t, "store: disk", connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return b, nil }))
	f.want("POST", ofMini, `{"name":"alice","token":"a"}`, 200, "")
	b.broken.Store(true)
	f.want("POST", ofMini, `{"name":"bob","token":"b"}`, 500, "client bob is not changed: the disk is full")
	f.want("PATCH", ofAlice, `{"token":"x"}`, 500, "the disk is full")
	f.want("PATCH", ofAlice, `{"blocked":true}`, 500, "the disk is full")
	f.want("DELETE", ofAlice, ``, 500, "the disk is full")
	f.want("GET", "/accounts/mini.bob", "", 500, "unknown account id")
	f.refused("bob", "b", "internal error")
	alice := btppeer.Join(t, f.url, "alice", "a")
	if reply := payFrom(t, alice, nil, "test.us.nobody", 1); reply.Code() != ilp.F02 {
		t.Errorf("rejected with %s", reply.Code())
	}
	b.broken.Store(false)
	carl := btppeer.Join(t, f.url, "carl", "c")
	if reply := payFrom(t, alice, carl, "test.us.mini.carl", 3); !reply.Fulfilled() {
		t.Errorf("rejected with %s", reply.Code())
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	f := newHousehold(t, "")
	var lines strings.Builder
	for i := range 600 {
		fmt.Fprintf(&lines, `{"name":"c%d","token":"t%d"}`+"\n", i, i)
	}
	lines.WriteString("\n{\"name\":\"bad name\",\"token\":\"x\"}\n{\"name\":\"made\"}\n{\"name\":\"c5\",\"token\":\"other\"}\nno json\n{\"name\":\"x\",\"tokn\":\"y\"}")
	request, err := http.NewRequestWithContext(t.Context(), "POST", fmt.Sprintf("http://127.0.0.1:%d%s", f.port, ofMini), strings.NewReader(lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answers []admin.ChildLine
	for d := json.NewDecoder(response.Body); d.More(); {
		var l admin.ChildLine
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, l)
	}
	if response.StatusCode != 200 || len(answers) != 605 {
		t.Fatalf("%d, %d answers", response.StatusCode, len(answers))
	}
	for i, l := range answers[:600] {
		if l.Line != i+1 || l.Name != fmt.Sprintf("c%d", i) || !l.OK || !l.Created || l.Token != "" {
			t.Errorf("%+v", l)
		}
	}
	for i, want := range []string{`the name "bad name" must be`, "", "client c5: the client has another token", "the line is not an object", `the unknown member "tokn"`} {
		l := answers[600+i]
		if !strings.Contains(l.Error, want) || l.OK != (want == "") || l.Line != 602+i {
			t.Errorf("%+v, want %s", l, want)
		}
	}
	btppeer.Join(t, f.url, "made", answers[601].Token)
	btppeer.Join(t, f.url, "c599", "t599")
	f.want("GET", ofMini+"?after=c598&limit=1", "", 200, `{"known":601,"connected":2,"children":[{"name":"c599",`)
	f.want("GET", "/audit?limit=1", "", 200, `"what":"add children","accountId":"mini"`)
	f.want("GET", "/audit?limit=1", "", 200, `"details":{"created":"601","lines":"605","refused":"4"}`)
}

package xrpl

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	ownerText = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
	peerText  = "rKwCnwtM6et7BVaCZm97hbU8oXkoohReea"
	keyText   = "ED9BE8997EFFA0A6C6FE9244D0FF8B47D7BEE85A7AF2BC8390FA29474A6D085164"
	idText    = "9AA654DF5E98CEEBF2C42EE54C0CC60915F74FEDC5710C33071CD553644C465F"
)

// oracle answers requests with what a test says, and keeps them.
type oracle struct {
	mu     sync.Mutex
	answer map[string]string // a result or, if it begins with "error ", the rest of the message
	asked  []string
}

func (o *oracle) handle(s *side, r fakeRequest) bool {
	o.mu.Lock()
	text, ok := o.answer[r.Command]
	if ok {
		o.asked = append(o.asked, string(r.raw))
	}
	o.mu.Unlock()
	switch rest, fails := strings.CutPrefix(text, "error "); {
	case !ok:
		return false
	case fails:
		s.send(`{"id":%d,"type":"response","status":"error",%s}`, r.ID, rest)
	default:
		s.send(`{"id":%d,"type":"response","status":"success","result":%s}`, r.ID, text)
	}
	return true
}

func (o *oracle) says(command, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer[command], o.asked = text, nil
}

// wasAsked holds that the last request has these parts.
func (o *oracle) wasAsked(t *testing.T, parts ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range parts {
		if len(o.asked) == 0 || !strings.Contains(o.asked[len(o.asked)-1], p) {
			t.Errorf("asked %q, want %s", o.asked, p)
		}
	}
}

// withOracle runs a test with a client and what its server says.
func withOracle(t *testing.T, test func(*testing.T, *world, *oracle, *side)) {
	synctest.Test(t, func(t *testing.T) {
		o := &oracle{answer: make(map[string]string)}
		f := good()
		f.handle = o.handle
		w := start(t, nil, f)
		test(t, w, o, f.connection(t, 1))
		w.stop(t)
	})
}

func TestServerInfoIsRead(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, _ *side) {
		o.says("server_info", `{"info":{"network_id":1025,"server_state":"full","build_version":"3.0.0","complete_ledgers":"5-100","hostid":"A","load_factor":1.5,
			"validated_ledger":{"age":4,"base_fee_xrp":1e-05,"hash":"`+idText+`","reserve_base_xrp":1,"reserve_inc_xrp":0.2,"seq":100}}}`)
		got, err := w.ServerInfo(t.Context())
		hash, _ := ParseHash(idText)
		want := ServerInfo{1025, "full", "3.0.0", "5-100", false, ValidatedLedger{100, hash, 4 * time.Second, 10, 1_000_000, 200_000}}
		if err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
		o.says("server_info", `{"info":{"server_state":"connected"}}`)
		if got, err := w.ServerInfo(t.Context()); err != nil || got != (ServerInfo{State: "connected"}) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, text := range []string{`{"info":{"validated_ledger":{"base_fee_xrp":1e-9}}}`, `{"info":{"validated_ledger":{"base_fee_xrp":null}}}`, `{"info":[]}`, `7`} {
			o.says("server_info", text)
			if got, err := w.ServerInfo(t.Context()); !errors.Is(err, ErrLost) {
				t.Errorf("%s: %+v, %v", text, got, err)
			}
		}
	})
}

func TestFeesAreRead(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, _ *side) {
		const whole = `{"current_ledger_size":"14","drops":{"base_fee":"10","median_fee":"5000","minimum_fee":"11","open_ledger_fee":"12"},"ledger_current_index":101}`
		o.says("fee", whole)
		if got, err := w.Fee(t.Context()); err != nil || got != (Fees{10, 11, 5000, 12, 101}) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, cut := range []string{`"base_fee":"10",`, `"10"`, `"12"`} {
			o.says("fee", strings.Replace(strings.Replace(whole, cut, "", 1), ":,", ":7,", 1))
			if got, err := w.Fee(t.Context()); err == nil {
				t.Errorf("without %s: %+v", cut, got)
			}
		}
	})
}

func TestAccountsAreRead(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, _ *side) {
		owner, peer := mustAddress(t, ownerText), mustAddress(t, peerText)
		const whole = `{"account_data":{"Account":"` + ownerText + `","Balance":"99999","Flags":1048576,"OwnerCount":2,"Sequence":7,"RegularKey":"` + peerText +
			`","index":"A"},"ledger_index":100,"validated":true}`
		o.says("account_info", whole)
		got, err := w.AccountInfo(t.Context(), owner, Validated)
		if want := (Account{owner, 7, 99999, 2, AccountFlagDisableMaster, &peer, 100}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		o.wasAsked(t, `"account":"`+ownerText+`"`, `"ledger_index":"validated"`, `"api_version":2`)
		open := strings.Replace(whole, `"ledger_index":100,"validated":true`, `"ledger_current_index":101,"validated":false`, 1)
		o.says("account_info", open)
		if got, err := w.AccountInfo(t.Context(), owner, Current); err != nil || got.Ledger != 101 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := w.AccountInfo(t.Context(), owner, Validated); !errors.Is(err, ErrLost) {
			t.Errorf("an open ledger passes for a validated one: %+v, %v", got, err)
		}
		o.says("account_info", strings.Replace(whole, `"Sequence":7,`, ``, 1))
		if got, err := w.AccountInfo(t.Context(), owner, Validated); !errors.Is(err, ErrLost) {
			t.Errorf("without a sequence: %+v, %v", got, err)
		}
		o.says("account_info", whole)
		if got, err := w.AccountInfo(t.Context(), peer, Validated); !errors.Is(err, ErrLost) {
			t.Errorf("another account: %+v, %v", got, err)
		}
		o.says("account_info", `error "error":"actNotFound","error_code":19,"error_message":"Account not found."`)
		if got, err := w.AccountInfo(t.Context(), owner, Validated); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrLost) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

const entry = `{"Account":"` + ownerText + `","Amount":"5000","Balance":"1000","CancelAfter":800,"Destination":"` + peerText + `","DestinationTag":0,"Expiration":700,` +
	`"Flags":0,"LedgerEntryType":"PayChannel","OwnerNode":"0","PublicKey":"` + keyText + `","SettleDelay":3600,"SourceTag":11}`

func channelOf(t *testing.T) PaymentChannel {
	id, err := ParseHash(idText)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublicKey(keyText)
	if err != nil {
		t.Fatal(err)
	}
	return PaymentChannel{
		id, mustAddress(t, ownerText), mustAddress(t, peerText), 5000, 1000, public, 3600,
		new(uint32(700)), new(uint32(800)), new(uint32(11)), new(uint32(0)), 100,
	}
}

func TestChannelsAreRead(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, _ *side) {
		want := channelOf(t)
		const whole = `{"index":"` + idText + `","ledger_index":100,"validated":true,"node":` + entry + `}`
		o.says("ledger_entry", whole)
		got, err := w.Channel(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		o.wasAsked(t, `"payment_channel":"`+idText+`"`, `"ledger_index":"validated"`)
		for _, swap := range [][2]string{
			{`"index":"9A`, `"index":"9B`}, {`"validated":true`, `"validated":false`}, {`PayChannel`, `Check`}, {`"5000"`, `5000`},
			{`"5000"`, `{"currency":"USD","issuer":"` + ownerText + `","value":"1"}`}, {`"Amount":"5000",`, ``}, {`"Balance":"1000",`, ``}, {keyText, "00" + keyText[2:]}, {entry, `null`},
		} {
			o.says("ledger_entry", strings.Replace(whole, swap[0], swap[1], 1))
			if got, err := w.Channel(t.Context(), want.ID); !errors.Is(err, ErrLost) || errors.Is(err, ErrNotFound) {
				t.Errorf("with %s: %+v, %v", swap[1], got, err)
			}
		}
		o.says("ledger_entry", `error "error":"entryNotFound","error_code":21,"error_message":"Entry not found."`)
		if _, err := w.Channel(t.Context(), want.ID); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		o.says("ledger_entry", `error "error":"lgrNotFound","error_code":21`)
		if _, err := w.Channel(t.Context(), want.ID); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("a server without the ledger says nothing of the channel: %v", err)
		}
	})
}

// listed returns a channel as account_channels has it, with the number in its id.
func listed(n int, change ...string) string {
	text := `{"account":"` + ownerText + `","amount":"5000","balance":"1000","channel_id":"` + fmt.Sprintf("%064X", n) + `","destination_account":"` + peerText +
		`","public_key":"aKGKPVMgVvgVGcyNSDSdRjBhv28NuAA38KQHvFvS7JSbyVKz5XMW","public_key_hex":"` + keyText + `","settle_delay":3600}`
	return strings.NewReplacer(change...).Replace(text)
}

func TestAccountChannelsAreReadPageByPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		owner, peer := mustAddress(t, ownerText), mustAddress(t, peerText)
		var pages []string
		f := good()
		var asked []string
		f.handle = func(s *side, r fakeRequest) bool {
			if r.Command != "account_channels" {
				return false
			}
			asked = append(asked, string(r.raw))
			s.send(`{"id":%d,"status":"success","result":%s}`, r.ID, pages[min(len(asked), len(pages))-1])
			return true
		}
		w := start(t, nil, f)
		page := func(ledger int, marker string, channels ...string) string {
			return fmt.Sprintf(`{"account":%q,"channels":[%s],"ledger_index":%d,"validated":true%s}`, ownerText, strings.Join(channels, ","), ledger, marker)
		}
		ask := func(p ...string) ([]PaymentChannel, error) {
			pages, asked = p, nil
			return w.AccountChannels(t.Context(), owner, &peer)
		}
		got, err := ask(page(100, `,"marker":"a,0"`, listed(1), listed(2)), page(100, `,"marker":{"x":1}`), page(100, ``, listed(3, `"5000"`, `{"value":"1"}`), listed(4)))
		if err != nil || len(got) != 3 || got[2].ID[31] != 4 || got[0].Ledger != 100 || got[0].PublicKey.String() != keyText {
			t.Errorf("%+v, %v", got, err)
		}
		if len(asked) != 3 || !strings.Contains(asked[0], `"ledger_index":"validated"`) || !strings.Contains(asked[0], `"destination_account":"`+peerText+`"`) ||
			!strings.Contains(asked[1], `"ledger_index":100`) || !strings.Contains(asked[1], `"marker":"a,0"`) || !strings.Contains(asked[2], `"marker":{"x":1}`) {
			t.Errorf("asked %q", asked)
		}
		base58 := key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb").Public()
		got, err = ask(page(100, ``, listed(1, `"public_key_hex":"`+keyText+`",`, ``, "aKGKPVMgVvgVGcyNSDSdRjBhv28NuAA38KQHvFvS7JSbyVKz5XMW", encode58(publicVersion, base58[:]))))
		if err != nil || got[0].PublicKey != base58 {
			t.Errorf("a key in base58: %+v, %v", got, err)
		}
		if got, err = ask(page(100, ``)); err != nil || got != nil {
			t.Errorf("no channels: %+v, %v", got, err)
		}
		for name, p := range map[string][]string{
			"the same marker":     {page(100, `,"marker":"a"`, listed(1))},
			"another ledger":      {page(100, `,"marker":"a"`, listed(1)), page(101, ``)},
			"an open ledger":      {strings.Replace(page(100, ``), "true", "false", 1)},
			"another owner":       {page(100, ``, listed(1, ownerText, peerText))},
			"another destination": {page(100, ``, listed(1, peerText, ownerText))},
			"no amount":           {page(100, ``, listed(1, `"amount":"5000",`, ``))},
			"a balance of tokens": {page(100, ``, listed(1, `"1000"`, `{}`))},
			"more than asked for": {page(100, ``, strings.Repeat(listed(1)+",", pageMax)+listed(2))},
			"a fraction":          {page(100, ``, listed(1, `"1000"`, `"10.5"`))},
		} {
			if got, err := ask(p...); !errors.Is(err, ErrLost) || len(asked) > 2 {
				t.Errorf("%s: %+v, %v after %d pages", name, got, err, len(asked))
			}
		}
		n := 0
		f.handle = func(s *side, r fakeRequest) bool {
			if r.Command == "account_channels" {
				n++
				s.send(`{"id":%d,"result":%s}`, r.ID, page(100, fmt.Sprintf(`,"marker":%d`, n)))
			}
			return r.Command == "account_channels"
		}
		if _, err := w.AccountChannels(t.Context(), owner, nil); !errors.Is(err, ErrLost) || n != pagesMax {
			t.Errorf("pages without an end: %v after %d", err, n)
		}
		w.stop(t)
	})
}

func TestSubmissionsAreRead(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, _ *side) {
		tx := payment(t)
		blob, id, err := tx.Sign(key(t, "snoPBrXtMeMyMHUVTgbuqAfg1SUTb"))
		if err != nil {
			t.Fatal(err)
		}
		whole := `{"accepted":true,"account_sequence_available":8,"account_sequence_next":8,"applied":true,"broadcast":true,"engine_result":"tesSUCCESS",
			"engine_result_code":0,"engine_result_message":"Done.","hash":"` + id.String() + `","kept":true,"open_ledger_cost":"10","queued":false,
			"tx_json":{"Account":"x"},"validated_ledger_index":100}`
		o.says("submit", whole)
		got, err := w.Submit(t.Context(), blob, SubmitOptions{})
		if want := (Submitted{id, Success, "Done.", true, true, true, false, true, 10, 8, 100}); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
		o.wasAsked(t, `"tx_blob":"`+upperHex(blob)+`"`)
		o.mu.Lock()
		if strings.Contains(o.asked[0], "fail_hard") {
			t.Error("fail_hard is sent unasked")
		}
		o.mu.Unlock()
		if _, err := w.Submit(t.Context(), blob, SubmitOptions{FailHard: true}); err != nil {
			t.Error(err)
		}
		o.wasAsked(t, `"fail_hard":true`)
		o.says("submit", `{"engine_result":"tefPAST_SEQ","tx_json":{"hash":"`+id.String()+`"}}`)
		if got, err := w.Submit(t.Context(), blob, SubmitOptions{}); err != nil || got.Result.Class() != "tef" || got.ID != id {
			t.Errorf("%+v, %v", got, err)
		}
		for _, text := range []string{`{}`, `{"engine_result":"tesSUCCESS","hash":"` + idText + `"}`, `{"engine_result":"tesSUCCESS","tx_json":{"hash":"` + idText + `"}}`} {
			o.says("submit", text)
			if got, err := w.Submit(t.Context(), blob, SubmitOptions{}); !errors.Is(err, ErrLost) {
				t.Errorf("%s: %+v, %v", text, got, err)
			}
		}
		if Result("te").Class() != "te" || Result("").Class() != "" {
			t.Error("a short result has another class")
		}
	})
}

func TestOutcomesAreRead(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, s *side) {
		v := readVectors(t).Transactions
		id := v[3].Hash
		meta := `{"TransactionResult":"tecUNFUNDED_PAYMENT","AffectedNodes":[
			{"ModifiedNode":{"LedgerEntryType":"AccountRoot","LedgerIndex":"` + idText + `","FinalFields":{"Account":"x","Balance":"1"}}},
			{"CreatedNode":{"LedgerEntryType":"PayChannel","LedgerIndex":"` + idText + `","NewFields":` + strings.Replace(strings.Replace(entry, `"Balance":"1000",`, ``, 1), `"LedgerEntryType":"PayChannel",`, ``, 1) + `}},
			{"ModifiedNode":{"LedgerEntryType":"PayChannel","LedgerIndex":"` + idText + `","FinalFields":` + entry + `,"PreviousFields":{"Balance":"1"}}},
			{"ModifiedNode":{"LedgerEntryType":"PayChannel","LedgerIndex":"` + idText + `"}},
			{"ModifiedNode":{"LedgerEntryType":"PayChannel","LedgerIndex":"` + idText + `","FinalFields":{"Amount":{"value":"1"}}}},
			{"DeletedNode":{"LedgerEntryType":"PayChannel","LedgerIndex":"` + idText + `","FinalFields":` + entry + `}}]}`
		whole := `{"close_time_iso":"2024-05-06T07:08:09Z","hash":"` + id.String() + `","ledger_index":99,"meta":` + meta + `,"tx_json":` + string(v[3].JSON) + `,"validated":true}`
		o.says("tx", whole)
		got, err := w.Tx(t.Context(), id, 50, 120)
		if err != nil {
			t.Fatal(err)
		}
		o.wasAsked(t, `"transaction":"`+id.String()+`"`, `"min_ledger":50`, `"max_ledger":120`, `"binary":false`)
		channel := channelOf(t)
		channel.Ledger = 0
		fresh := channel
		fresh.Balance = 0
		want := []ChannelChange{{fresh, true, false}, {channel, false, false}, {channel, false, true}}
		if !reflect.DeepEqual(got.Channels, want) {
			t.Errorf("channels %+v, want %+v", got.Channels, want)
		}
		if got.ID != id || !got.Validated || got.Result != "tecUNFUNDED_PAYMENT" || got.Ledger != 99 || !got.CloseTime.Equal(time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)) ||
			got.Type != "PaymentChannelFund" || got.Transaction == nil || got.Transaction.VerifySignature() != nil || got.Account != got.Transaction.Account {
			t.Errorf("%+v", got)
		}
		o.says("tx", `{"hash":"`+id.String()+`","tx_json":`+string(v[3].JSON)+`}`)
		if got, err := w.Tx(t.Context(), id, 50, 120); err != nil || got.Validated || got.Ledger != 0 || got.Result != "" {
			t.Errorf("one that is in no ledger yet: %+v, %v", got, err)
		}
		for _, swap := range [][2]string{
			{id.String(), idText}, {`"ledger_index":99,`, ``}, {meta, `"AB"`}, {`"meta":` + meta + `,`, ``}, {string(v[3].JSON), `"AB"`}, {`"TransactionResult":"tecUNFUNDED_PAYMENT",`, ``},
			{`"hash":"` + id.String() + `",`, ``},
		} {
			o.says("tx", strings.Replace(whole, swap[0], swap[1], 1))
			if got, err := w.Tx(t.Context(), id, 50, 120); !errors.Is(err, ErrLost) {
				t.Errorf("with %.80s: %+v, %v", swap[1], got, err)
			}
		}
		for _, r := range [][2]uint32{{5, 4}, {1, 1001}} {
			if _, err := w.Tx(t.Context(), id, r[0], r[1]); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("range %v: %v", r, err)
			}
		}
	})
}

// Whoever takes "not found" for final too early pays twice.
func TestATransactionIsAbsentOnlyWhenAllLedgersWereSearched(t *testing.T) {
	withOracle(t, func(t *testing.T, w *world, o *oracle, s *side) {
		const notFound = `error "error":"txnNotFound","error_code":29,"error_message":"Transaction not found."`
		for _, c := range []struct {
			text   string
			last   uint32
			absent bool
		}{
			{notFound, 100, false},
			{notFound + `,"searched_all":false`, 100, false},
			{notFound + `,"searched_all":true`, 101, false}, // no ledger 101 yet
			{notFound + `,"searched_all":true`, 100, true},
		} {
			o.says("tx", c.text)
			_, err := w.Tx(t.Context(), Hash{1}, 90, c.last)
			if !errors.Is(err, ErrNotFound) || errors.Is(err, ErrAbsent) != c.absent {
				t.Errorf("%s up to %d: %v", c.text, c.last, err)
			}
		}
		s.ledger(101)
		synctest.Wait()
		if _, err := w.Tx(t.Context(), Hash{1}, 90, 101); !errors.Is(err, ErrAbsent) {
			t.Error(err)
		}
		o.says("tx", `error "error":"lgrIdxInvalid","searched_all":true`)
		if _, err := w.Tx(t.Context(), Hash{1}, 90, 101); errors.Is(err, ErrNotFound) {
			t.Errorf("another error is taken for not found: %v", err)
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"id":1,"result":{}}`))
	f.Add([]byte(`{"error":"slowDown"}`))
	f.Add(fmt.Appendf(nil, outcomeText, 1, 1))
	f.Add([]byte(`{"type":"ledgerClosed","ledger_index":7,"ledger_hash":"` + idText + `"}`))
	f.Add([]byte(`{"type":"transaction","validated":true,"hash":"` + idText + `","ledger_index":1,"meta":{"TransactionResult":"t","AffectedNodes":[{"CreatedNode":{"LedgerEntryType":"PayChannel","NewFields":` + entry + `}}]},"tx_json":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := NewClient(Options{Servers: []string{"ws://a"}, Events: func(Event) {}})
		if err != nil {
			t.Fatal(err)
		}
		s := newSession(t.Context(), c, c.servers[0], nil)
		s.pending[1] = &request{done: make(chan answer, 1)}
		s.live = true
		if err := s.take(text); err != nil {
			var why *Left
			if !errors.As(err, &why) || why.Reason == "" || len(why.Detail) > textMax || why.Detail != printable(why.Detail) {
				t.Errorf("%q: %+v", text, err)
			}
		}
		var page channelPage
		if json.Unmarshal(text, &page) == nil {
			_, _ = page.check(AccountID{}, nil)
		}
		s.end(nil)
	})
}

package xrplsim_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

type request = map[string]any

// expect checks some places of an answer, which are given as their JSON.
func (a answer) expect(t *testing.T, want map[string]string) {
	t.Helper()
	for path, value := range want {
		got, err := json.Marshal(a.at(path))
		if err != nil || string(got) != value {
			t.Errorf("%s is %s, want %s, in %v", path, got, value, a)
		}
	}
}

func TestServerCommands(t *testing.T) {
	l := start(t, xrplsim.Options{First: 40, NetworkID: 5, BaseFee: 12})
	c := dial(t, l)
	l.CloseLedger()
	l.SetFees(12, 3000)
	c.ask(request{"command": "ping"}).expect(t, map[string]string{"status": `"success"`, "type": `"response"`, "result": "{}"})
	c.ask(request{"command": "server_info", "api_version": 2}).expect(t, map[string]string{
		"api_version": "2", "result.info.complete_ledgers": `"40-41"`, "result.info.network_id": "5", "result.info.load_factor": "1",
		"result.info.validated_ledger.seq": "41", "result.info.validated_ledger.base_fee_xrp": "1.2e-05",
		"result.info.validated_ledger.reserve_base_xrp": "1", "result.info.validated_ledger.reserve_inc_xrp": "0.2",
	})
	c.ask(request{"command": "server_state"}).expect(t, map[string]string{
		"result.state.validated_ledger.reserve_inc": "200000", "result.state.validated_ledger.base_fee": "12",
	})
	c.ask(request{"command": "fee"}).expect(t, map[string]string{
		"result.drops.base_fee": `"12"`, "result.drops.open_ledger_fee": `"3000"`, "result.ledger_current_index": "42",
	})
	c.ask(request{"command": "ledger_accept"}).expect(t, map[string]string{"result.ledger_current_index": "43"})
	c.ask(request{"command": "ledger", "ledger_index": "validated"}).expect(t, map[string]string{
		"result.ledger_index": "42", "result.ledger.ledger_index": `"42"`, "result.validated": "true", "result.ledger.close_time_resolution": "10",
	})
	c.ask(request{"command": "ledger", "ledger_index": 39}).expect(t, map[string]string{"error": `"lgrNotFound"`, "status": `"error"`})
	c.ask(request{"command": "channel_authorize"}).expect(t, map[string]string{"error": `"unknownCmd"`, "error_code": "32"})
	c.ask(request{"command": "ping", "api_version": 9}).expect(t, map[string]string{"error": `"invalid_API_version"`})
}

func TestAmountsInXRP(t *testing.T) {
	for drops, want := range map[xrpl.Drops]string{1: "1e-06", 10: "1e-05", 12: "1.2e-05", 100: "0.0001", 200_000: "0.2", 1_000_000: "1", 12_345_678: "12.345678"} {
		l := xrplsim.New(xrplsim.Options{BaseFee: drops})
		dial(t, l).ask(request{"command": "server_info"}).expect(t, map[string]string{"result.info.validated_ledger.base_fee_xrp": want})
		l.Close()
	}
}

func TestAccountsAndChannels(t *testing.T) {
	l := start(t, xrplsim.Options{PageSize: 2})
	owner, to := newParty(t, l, "owner", 100*xrp), newParty(t, l, "destination", 100*xrp)
	c := dial(t, l)
	var ids []string
	for range 5 {
		ids = append(ids, owner.open(to, xrp, 3600).String())
	}
	slices.Sort(ids)
	var listed []string
	ask := request{"command": "account_channels", "account": owner.id, "destination_account": to.id, "ledger_index": "validated"}
	for pages := 1; ; pages++ {
		a := c.ask(ask)
		for _, one := range a.at("result.channels").([]any) {
			channel := answer(one.(map[string]any))
			listed = append(listed, channel["channel_id"].(string))
			key, err := xrpl.ParsePublicKey(channel["public_key"].(string))
			if err != nil || key != owner.key.Public() {
				t.Errorf("the key in base58 is %v: %v", key, err)
			}
			channel.expect(t, map[string]string{"amount": `"1000000"`, "balance": `"0"`, "settle_delay": "3600"})
		}
		marker := a.at("result.marker")
		if marker == nil {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		ask["marker"] = marker
	}
	if !slices.Equal(listed, ids) {
		t.Errorf("listed %v, want %v", listed, ids)
	}
	a := c.ask(request{"command": "ledger_entry", "payment_channel": ids[0], "ledger_index": "validated"})
	a.expect(t, map[string]string{
		"result.node.LedgerEntryType": `"PayChannel"`, "result.node.Amount": `"1000000"`, "result.node.Expiration": "null",
		"result.node.Account": fmt.Sprintf("%q", owner.id), "result.validated": "true", "result.index": fmt.Sprintf("%q", ids[0]),
	})
	root := c.ask(request{"command": "ledger_entry", "account_root": owner.id})
	c.ask(request{"command": "ledger_entry", "index": root.at("result.index")}).expect(t, map[string]string{
		"result.node.LedgerEntryType": `"AccountRoot"`, "result.node.OwnerCount": "5",
	})
	c.ask(request{"command": "ledger_entry", "index": strings.Repeat("0", 64)}).expect(t, map[string]string{"error": `"entryNotFound"`})
	c.ask(request{"command": "account_info", "account": owner.id}).expect(t, map[string]string{
		"result.account_data.Sequence": "6", "result.account_data.Balance": `"94999950"`, "result.ledger_current_index": "7",
	})
	nobody := newParty(t, l, "nobody", 0)
	c.ask(request{"command": "account_info", "account": nobody.id}).expect(t, map[string]string{"error": `"actNotFound"`})
	c.ask(request{"command": "account_info", "account": "rubbish"}).expect(t, map[string]string{"error": `"actMalformed"`})
	c.ask(request{"command": "account_channels", "account": nobody.id}).expect(t, map[string]string{"error": `"actNotFound"`})
}

func TestChannelVerify(t *testing.T) {
	l, owner, to := two(t)
	c := dial(t, l)
	id := xrpl.ChannelID(owner.id, to.id, 1)
	claim := owner.claim(id, 5)
	for amount, want := range map[string]string{"5": "true", "6": "false"} {
		c.ask(request{
			"command": "channel_verify", "channel_id": id, "amount": amount, "signature": claim.Signature, "public_key": claim.PublicKey,
		}).expect(t, map[string]string{"result.signature_verified": want})
	}
	c.ask(request{"command": "channel_verify", "channel_id": id, "amount": "x", "signature": claim.Signature, "public_key": claim.PublicKey}).
		expect(t, map[string]string{"error": `"channelAmtMalformed"`})
}

// What submit and tx say, in both versions of the API.
func TestSubmitAndTx(t *testing.T) {
	for version := 1; version <= 2; version++ {
		l := start(t, xrplsim.Options{First: 7, Clio: true})
		one, other := newParty(t, l, "one", 100*xrp), newParty(t, l, "other", 100*xrp)
		c := dial(t, l)
		blob, id := one.sign(pay(other, 7))
		hash := fmt.Sprintf("%q", id)
		places := map[int][2]string{1: {"result.tx_json.hash", "result.Amount"}, 2: {"result.hash", "result.tx_json.DeliverMax"}}[version]
		a := c.ask(request{"command": "submit", "tx_blob": hex.EncodeToString(blob), "api_version": version})
		a.expect(t, map[string]string{
			places[0]: hash, "result.engine_result": `"tesSUCCESS"`, "result.engine_result_code": "0", "result.applied": "true",
			"result.account_sequence_next": "8", "result.open_ledger_cost": `"10"`,
		})
		ask := request{"command": "tx", "transaction": id, "min_ledger": 7, "max_ledger": 8, "api_version": version}
		c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "false"})
		l.CloseLedger()
		a = c.ask(ask)
		a.expect(t, map[string]string{
			"result.validated": "true", "result.hash": hash, "result.ledger_index": "8", places[1]: `"7"`,
			"result.meta.TransactionResult": `"tesSUCCESS"`, "result.meta.TransactionIndex": "0", "result.meta.delivered_amount": `"7"`,
		})
		if nodes := a.at("result.meta.AffectedNodes").([]any); len(nodes) != 2 {
			t.Errorf("%d nodes are affected, want 2", len(nodes))
		}
		ask["transaction"] = strings.Repeat("A", 64)
		c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "true"})
		ask["max_ledger"] = 9 // is not there yet
		c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "false"})
		ask["max_ledger"] = 2000
		c.ask(ask).expect(t, map[string]string{"error": `"excessiveLgrRange"`})
		delete(ask, "min_ledger")
		c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "null"})
		c.ask(request{"command": "submit", "tx_blob": "12", "api_version": version}).expect(t, map[string]string{"error": `"invalidTransaction"`})
	}
}

// rippled keeps what was submitted, so tx does not say that a transaction can never be validated.
// And it does not count ledgers without transactions as searched.
func TestTxOfRippledDoesNotSayNever(t *testing.T) {
	for version := 1; version <= 2; version++ {
		l, one, other := two(t)
		c := dial(t, l)
		l.Hold(func(tx *xrpl.Transaction) bool { return tx.LastLedgerSequence == 9 })
		lost := pay(other, 7)
		lost.LastLedgerSequence, lost.Sequence = 9, one.next
		blob, id := one.sign(lost)
		l.Submit(blob)
		ask := request{"command": "tx", "transaction": id, "min_ledger": 8, "max_ledger": 9, "api_version": version}
		for range 4 {
			c.ask(ask).expect(t, map[string]string{"result.validated": "false", "result.meta": "null", "result.hash": fmt.Sprintf("%q", id), "searched_all": "null"})
			l.CloseLedger()
		}
		l.Sweep()
		c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "false"})
		for range 2 {
			other.must("tesSUCCESS", pay(one, 1))
		}
		ask["min_ledger"], ask["max_ledger"] = l.Index()-1, l.Index()
		c.ask(ask).expect(t, map[string]string{"error": `"txnNotFound"`, "searched_all": "true"})
		// The sequence number in a validated ledger says it: nothing has used it.
		c.ask(request{"command": "account_info", "account": one.id, "ledger_index": "validated"}).
			expect(t, map[string]string{"result.account_data.Sequence": "7", "result.ledger_index": "13"})
	}
}

func TestAccountTxIsPaged(t *testing.T) {
	l := start(t, xrplsim.Options{PageSize: 2})
	one, other := newParty(t, l, "one", 100*xrp), newParty(t, l, "other", 100*xrp)
	var ids []string
	for range 5 {
		blob, id := one.sign(pay(other, 7))
		l.Submit(blob)
		if len(ids)%2 == 0 {
			l.CloseLedger()
		}
		ids = append(ids, id.String())
	}
	slices.Reverse(ids)
	for version := 1; version <= 2; version++ {
		c := dial(t, l)
		var got []string
		ask := request{"command": "account_tx", "account": other.id, "api_version": version}
		for {
			a := c.ask(ask)
			for _, e := range a.at("result.transactions").([]any) {
				path := map[int]string{1: "tx.hash", 2: "hash"}[version]
				got = append(got, answer(e.(map[string]any)).at(path).(string))
			}
			if ask["marker"] = a.at("result.marker"); ask["marker"] == nil {
				break
			}
		}
		if !slices.Equal(got, ids) {
			t.Errorf("version %d: %v, want %v", version, got, ids)
		}
	}
}

// The metadata of a channel's life, as far as clients read it.
func TestMetadataOfChannels(t *testing.T) {
	l, owner, to := two(t)
	c := dial(t, l)
	node := func(kind, entry string) answer {
		all := l.Transactions()
		a := c.ask(request{"command": "tx", "transaction": all[len(all)-1].ID})
		for _, n := range a.at("result.meta.AffectedNodes").([]any) {
			if found, ok := n.(map[string]any)[kind].(map[string]any); ok && found["LedgerEntryType"] == entry {
				return found
			}
		}
		t.Fatalf("no %s of a %s: %v", kind, entry, a)
		return nil
	}
	id := owner.open(to, 10*xrp, 3600)
	name := fmt.Sprintf("%q", id)
	node("CreatedNode", "PayChannel").expect(t, map[string]string{"LedgerIndex": name, "NewFields.Amount": `"10000000"`, "NewFields.Balance": "null"})
	node("ModifiedNode", "AccountRoot").expect(t, map[string]string{"PreviousFields.OwnerCount": "0", "FinalFields.OwnerCount": "1"})
	to.must("tesSUCCESS", owner.claim(id, xrp))
	node("ModifiedNode", "PayChannel").expect(t, map[string]string{"LedgerIndex": name, "PreviousFields.Balance": `"0"`, "FinalFields.Balance": `"1000000"`, "PreviousFields.Amount": "null"})
	last := owner.claim(id, 2*xrp)
	last.Flags = xrpl.FlagClose
	to.must("tesSUCCESS", last)
	node("DeletedNode", "PayChannel").expect(t, map[string]string{"LedgerIndex": name, "PreviousFields.Balance": `"1000000"`, "FinalFields.Balance": `"2000000"`})
}

func TestSubscriptions(t *testing.T) {
	l, one, other := two(t)
	third := newParty(t, l, "third", 100*xrp)
	c := dial(t, l)
	c.ask(request{"command": "subscribe", "streams": []string{"ledger"}, "accounts": []any{other.id}}).expect(t, map[string]string{
		"result.ledger_index": "7", "result.fee_base": "10", "result.reserve_inc": "200000", "result.validated_ledgers": `"7"`,
	})
	newer := dial(t, l)
	newer.ask(request{"command": "subscribe", "accounts": []any{one.id}, "api_version": 2})
	one.must("tesSUCCESS", pay(third, 5)) // is not told to the first client
	one.must("tesSUCCESS", pay(other, 6))
	c.message().expect(t, map[string]string{"type": `"ledgerClosed"`, "ledger_index": "8", "txn_count": "1"})
	c.message().expect(t, map[string]string{"type": `"ledgerClosed"`, "ledger_index": "9", "validated_ledgers": `"7-9"`})
	hash := fmt.Sprintf("%q", l.Transactions()[1].ID)
	c.message().expect(t, map[string]string{
		"type": `"transaction"`, "validated": "true", "transaction.hash": hash, "transaction.Amount": `"6"`, "engine_result": `"tesSUCCESS"`,
		"meta.TransactionResult": `"tesSUCCESS"`, "ledger_index": "9",
	})
	newer.message()
	newer.message().expect(t, map[string]string{"type": `"transaction"`, "hash": hash, "tx_json.DeliverMax": `"6"`, "transaction": "null", "tx_json.hash": "null"})
	c.ask(request{"command": "unsubscribe", "streams": []string{"ledger"}, "accounts": []any{other.id}})
	one.must("tesSUCCESS", pay(other, 6))
	c.ask(request{"command": "ping"})
	if len(c.missed) != 0 {
		t.Errorf("after unsubscribe came %v", c.missed)
	}
	c.ask(request{"command": "subscribe", "streams": []string{"weather"}}).expect(t, map[string]string{"error": `"malformedStream"`})
}

func TestClockThatRuns(t *testing.T) {
	l := start(t, xrplsim.Options{CloseEvery: time.Millisecond})
	c := dial(t, l)
	c.ask(request{"command": "subscribe", "streams": []string{"ledger"}})
	for range 3 {
		c.message().expect(t, map[string]string{"type": `"ledgerClosed"`})
	}
	l.Pause(true)
	before := l.Index()
	one, other := newParty(t, l, "one", 100*xrp), newParty(t, l, "other", 100*xrp)
	blob, _ := one.sign(pay(other, 1))
	c.submit(blob).expect(t, map[string]string{"result.applied": "true"})
	if l.Index() != before {
		t.Error("a ledger closed in the pause")
	}
	c.missed = nil
	l.Pause(false)
	for c.message().at("txn_count") != json.Number("1") {
		continue
	}
}

func TestCloseOnSubmit(t *testing.T) {
	l := start(t, xrplsim.Options{CloseOnSubmit: true})
	c := dial(t, l)
	one, other := newParty(t, l, "one", 100*xrp), newParty(t, l, "other", 100*xrp)
	blob, _ := one.sign(pay(other, 1))
	c.submit(blob).expect(t, map[string]string{"result.applied": "true", "result.validated_ledger_index": "1"})
	c.ask(request{"command": "server_info"}).expect(t, map[string]string{"result.info.validated_ledger.seq": "2"})
	c.submit(blob).expect(t, map[string]string{"result.engine_result": `"tefPAST_SEQ"`})
	if l.Index() != 2 || l.Balance(other.id) != 100*xrp+1 {
		t.Errorf("ledger %d, balance %d", l.Index(), l.Balance(other.id))
	}
}

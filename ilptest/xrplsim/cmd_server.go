package xrplsim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

const buildVersion = "2.4.0"

func (l *Ledger) ping(*client, *Request) (object, *refusal) { return object{}, nil }

// serverInfo says amounts in XRP, as JSON numbers.
func (l *Ledger) serverInfo(*client, *Request) (object, *refusal) {
	v := l.validated()
	info := object{
		"build_version": buildVersion, "complete_ledgers": l.ranges(), "hostid": "SIMU",
		"server_state": "full", "peers": 1, "uptime": 1000, "validation_quorum": 1,
		"load_factor": 1, "time": l.now().UTC().Format("2006-Jan-02 15:04:05.000000 UTC"),
		"pubkey_node": "n9KUjqxCr5FKThSNXdzb7oqN8rYwScB2dUnNqxQxbEA17JkaWy5x",
		"last_close":  object{"converge_time_s": 2, "proposers": 1},
		"validated_ledger": object{
			"age": max(0, xrpl.Seconds(l.now())-min(v.closeTime, xrpl.Seconds(l.now()))), "hash": v.hash, "seq": v.index,
			"base_fee_xrp": inXRP(l.rules.baseFee), "reserve_base_xrp": inXRP(l.rules.reserveBase), "reserve_inc_xrp": inXRP(l.rules.reserveEach),
		},
	}
	if l.rules.networkID != 0 {
		info["network_id"] = l.rules.networkID
	}
	return object{"info": info}, nil
}

// serverState says the same as serverInfo, in drops.
func (l *Ledger) serverState(*client, *Request) (object, *refusal) {
	v := l.validated()
	return object{"state": object{
		"build_version": buildVersion, "complete_ledgers": l.ranges(), "server_state": "full",
		"load_base": 256, "load_factor": 256, "load_factor_server": 256, "network_id": l.rules.networkID, "peers": 1, "uptime": 1000,
		"validated_ledger": object{
			"base_fee": uint64(l.rules.baseFee), "reserve_base": uint64(l.rules.reserveBase), "reserve_inc": uint64(l.rules.reserveEach),
			"close_time": v.closeTime, "hash": v.hash, "seq": v.index,
		},
	}}, nil
}

func (l *Ledger) fee(*client, *Request) (object, *refusal) {
	r := l.rules
	return object{
		"current_ledger_size": strconv.Itoa(len(l.open.transactions)), "current_queue_size": strconv.Itoa(len(l.open.held)),
		"drops": object{
			"base_fee": r.baseFee, "minimum_fee": r.baseFee, "median_fee": r.baseFee * 500, "open_ledger_fee": r.openFee,
		},
		"expected_ledger_size": "100", "max_queue_size": "2000", "ledger_current_index": l.open.index,
		"levels": object{
			"reference_level": "256", "minimum_level": "256", "median_level": "128000",
			"open_ledger_level": strconv.FormatUint(uint64(r.openFee)*256/uint64(r.baseFee), 10),
		},
	}, nil
}

// inXRP writes drops as a number of XRP, as rippled does: 10 drops are 1e-05.
func inXRP(d xrpl.Drops) json.Number {
	digits := strconv.FormatUint(uint64(d), 10)
	if d != 0 && d < 100 {
		exponent := "e-0" + strconv.Itoa(6-len(digits)+1)
		if fraction := strings.TrimRight(digits[1:], "0"); fraction != "" {
			return json.Number(digits[:1] + "." + fraction + exponent)
		}
		return json.Number(digits[:1] + exponent)
	}
	digits = strings.Repeat("0", max(0, 7-len(digits))) + digits
	whole, fraction := digits[:len(digits)-6], strings.TrimRight(digits[len(digits)-6:], "0")
	if fraction == "" {
		return json.Number(whole)
	}
	return json.Number(whole + "." + fraction)
}

// iso writes a time of the ledger as close_time_iso does.
func iso(seconds uint32) string { return xrpl.Time(seconds).Format(time.RFC3339) }

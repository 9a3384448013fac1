package connector_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// counting is a middleware that counts for an account and for others that do not exist, with labels of all kinds.
const counting = `module.exports = class {
  constructor (options, { stats, getInfo }) {
    this.stats = stats
    this.getInfo = getInfo
  }

  applyToPipelines (pipelines, accountId) {
    const account = { accountId, accountInfo: this.getInfo(accountId) }
    const { stats } = this
    for (let i = 0; i < 1000; i++) {
      stats.incomingDataPackets.increment(account, { result: 'fulfilled' })
      stats.incomingDataPackets.increment(account, { result: 'invented ' + i })
      stats.incomingDataPackets.increment({ accountId: 'nobody ' + i }, { result: 'fulfilled' })
    }
    stats.incomingDataPacketValue.increment(account, { result: 'failed' }, 2.5)
    stats.incomingDataPacketValue.increment(account, { result: 'failed' }, 1e300)
    stats.outgoingDataPackets.increment(account, { result: 'rejected', code: 'T04' }, 3)
    stats.rateLimitedPackets.increment(account, {})
    stats.incomingMoney.setValue(account, { result: 'succeeded' }, 1)
    stats.incomingMoney.setValue(account, { result: 'succeeded' }, 5)
    stats.outgoingMoney.setValue(account, { result: 'succeeded' }, NaN)
    stats.balance.setValue(account, {}, -7)
    const errors = []
    for (const f of [
      () => stats.rateLimitedPackets.increment(account, {}, -1),
      () => stats.rateLimitedPackets.increment(account, {}, '1'),
      () => stats.rateLimitedPackets.increment(account, { result: 'x' }),
      () => stats.balance.setValue(account, {}, '1')
    ]) {
      try { f() } catch (e) { errors.push(e.name + ': ' + e.message) }
    }
    const want = 'Error: It is not possible to decrease a counter|TypeError: Value is not a valid number: 1|' +
      "Error: Added label \"result\" is not included in initial labelset: [ 'account', 'asset', 'scale' ]|TypeError: Value is not a valid number: 1"
    if (errors.join('|') !== want) throw new Error(errors.join('|'))
  }
}`

// What a hosted middleware counts is in the metrics, bounded whatever it says.
func TestStatsOfHostedMiddlewaresAreInTheMetrics(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counting.js")
	if err := os.WriteFile(file, []byte(counting), 0o600); err != nil {
		t.Fatal(err)
	}
	h := startHosted(t, fmt.Sprintf("middlewares: {m: {type: %q}}\n", file), hostedAccount{id: "alice"})
	const alice = `{account="alice",asset="USD",`
	sample := func(name, labels string) string { return "ilp_connector_" + name + alice + labels + `scale="9"} ` }
	var body string
	await(t, "the metrics", func() bool {
		status, text := ask(t, h.port, "GET", "/metrics", "")
		body = text
		return status == http.StatusOK && strings.Contains(body, sample("balance", "")+"-7\n")
	})
	for _, want := range []string{
		sample("incoming_ilp_packets", `result="fulfilled",`) + "1000\n",
		sample("incoming_ilp_packets", `result="other",`) + "1000\n",
		sample("outgoing_ilp_packets", `code="T04",result="rejected",`) + "3\n",
		sample("rate_limited_ilp_packets", "") + "1\n",
		sample("incoming_money", `result="succeeded",`) + "5\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	for _, not := range []string{"nobody", "invented", "outgoing_money{", "incoming_ilp_packet_value{"} {
		if strings.Contains(body, not) {
			t.Errorf("%s is in\n%s", not, body)
		}
	}
}

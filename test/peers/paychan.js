'use strict';

// paychan.js is two instances of the npm ilp-plugin-xrp-paychan that peer with each other, and pay each other on the ledger
// whose server has the URL that the first argument says. The server closes ledgers when it is told to. The steps are below.
// It prints one line of JSON at the end:
//
//   node paychan.js URL PORT SECRET SECRET

const PluginXrpPaychan = require('ilp-plugin-xrp-paychan');

const [url, port, ...secrets] = process.argv.slice(2);

const plugins = [];

// plugin makes an instance that counts the money it is paid.
function plugin (secret, options) {
  const values = new Map();
  const _store = { get: async (key) => values.get(key), put: async (key, value) => values.set(key, value), del: async (key) => values.delete(key) };
  const p = new PluginXrpPaychan({ xrpServer: url, secret, channelAmount: 1000000, fundThreshold: 0.6, _store, ...options });
  p.paid = 0;
  p.registerDataHandler(async (data) => data);
  p.registerMoneyHandler(async (amount) => { p.paid += Number(amount); });
  plugins.push(p);
  return watched(p);
}

// Ledgers close when a plugin awaits a transaction, and never between a submission and the moment at which the plugin knows
// its answer: the plugin does not survive that order.
let submitting = 0;
let closing = null;

function watched (p) {
  const submit = p._api.submit.bind(p._api);
  p._api.submit = async (...args) => {
    while (closing) await closing;
    submitting++;
    try {
      return await submit(...args);
    } finally {
      setTimeout(() => submitting--, 0);
    }
  };
  return p;
}

setInterval(() => {
  const waiting = plugins.find((p) => p._api.isConnected() && Object.keys(p._txSubmitter._pendingTxPromises).length > 0);
  if (closing || submitting > 0 || !waiting) return;
  // The plugin may disconnect upon what this brings, before the answer to this itself has come.
  closing = waiting._api.connection.request({ command: 'ledger_accept' }).catch(() => {}).finally(() => { closing = null; });
}, 20);

// until awaits a condition. It fails after 40 seconds.
async function until (what, condition) {
  for (let i = 0; !condition(); i++) {
    if (i === 2000) throw new Error('still not: ' + what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function run () {
  const alice = plugin(secrets[0], { listener: { port: Number(port), secret: 'shared' } });
  const bob = plugin(secrets[1], { server: `btp+ws://:shared@127.0.0.1:${port}` });
  await Promise.all([alice.connect(), bob.connect()]);
  const channels = [alice._outgoingChannel, bob._outgoingChannel];

  // A packet each way lets them learn of the channel of the other.
  for (const p of [alice, bob]) await p.sendData(Buffer.from('packet'));

  await alice.sendMoney('300000');
  await bob.sendMoney('200000');

  // Above 0.6 of its channel alice puts in as much again, which bob has to learn before he takes more than the first million.
  await alice.sendMoney('400000');
  await until('funded', () => alice._outgoingChannelDetails.amount === '2' && bob._incomingChannelDetails.amount === '2');
  await alice.sendMoney('450000');

  const paid = [alice.paid, bob.paid];
  await bob.disconnect(); // takes his claim to the ledger
  const claimed = [];
  for (const channel of channels) {
    const details = await alice._api.getPaymentChannel(channel);
    claimed.push({ channel, amount: details.amount, balance: details.balance });
  }
  await alice.disconnect();
  console.log(JSON.stringify({ paid, claimed }));
  process.exit(0);
}

run().catch((error) => {
  console.error(error);
  process.exit(1);
});

'use strict';

// rippled.js stands in for a server of the XRP Ledger, as far as plugins with payment channels need one to connect: every
// account has money, and every transaction succeeds. It runs in a folder whose node_modules has ripple-lib:
//
//   node rippled.js PORT RECORD
//
// RECORD is a file as the probes write it, with a line for each transaction.

const fs = require('fs');
const crypto = require('crypto');

const from = (name) => require(require.resolve(name, { paths: [process.cwd()] }));
const WebSocket = from('ws');
const binary = from('ripple-binary-codec');
const addresses = from('ripple-address-codec');

const [port, record] = process.argv.slice(2);
const channels = new Map();
const sequences = new Map();
let ledger = 1000;

function saw (what, ...args) {
  fs.appendFileSync(record, JSON.stringify({ probe: 'rippled', what, args: args.map((arg) => JSON.stringify(arg)) }) + '\n');
}

// channelId is the id of a channel, as the ledger computes it.
function channelId ({ Account, Destination, Sequence }) {
  const sequence = Buffer.alloc(4);
  sequence.writeUInt32BE(Sequence);
  const parts = [Buffer.from('\0x'), Buffer.from(addresses.decodeAccountID(Account)), Buffer.from(addresses.decodeAccountID(Destination)), sequence];
  return crypto.createHash('sha512').update(Buffer.concat(parts)).digest().slice(0, 32).toString('hex').toUpperCase();
}

// apply carries out a transaction, and returns its hash.
function apply (blob, transaction) {
  saw('submit', transaction.TransactionType);
  sequences.set(transaction.Account, transaction.Sequence + 1);
  if (transaction.TransactionType === 'PaymentChannelCreate') {
    const { Account, Amount, Destination, PublicKey, SettleDelay } = transaction;
    channels.set(channelId(transaction), {
      LedgerEntryType: 'PayChannel', Account, Amount, Balance: '0', Destination, PublicKey, SettleDelay,
      PreviousTxnID: '0'.repeat(64), PreviousTxnLgrSeq: ledger
    });
  }
  const signed = Buffer.concat([Buffer.from('54584E00', 'hex'), Buffer.from(blob, 'hex')]);
  return crypto.createHash('sha512').update(signed).digest().slice(0, 32).toString('hex').toUpperCase();
}

const commands = {
  subscribe: () => ({ ledger_index: ledger, fee_base: 10, fee_ref: 10, validated_ledgers: `1-${ledger}` }),
  server_info: () => ({ info: { load_factor: 1, validated_ledger: { base_fee_xrp: 0.00001, seq: ledger } } }),
  account_info: ({ account }) => ({ account_data: { Account: account, Sequence: sequences.get(account) || 1, Balance: '100000000000' } }),
  ledger_entry: ({ index }) => {
    if (!channels.has(index)) throw new Error('entryNotFound');
    return { node: channels.get(index), ledger_index: ledger };
  },
  submit: ({ tx_blob: blob }) => {
    const transaction = binary.decode(blob);
    const hash = apply(blob, transaction);
    ledger++;
    const event = JSON.stringify({
      type: 'transaction', validated: true, ledger_index: ledger, transaction: { ...transaction, hash },
      meta: { TransactionResult: 'tesSUCCESS' }
    });
    // Plugins listen only after they have got the answer, since a ledger takes seconds. They pass over what they know.
    let left = 100;
    const again = setInterval(() => {
      server.clients.forEach((client) => client.send(event));
      if (--left === 0) clearInterval(again);
    }, 200);
    return { engine_result: 'tesSUCCESS', engine_result_code: 0, engine_result_message: 'applied', tx_blob: blob, tx_json: { ...transaction, hash } };
  }
};

const server = new WebSocket.Server({ host: '127.0.0.1', port: Number(port) });
server.on('connection', (socket) => socket.on('message', (text) => {
  const request = JSON.parse(text);
  let response;
  try {
    response = { status: 'success', result: commands[request.command](request) };
  } catch (err) {
    response = { status: 'error', error: err.message };
  }
  socket.send(JSON.stringify({ id: request.id, type: 'response', ...response }));
}));
process.stdin.resume().on('end', () => process.exit(0));

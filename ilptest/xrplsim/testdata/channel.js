'use strict';

// channel.js takes a payment channel through its life with npm xrpl, and prints what the server said on the way:
//
//   node channel.js URL SECRET SECRET

const { Client, Wallet, signPaymentChannelClaim, hashes } = require('xrpl');

const [url, ...secrets] = process.argv.slice(2);

async function run () {
  const client = new Client(url);
  const said = { results: [], transactions: 0 };
  await client.connect();
  const [owner, destination] = secrets.map((secret) => Wallet.fromSecret(secret, { algorithm: 'ecdsa-secp256k1' }));
  client.on('transaction', () => said.transactions++);
  await client.request({ command: 'subscribe', accounts: [destination.classicAddress] });

  const send = async (wallet, transaction) => {
    const { result } = await client.submitAndWait({ Account: wallet.classicAddress, ...transaction }, { wallet });
    said.results.push(result.meta.TransactionResult);
    return result;
  };
  const created = await send(owner, {
    TransactionType: 'PaymentChannelCreate', Amount: '1000000', Destination: destination.classicAddress, SettleDelay: 3600, PublicKey: owner.publicKey
  });
  const channel = created.meta.AffectedNodes.find((n) => n.CreatedNode && n.CreatedNode.LedgerEntryType === 'PayChannel').CreatedNode.LedgerIndex;
  said.channel = channel;
  said.computed = hashes.hashPaymentChannel(owner.classicAddress, destination.classicAddress, created.tx_json.Sequence);
  await send(owner, { TransactionType: 'PaymentChannelFund', Channel: channel, Amount: '500000' });

  const claim = signPaymentChannelClaim(channel, '1.2', owner.privateKey);
  const request = { channel_id: channel, amount: '1200000', signature: claim, public_key: owner.publicKey };
  said.verified = (await client.request({ command: 'channel_verify', ...request })).result.signature_verified;
  const part = { TransactionType: 'PaymentChannelClaim', Channel: channel, Amount: '1200000', Signature: claim, PublicKey: owner.publicKey };
  await send(destination, { ...part, Balance: '700000' });
  said.entry = (await client.request({ command: 'ledger_entry', payment_channel: channel, ledger_index: 'validated' })).result.node;
  said.listed = (await client.request({ command: 'account_channels', account: owner.classicAddress, ledger_index: 'validated' })).result.channels;

  await send(destination, { ...part, Balance: '1200000', Flags: 0x00020000 });
  said.balance = await client.getXrpBalance(destination.classicAddress);
  const history = await client.request({ command: 'account_tx', account: destination.classicAddress });
  said.history = history.result.transactions.map((t) => t.tx_json.TransactionType);
  await client.request({ command: 'ledger_entry', payment_channel: channel }).catch((error) => { said.gone = error.data.error; });
  await client.disconnect();
  console.log(JSON.stringify(said));
}

run().catch((error) => {
  console.error(error);
  process.exit(1);
});
